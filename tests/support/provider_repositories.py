"""What every implementation of the repositories of registers, jobs and consents promises: in memory and on MongoDB."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Protocol

import pytest

from services.identity.domain.consents import Consent
from services.identity.domain.jobs import Job, JobKind, JobLease
from services.identity.domain.professionals import Professional, Standing
from services.identity.domain.providers import Kind, Provider, ProviderNumber, Specialty
from services.identity.handlers.jobs import JobRepository
from services.identity.handlers.register_ports import RegisterRepository, StatementRepository
from services.identity.ports import AccountRepository
from shared.clock import new_id
from shared.mongo import DuplicateKey, Session
from tests.support import identity_builders as build
from tests.support import provider_builders as providers


class ProviderAccountPromises:
    @pytest.mark.req("REG-12")
    async def test_a_provider_has_one_account_which_is_found_by_it(self, accounts: AccountRepository) -> None:
        number = providers.dentist_number()
        added = build.account(provider_id=number.provider_id, dossiers=())
        await accounts.add(added)
        assert await accounts.get_by_provider(number.provider_id) == added
        assert await accounts.get_by_provider(providers.dentist_number().provider_id) is None
        with pytest.raises(DuplicateKey):
            await accounts.add(build.account(provider_id=number.provider_id, dossiers=()))

    @pytest.mark.req("REG-15")
    async def test_what_a_removed_account_had_is_free_again(self, accounts: AccountRepository) -> None:
        added = build.account(provider_id=providers.dentist_number().provider_id)
        await accounts.add(added)
        await accounts.remove(added.account_id)
        await accounts.remove(new_id())
        assert await accounts.get(added.account_id) is None
        again = replace(added, account_id=new_id())
        await accounts.add(again)
        assert await accounts.get_by_dossier(added.dossiers[0].dossier_id) == again


class RegisterPromises:
    async def test_a_provider_comes_back_as_it_was_saved(self, register: RegisterRepository[Provider]) -> None:
        saved = [
            providers.provider(specialty="orthodontist", email="a@example.org", phone="418 555-0100", version=3),
            providers.provider(number=providers.pharmacy_number(), chain=True, chain_name="Grande", active=False),
        ]
        await register.save_all(saved)
        for one in saved:
            assert await register.get(one.provider_id) == one
        changed = replace(saved[0], name="Autre", version=4)
        await register.save_all([changed])
        unknown = providers.provider().provider_id
        assert await register.list_by_ids([one.provider_id for one in saved] + [unknown]) == {
            changed.provider_id: changed,
            saved[1].provider_id: saved[1],
        }
        assert await register.get(unknown) is None
        await register.save_all([])


class SpecialtyPromises:
    async def test_a_kind_comes_back_as_it_was_saved(self, register: RegisterRepository[Specialty]) -> None:
        saved = Specialty(code="orthodontist", kind=Kind.DENTIST, name_fr="Orthodontiste", name_en="Orthodontist")
        await register.save_all([saved])
        assert await register.get("orthodontist") == saved


class ProfessionalPromises:
    async def test_a_professional_is_found_by_reference_number(
        self, register: RegisterRepository[Professional]
    ) -> None:
        saved = Professional(
            reference_number="012345",
            permit_number="H-77",
            first_name="Maïka",
            last_name="D’Amours",
            birth_date=date(1990, 2, 28),
            order="OHDQ",
            standing=Standing.SUSPENDED,
            language="en",
            version=2,
        )
        await register.save_all([saved])
        assert await register.get("012345") == saved
        assert saved.number == ProviderNumber.of(Kind.HYGIENIST, "012345")


class StatementPromises:
    @pytest.mark.req("REG-13")
    async def test_facts_are_those_of_these_batches_and_this_provider(self, statements: StatementRepository) -> None:
        mine, other = providers.provider(), providers.provider()
        told = [providers.facts(), providers.facts()]
        saved = [providers.statement(mine, told[0]), replace(providers.statement(mine, told[1]), amount_cents=1)]
        await statements.save_all([*saved, providers.statement(other, told[0]), providers.statement(other)])
        asked = [told[0].batch_number, told[1].batch_number, "99999999"]
        assert set(await statements.list_facts(mine.provider_id, asked)) == set(told)
        assert set(await statements.list_facts(mine.provider_id, asked[:1])) == {told[0]}
        assert set(await statements.list_facts(providers.provider().provider_id, asked)) == set()
        assert await statements.get(saved[1].entry_id) == saved[1]


class JobPromises:
    @pytest.mark.req("REG-15")
    async def test_a_job_is_taken_when_it_is_due_and_held_until_the_lease_lapses(self, jobs: JobRepository) -> None:
        now, account_id = build.NOW, new_id()
        job = Job(JobKind.PURGE, account_id, now)
        await jobs.put([job, Job(JobKind.REMIND_FIRST, account_id, now + timedelta(days=1))])
        first, second = (JobLease(new_id(), now + timedelta(minutes=minutes)) for minutes in (1, 5))
        assert await jobs.take_due(now - timedelta(seconds=1), first) is None
        assert await jobs.take_due(now, first) == job
        assert await jobs.take_due(now, second) is None
        assert await jobs.take_due(now + timedelta(minutes=1), second) == job
        assert not await jobs.finish(job, first)
        assert await jobs.finish(job, second)
        assert not await jobs.finish(job, second)
        assert await jobs.take_due(now + timedelta(hours=1), second) is None

    async def test_a_job_that_is_put_again_replaces_the_first_whoever_holds_it(self, jobs: JobRepository) -> None:
        now, account_id = build.NOW, new_id()
        job, lease = Job(JobKind.PURGE, account_id, now), JobLease(new_id(), now + timedelta(minutes=1))
        await jobs.put([job])
        assert await jobs.take_due(now, lease) == job
        later = Job(JobKind.PURGE, account_id, now + timedelta(days=15))
        await jobs.put([later])
        assert not await jobs.finish(job, lease)
        assert await jobs.take_due(now, lease) is None
        assert await jobs.take_due(later.due_at, JobLease(new_id(), later.due_at)) == later

    async def test_the_longest_due_comes_first_and_cancelled_ones_never(self, jobs: JobRepository) -> None:
        now, one, other = build.NOW, new_id(), new_id()
        newer, older = Job(JobKind.PURGE, one, now), Job(JobKind.REMIND_LAST, one, now - timedelta(hours=1))
        await jobs.put([newer, older, Job(JobKind.PURGE, other, now - timedelta(days=1))])
        await jobs.cancel(other)
        lease = JobLease(new_id(), now + timedelta(minutes=1))
        assert [await jobs.take_due(now, lease) for _ in range(3)] == [older, newer, None]


class Consents(Protocol):
    async def add(self, consent: Consent, *, session: Session | None = None) -> None: ...

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Consent]: ...


class ConsentPromises:
    @pytest.mark.req("REG-10")
    async def test_a_consent_comes_back_as_it_was_given(self, consents: Consents) -> None:
        values: dict[str, Any] = {"terms_id": "providers", "version": "2026-01", "language": "en"}
        given = Consent(account_id=new_id(), accepted_at=build.NOW, **values)
        await consents.add(given)
        await consents.add(replace(given, account_id=new_id()))
        assert list(await consents.list_by_account(given.account_id)) == [given]
        with pytest.raises(DuplicateKey):
            await consents.add(given)

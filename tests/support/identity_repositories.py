"""What every implementation of identity's repositories promises: run once in memory, once on MongoDB."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.identity.domain.cases import Case, CaseStatus
from services.identity.domain.registration import Outcome, Registration
from services.identity.domain.roster import Relationship
from services.identity.ports import AccountRepository, CaseRepository, DossierRepository, RegistrationRepository
from shared.clock import new_id, utc_now
from shared.mongo import DuplicateKey
from tests.support import identity_builders as build


class DossierRepositoryPromises:
    async def test_a_dossier_comes_back_as_it_was_saved(self, dossiers: DossierRepository) -> None:
        child = build.person(
            number="02", relationship=Relationship.CHILD, student=True, effective_to=date(2027, 8, 31), language="en"
        )
        saved = build.dossier(build.person(), build.spouse(), child)
        await dossiers.save_all([saved])
        assert await dossiers.get(saved.dossier_id) == saved

    async def test_an_unknown_dossier_is_none(self, dossiers: DossierRepository) -> None:
        assert await dossiers.get(build.random_number().dossier_id) is None

    async def test_saving_again_replaces_the_dossier(self, dossiers: DossierRepository) -> None:
        first, other = build.dossier(), build.dossier()
        await dossiers.save_all([first, other])
        second = replace(first, version=2, plan_code="ENHANCED")
        await dossiers.save_all([second])
        assert await dossiers.list_by_ids([first.dossier_id, other.dossier_id, build.random_number().dossier_id]) == {
            first.dossier_id: second,
            other.dossier_id: other,
        }

    async def test_saving_nothing_is_allowed(self, dossiers: DossierRepository) -> None:
        await dossiers.save_all([])
        assert await dossiers.list_by_ids([]) == {}


class AccountRepositoryPromises:
    async def test_an_account_is_found_by_id_user_name_and_dossier(self, accounts: AccountRepository) -> None:
        added = build.account(dossiers=(build.random_number(), build.random_number()))
        await accounts.add(added)
        assert await accounts.get(added.account_id) == added
        assert await accounts.get_by_user_name(f" {added.user_name.upper()}") == added
        assert await accounts.get_by_dossier(added.dossiers[1].dossier_id) == added

    async def test_what_is_not_there_is_none(self, accounts: AccountRepository) -> None:
        assert await accounts.get(new_id()) is None
        assert await accounts.get_by_user_name(build.random_email()) is None
        assert await accounts.get_by_dossier(build.random_number().dossier_id) is None

    async def test_accounts_without_dossiers_do_not_collide(self, accounts: AccountRepository) -> None:
        first, second = build.account(dossiers=()), build.account(dossiers=())
        await accounts.add(first)
        await accounts.add(second)
        assert await accounts.get(second.account_id) == second

    @pytest.mark.req("REG-1")
    async def test_a_user_name_is_taken_whatever_its_case(self, accounts: AccountRepository) -> None:
        first = build.account()
        await accounts.add(first)
        with pytest.raises(DuplicateKey):
            await accounts.add(build.account(user_name=first.user_name.upper()))

    @pytest.mark.req("REG-1")
    async def test_a_dossier_belongs_to_one_account(self, accounts: AccountRepository) -> None:
        first = build.account()
        await accounts.add(first)
        with pytest.raises(DuplicateKey):
            await accounts.add(build.account(dossiers=first.dossiers))

    async def test_a_password_is_replaced_once(self, accounts: AccountRepository) -> None:
        added = build.account(password="old")
        await accounts.add(added)
        assert await accounts.replace_password(added.account_id, old="old", new="new")
        assert not await accounts.replace_password(added.account_id, old="old", new="late")
        assert await accounts.get(added.account_id) == replace(added, password="new")


def fresh(**overrides: Any) -> Registration:
    """Begun now: MongoDB removes expired registrations by its own clock."""
    return build.registration(**({"started_at": utc_now()} | overrides))


class RegistrationRepositoryPromises:
    async def test_a_registration_comes_back_as_it_was_added(self, registrations: RegistrationRepository) -> None:
        added = fresh()
        await registrations.add(added)
        assert await registrations.get(added.registration_id) == added
        assert await registrations.get(new_id()) is None

    async def test_an_id_is_used_once(self, registrations: RegistrationRepository) -> None:
        added = fresh()
        await registrations.add(added)
        with pytest.raises(DuplicateKey):
            await registrations.add(replace(added, email=build.random_email()))

    async def test_a_completed_registration_keeps_its_account_and_no_password(
        self, registrations: RegistrationRepository
    ) -> None:
        added = fresh()
        await registrations.add(added)
        account_id = new_id()
        await registrations.complete(added.registration_id, account_id)
        assert await registrations.get(added.registration_id) == replace(added, account_id=account_id, password=None)

    async def test_misses_are_those_of_the_certificate_within_the_time(
        self, registrations: RegistrationRepository
    ) -> None:
        number, since = build.random_number(), utc_now() - timedelta(hours=1)
        missed = {"number": number, "outcome": Outcome.NOT_MATCHED, "password": None}
        for item in (
            fresh(**missed),
            fresh(**missed, started_at=since),
            fresh(**missed, started_at=since - timedelta(seconds=1)),
            fresh(number=number),
            fresh(outcome=Outcome.NOT_MATCHED),
        ):
            await registrations.add(item)
        assert await registrations.count_misses(number.dossier_id, since=since, up_to=5) == 2
        assert await registrations.count_misses(number.dossier_id, since=since, up_to=1) == 1


def case(**overrides: Any) -> Case:
    values: dict[str, Any] = {
        "case_id": new_id(),
        "account_id": new_id(),
        "user_name": "ana@example.org",
        "display_name": "Ana",
        "reason": "shared_again",
        "signals": ("overlap", "network_jump"),
        "opened_at": build.NOW,
    }
    return Case(**(values | overrides))


class CaseRepositoryPromises:
    @pytest.mark.req("LOG-8")
    async def test_a_case_comes_back_as_it_was_and_is_added_once(self, cases: CaseRepository) -> None:
        added = case()
        await cases.add(added)
        assert await cases.get(added.case_id) == added
        assert await cases.get(new_id()) is None
        with pytest.raises(DuplicateKey):
            await cases.add(added)

    @pytest.mark.req("LOG-8")
    async def test_a_case_is_decided_once(self, cases: CaseRepository) -> None:
        added = case()
        await cases.add(added)
        decided = replace(added, status=CaseStatus.KEPT, resolved_at=build.NOW, resolved_by=new_id(), note="Called.")
        assert await cases.resolve(decided)
        assert not await cases.resolve(replace(decided, status=CaseStatus.REINSTATED))
        assert await cases.get(added.case_id) == decided

    async def test_cases_are_listed_newest_first_and_by_status(self, cases: CaseRepository) -> None:
        old, new = case(opened_at=build.NOW - timedelta(days=1)), case()
        kept = case(opened_at=build.NOW - timedelta(hours=1), status=CaseStatus.KEPT)
        for each in (old, new, kept):
            await cases.add(each)
        assert await cases.list_newest(status=CaseStatus.OPEN, limit=10) == [new, old]
        assert await cases.list_newest(status=None, limit=2) == [new, kept]

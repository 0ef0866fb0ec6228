"""What every implementation of identity's repositories promises: run once in memory, once on MongoDB."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.identity.domain.cases import Case, CaseStatus
from services.identity.domain.contact_choices import ContactChoice
from services.identity.domain.errors import AccountChangedError, FlowChangedError
from services.identity.domain.flows import Flow, Mailing, PathDefinition, begin
from services.identity.domain.roster import Relationship
from services.identity.domain.second_factor import Authenticator
from services.identity.domain.terms import Acceptance
from services.identity.ports import (
    AcceptanceRepository,
    AccountRepository,
    AuthenticatorRepository,
    CaseRepository,
    CheckRepository,
    ContactChoiceRepository,
    DossierRepository,
    FlowRepository,
)
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

    @pytest.mark.req("R3")
    async def test_r3_an_address_belongs_to_one_account_per_role_whatever_its_case(
        self, accounts: AccountRepository
    ) -> None:
        first = build.account(user_name="beatrice84")
        await accounts.add(first)
        with pytest.raises(DuplicateKey):
            await accounts.add(build.account(email=first.email.upper(), user_name="other84"))
        await accounts.add(build.account(email=first.email, user_name="rose84", roles=("agent",)))
        assert await accounts.get_by_email(first.email.upper(), "member") == first
        assert await accounts.get_by_email(first.email, "provider") is None

    async def test_a_password_is_replaced_once(self, accounts: AccountRepository) -> None:
        added = build.account(password="old")
        await accounts.add(added)
        assert await accounts.replace_password(added.account_id, old="old", new="new")
        assert not await accounts.replace_password(added.account_id, old="old", new="late")
        assert await accounts.get(added.account_id) == replace(added, password="new")


def fresh_flow(**overrides: Any) -> Flow:
    """Begun now: MongoDB removes expired flows by its own clock."""
    path = PathDefinition(code="member_email", steps=("roster_facts", "credentials_email", "code"))
    return replace(begin(new_id(), path, language="fr", now=utc_now()), **overrides)


class FlowRepositoryPromises:
    async def test_a_flow_comes_back_as_it_was_added(self, flows: FlowRepository) -> None:
        mailing = Mailing(email="ana@example.org", language="fr", notice="already_registered")
        added = fresh_flow(account_id=new_id()).take(
            "roster_facts", {"contract": "C1", "owner": None, "misses": 2}, now=utc_now(), mailing=mailing
        )
        await flows.add(added)
        assert await flows.get(added.flow_id) == added
        assert await flows.get(new_id()) is None

    async def test_an_id_is_used_once(self, flows: FlowRepository) -> None:
        added = fresh_flow()
        await flows.add(added)
        with pytest.raises(DuplicateKey):
            await flows.add(added)

    async def test_a_change_to_an_older_version_is_refused(self, flows: FlowRepository) -> None:
        added = fresh_flow()
        await flows.add(added)
        await flows.save(added.take("roster_facts", {}, now=utc_now()))
        saved = await flows.get(added.flow_id)
        assert saved is not None
        assert (saved.version, saved.has_done("roster_facts")) == (added.version + 1, True)
        with pytest.raises(FlowChangedError):
            await flows.save(added.close(now=utc_now()))
        assert await flows.get(added.flow_id) == saved


class CheckRepositoryPromises:
    async def test_misses_are_those_of_the_certificate_within_the_time(self, checks: CheckRepository) -> None:
        dossier_id, since = build.random_number().dossier_id, utc_now() - timedelta(hours=1)
        await checks.add(dossier_id, matched=False, at=since)
        await checks.add(dossier_id, matched=False, at=utc_now())
        await checks.add(dossier_id, matched=False, at=since - timedelta(seconds=1))
        await checks.add(dossier_id, matched=True, at=utc_now())
        await checks.add(build.random_number().dossier_id, matched=False, at=utc_now())
        assert await checks.count_misses(dossier_id, since=since, up_to=5) == 2
        assert await checks.count_misses(dossier_id, since=since, up_to=1) == 1


class AcceptanceRepositoryPromises:
    async def test_a_version_is_accepted_once_and_others_beside_it(self, acceptances: AcceptanceRepository) -> None:
        first = Acceptance(account_id=new_id(), terms_id="members", version="1", language="fr", accepted_at=utc_now())
        second = replace(first, version="2")
        assert await acceptances.list_by_account(first.account_id) == []
        for acceptance in (first, second, replace(first, account_id=new_id())):
            await acceptances.add(acceptance)
        with pytest.raises(DuplicateKey):
            await acceptances.add(replace(first, language="en"))
        assert sorted(await acceptances.list_by_account(first.account_id), key=lambda each: each.version) == [
            first,
            second,
        ]


class ContactChoiceRepositoryPromises:
    async def test_a_choice_comes_back_and_is_replaced(self, choices: ContactChoiceRepository) -> None:
        first = ContactChoice(account_id=new_id(), changed_at=utc_now()).asked("a@example.org", "k", now=utc_now())
        assert await choices.get(first.account_id) is None
        await choices.put(first)
        assert await choices.get(first.account_id) == first
        confirmed = first.confirmed(now=utc_now())
        await choices.put(confirmed)
        assert await choices.get(first.account_id) == confirmed


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


def authenticator(**overrides: Any) -> Authenticator:
    """Begun now: MongoDB removes by its own clock what was never confirmed."""
    values: dict[str, Any] = {
        "account_id": new_id(),
        "secret": "v1.encrypted",
        "started_at": utc_now().replace(microsecond=0),
    }
    return Authenticator(**(values | overrides))


class AuthenticatorRepositoryPromises:
    async def test_one_comes_back_as_it_was_added_until_it_is_removed(
        self, authenticators: AuthenticatorRepository
    ) -> None:
        added = authenticator()
        await authenticators.add(added)
        assert await authenticators.get(added.account_id) == added
        await authenticators.remove(added.account_id)
        assert await authenticators.get(added.account_id) is None

    async def test_one_in_use_is_not_replaced(self, authenticators: AuthenticatorRepository) -> None:
        first = authenticator()
        await authenticators.add(first)
        second = replace(first, secret="v1.other")
        await authenticators.add(second)
        in_use = replace(second, confirmed_at=first.started_at, last_step=7, recovery_codes=("one", "two"))
        await authenticators.save(in_use)
        with pytest.raises(DuplicateKey):
            await authenticators.add(first)
        assert await authenticators.get(first.account_id) == replace(in_use, version=2)

    async def test_a_change_to_an_older_version_is_refused(self, authenticators: AuthenticatorRepository) -> None:
        added = authenticator()
        await authenticators.add(added)
        await authenticators.save(replace(added, last_step=1))
        with pytest.raises(AccountChangedError):
            await authenticators.save(replace(added, last_step=2))

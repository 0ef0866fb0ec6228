"""What every implementation of identity's repositories promises: run once in memory, once on MongoDB."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.identity.domain.errors import AccountChangedError
from services.identity.domain.registration import Outcome, Registration
from services.identity.domain.roster import Relationship
from services.identity.domain.second_factor import Authenticator
from services.identity.ports import (
    AccountRepository,
    AuthenticatorRepository,
    DossierRepository,
    RegistrationRepository,
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

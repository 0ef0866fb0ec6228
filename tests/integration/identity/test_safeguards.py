"""Recovery records, administrator security and address changes in MongoDB; attempts are counted one by one (F5)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.identity.domain.address_changes import AddressChange
from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.attempts import Attempts
from services.identity.domain.recovery import Method, RecoveryUnderWay
from services.identity.domain.safeguard_errors import AdministratorChangedError, RecoveryBlockedError
from services.identity.handlers.proofs import count_attempt
from services.identity.storage import SCHEMA
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.address_changes import MongoAddressChanges
from services.identity.storage.administrators import MongoAdministrators
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.recoveries_under_way import MongoRecoveriesUnderWay
from shared.clock import new_id, utc_now
from shared.mongo import Database, DuplicateKey
from shared.schema import Schema
from tests.support import identity_builders as build

MakeDatabase = Callable[[Schema], Awaitable[Database]]
RIVALS = 20


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


def credential(**overrides: object) -> AdministratorCredential:
    values = {
        "provider_id": new_id(),
        "email": "admin@example.org",
        "language": "fr",
        "password": "hash",
        "answers": (("thesis_topic", "hash"),),
        "version": 1,
        "changed_by": new_id(),
        "changed_at": utc_now(),
    }
    return AdministratorCredential(**(values | overrides))  # type: ignore[arg-type]


@pytest.mark.req("LOG-4", "LOG-5")
async def test_a_record_comes_back_as_it_was_saved(database: Database) -> None:
    records = MongoRecoveries(database)
    record = RecoveryRecord(account_id=new_id(), hint="sealed", answers=(("first_pet", "a"), ("first_car", "b")))
    assert await records.get(record.account_id) is None
    await records.save(record)
    changed = replace(record, misses=3, blocked_until=utc_now())
    assert await records.set_attempts(record.account_id, known=Attempts(), attempts=changed.attempts)
    assert not await records.set_attempts(record.account_id, known=Attempts(), attempts=Attempts(1))
    assert await records.get(record.account_id) == changed


@pytest.mark.req("LOG-5", "F5")
async def test_f5_of_many_attempts_at_once_three_are_counted_and_the_others_blocked(database: Database) -> None:
    records, now = MongoRecoveries(database), utc_now()
    record = RecoveryRecord(account_id=new_id(), answers=(("first_pet", "a"),))
    await records.save(record)
    attempts = [count_attempt(record.account_id, records, now=now) for _ in range(RIVALS)]
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    counted = [answer for answer in answers if isinstance(answer, Attempts)]
    assert sorted(one.left for one in counted) == [0, 1, 2]
    assert sum(isinstance(answer, RecoveryBlockedError) for answer in answers) == RIVALS - 3


@pytest.mark.req("LOG-3", "F2")
async def test_a_recovery_comes_back_as_far_as_it_has_come(database: Database) -> None:
    recoveries, now = MongoRecoveriesUnderWay(database), utc_now()
    recovery = RecoveryUnderWay(
        recovery_id=new_id(),
        method=Method.PROVIDER,
        account_id=new_id(),
        email="a@example.org",
        language="fr",
        started_at=now,
    )
    await recoveries.add(recovery)
    with pytest.raises(DuplicateKey):
        await recoveries.add(recovery)
    further = replace(recovery, proved_at=now, answered_at=now + timedelta(seconds=1))
    await recoveries.save(further)
    assert await recoveries.get(recovery.recovery_id) == further


@pytest.mark.req("DEL-9", "B4")
async def test_b4_of_changes_of_one_version_one_is_saved(database: Database) -> None:
    administrators = MongoAdministrators(database)
    first = credential()
    await administrators.save(first)
    with pytest.raises(DuplicateKey):
        await administrators.save(first)
    rivals = [replace(first, version=2, email=f"{turn}@example.org") for turn in range(RIVALS)]
    answers = await asyncio.gather(*(administrators.save(one) for one in rivals), return_exceptions=True)
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, AdministratorChangedError) for answer in answers) == RIVALS - 1
    assert await administrators.get(first.provider_id) == rivals[answers.index(None)]


@pytest.mark.req("LOG-9", "BNK-3")
async def test_former_addresses_are_those_of_the_account_alone(database: Database) -> None:
    changes, account_id, now = MongoAddressChanges(database), new_id(), utc_now()
    done = AddressChange(
        change_id=new_id(),
        account_id=account_id,
        email="new@example.org",
        language="fr",
        started_at=now,
        done_at=now,
        former="old@example.org",
    )
    guard = replace(done, change_id=new_id(), provider_id=new_id(), former=None, answers=(("thesis_topic", "h"),))
    under_way = replace(done, change_id=new_id(), done_at=None, former=None)
    for change in (done, guard, under_way):
        await changes.save(change)
        assert await changes.get(change.change_id) == change
    assert await changes.list_former(account_id) == ["old@example.org"]
    assert await changes.list_former(new_id()) == []


@pytest.mark.req("LOG-3")
async def test_accounts_are_found_by_address_with_their_dossiers(database: Database) -> None:
    accounts = MongoAccounts(database)
    one = build.account(dossiers=(build.random_number(), build.random_number()), sessions_since=utc_now())
    other = build.account(email=one.email, dossiers=(), roles=("delegate",))
    for account in (one, other, build.account()):
        await accounts.add(account)
    assert list(await accounts.list_by_email(one.email)) == sorted((one, other), key=lambda each: each.account_id)
    assert list(await accounts.list_by_email(build.random_email())) == []

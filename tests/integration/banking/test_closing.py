"""Closing on a real MongoDB: what is left, in the database and in copies of it, can be read by nobody (BNK-2)."""

import asyncio
import secrets

import pytest
from pymongo import MongoClient

from services.banking.encryption import ClientSideVault
from services.banking.handlers.closing import DepositUnderWay, NothingToClose
from services.banking.ports import AccountErased, AccountUnreadable
from services.banking.storage import ACCOUNTS, KEY_VAULT, SCHEMA, MongoAccounts
from services.banking.storage_history import HISTORY
from shared.clock import new_id
from shared.mongo import Document
from tests.integration.banking.conftest import FINGERPRINT_KEY, MASTER_KEY
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash
from tests.support.banking_office import everything_in

pytestmark = pytest.mark.req("BNK-2")

NEXT_KEY = secrets.token_bytes(96)


def agent():
    return build.member(roles=("agent",), dossier_id=None)


async def enrolled(desk, **boxes):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id, **boxes), actor)
    return actor


async def boxes_of(database, payee_id):
    account = await MongoAccounts(database).get(payee_id)
    assert account is not None
    return account.boxes


async def key_of(database, payee_id):
    return await database.collection(KEY_VAULT).find_one({"keyAltNames": payee_id})


async def test_account_and_data_key_go_together_and_only_those_of_the_payee(desk, make_vault, database):
    actor, other = await enrolled(desk), await enrolled(desk, account="1234567")
    backup = await database.collection(ACCOUNTS).find_one({"_id": actor.dossier_id})
    boxes = await boxes_of(database, actor.dossier_id)

    await desk.close(actor.dossier_id, agent())

    assert await key_of(database, actor.dossier_id) is None
    assert await key_of(database, other.dossier_id) is not None
    assert (await desk.shown(other)).account_ending == "567"
    await database.collection(ACCOUNTS).insert_one(backup)  # an old copy of the collection comes back
    for vault in (desk.vault, make_vault()):
        with pytest.raises(AccountErased):
            await vault.decrypt(actor.dossier_id, boxes)


async def test_a_process_that_dies_after_the_commit_has_erased_the_key(desk, database):
    class Dying:
        """The vault of a process that ends before it forgets anything."""

        async def erase(self, _payee_id):
            raise Crash

    actor = await enrolled(desk)
    boxes = await boxes_of(database, actor.dossier_id)
    alive, desk.vault = desk.vault, Dying()
    with pytest.raises(Crash):
        await desk.close(actor.dossier_id, agent())
    desk.vault = alive
    assert await key_of(database, actor.dossier_id) is None
    assert not (await desk.shown(actor)).enrolled
    await alive.erase(actor.dossier_id)
    with pytest.raises(AccountErased):
        await alive.decrypt(actor.dossier_id, boxes)


async def test_of_a_closing_that_fails_nothing_is_done(desk, database):
    actor = await enrolled(desk)
    await desk.register(actor.dossier_id)
    run = build.run_approved(build.run_item(actor.dossier_id))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_reserved")
    with pytest.raises(DepositUnderWay):
        await desk.close(actor.dossier_id, agent())
    assert await key_of(database, actor.dossier_id) is not None
    assert len((await desk.own_history(actor)).items) == 1
    await desk.deposit(run)
    await desk.close(actor.dossier_id, agent())
    assert await key_of(database, actor.dossier_id) is None


async def test_of_agents_who_close_at_the_same_time_one_does(make_desk):
    desks = [make_desk() for _ in range(3)]
    actor = await enrolled(desks[0])
    outcomes = await asyncio.gather(*(desk.close(actor.dossier_id, agent()) for desk in desks), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["DirectDepositClosed", "NothingToClose", "NothingToClose"]
    kinds = [one.kind for one in (await desks[0].own_history(actor)).items]
    assert kinds == ["closed", "enrolled"]
    with pytest.raises(NothingToClose):
        await desks[1].close(actor.dossier_id, agent())


async def test_a_payee_enrols_again_under_another_key(desk, database):
    actor = await enrolled(desk)
    before = await key_of(database, actor.dossier_id)
    await desk.close(actor.dossier_id, agent())
    view = await desk.enrol(build.enrolment(actor.dossier_id, account="7654321"), actor)
    assert (view.account_ending, (await desk.shown(actor)).account_ending) == ("321", "321")
    after = await key_of(database, actor.dossier_id)
    assert after["_id"] != before["_id"]


async def test_a_whole_backup_is_unreadable_once_the_master_key_was_replaced(desk, make_vault, database, stack):
    """A copy of the key vault still holds the closed payee's key, wrapped by the master key before."""
    actor, staying = await enrolled(desk), await enrolled(desk)
    gone, kept = [await boxes_of(database, one.dossier_id) for one in (actor, staying)]
    copy = f"backup{new_id().replace('-', '')[:12]}"
    admin: MongoClient[Document]
    with MongoClient(stack.servers.mongodb_admin_url) as admin:
        admin[copy][KEY_VAULT].insert_many(admin[database.name][KEY_VAULT].find({}))
    await desk.close(actor.dossier_id, agent())
    rotated = make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,))
    while await rotated.rewrap(100):
        pass

    vaults = {
        key: ClientSideVault(stack.servers.mongodb_admin_url, copy, master_key=key, fingerprint_key=FINGERPRINT_KEY)
        for key in (MASTER_KEY, NEXT_KEY)
    }
    await vaults[MASTER_KEY].decrypt(actor.dossier_id, gone)  # why the key before has to be destroyed
    for payee, boxes in ((actor, gone), (staying, kept)):
        with pytest.raises(AccountUnreadable):
            await vaults[NEXT_KEY].decrypt(payee.dossier_id, boxes)
    assert await make_vault(master_key=NEXT_KEY).decrypt(staying.dossier_id, kept)
    for vault in vaults.values():
        await vault.close()


async def test_no_digit_of_an_account_is_left_and_the_history_cannot_be_changed(desk, database):
    actor = await enrolled(desk, account="4815162342")
    await desk.close(actor.dossier_id, agent())
    stored = repr(await everything_in(database, (*SCHEMA.collections, *SCHEMA.append_only)))
    assert "4815162" not in stored
    history = database.collection(HISTORY)
    for change in (history.update_one({}, {"$set": {"by": "x"}}), history.delete_many({})):
        with pytest.raises(Exception, match="not authorized"):
            await change

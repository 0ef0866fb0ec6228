"""BNK-2 on a real MongoDB: what the database holds, and what happens when somebody tampers with it."""

import asyncio
import secrets
from dataclasses import replace

import pytest
from pymongo import MongoClient

from services.banking.encryption import ClientSideVault, MasterKeyWrong, master_key_name
from services.banking.ports import AccountErased, AccountUnreadable
from services.banking.storage import ACCOUNTS, KEY_VAULT, MongoAccounts
from shared.clock import new_id
from shared.mongo import Document, Unavailable
from tests.integration.banking.conftest import MASTER_KEY
from tests.support import banking_builders as build

pytestmark = pytest.mark.req("BNK-2")


async def key_names(database):
    rows = await database.collection(KEY_VAULT).find({})
    return sorted(name for row in rows for name in row["keyAltNames"])


async def test_an_account_comes_back_as_it_was(vault):
    payee, deposit = new_id(), build.deposit(account="000123")
    assert await vault.decrypt(payee, await vault.encrypt(payee, deposit)) == deposit


async def test_each_payee_has_a_data_key_of_its_own(vault, database):
    payees = [new_id() for _ in range(3)]
    boxes = [await vault.encrypt(payee, build.deposit()) for payee in (*payees, payees[0])]
    assert set(payees) < set(await key_names(database))
    assert len(await key_names(database)) == len(payees) + 1
    key_ids = [one.account[1:17] for one in boxes]
    assert key_ids[0] == key_ids[3]
    assert len(set(key_ids)) == 3


async def test_two_processes_that_enrol_one_payee_at_the_same_time_make_one_key(make_vault, database):
    payee, vaults = new_id(), [make_vault() for _ in range(4)]
    deposit = build.deposit()
    boxes = await asyncio.gather(*(vault.encrypt(payee, deposit) for vault in vaults * 5))
    assert (await key_names(database)).count(payee) == 1
    assert {str(await vaults[0].decrypt(payee, one)) for one in boxes} == {str(deposit)}


async def test_the_same_account_never_has_the_same_ciphertext(vault):
    payee, deposit = new_id(), build.deposit()
    one, other = await vault.encrypt(payee, deposit), await vault.encrypt(payee, deposit)
    assert one.account != other.account
    assert one.institution != other.institution


async def test_the_database_holds_ciphertext_only(vault, database):
    account = build.stored_account(boxes=await vault.encrypt("P", build.deposit(account="4815162342")))
    await MongoAccounts(database).add(account)
    row = await database.collection(ACCOUNTS).find_one({"_id": account.payee_id})
    assert row is not None
    assert {row[box].subtype for box in ("transit", "institution", "account")} == {6}
    assert "4815162342" not in repr(row)
    keys = await database.collection(KEY_VAULT).find({})
    assert {row["masterKey"]["provider"] for row in keys} == {f"local:{master_key_name(MASTER_KEY)}"}
    stored = await MongoAccounts(database).get(account.payee_id)
    assert stored is not None
    assert (await vault.decrypt("P", stored.boxes)).account.digits == "4815162342"


@pytest.mark.parametrize("box", ["transit", "institution", "account"])
@pytest.mark.parametrize("position", [1, 20, -1])
async def test_a_changed_ciphertext_is_refused(vault, box, position):
    payee = new_id()
    boxes = await vault.encrypt(payee, build.deposit())
    changed = bytearray(getattr(boxes, box))
    changed[position] ^= 1
    with pytest.raises((AccountUnreadable, AccountErased)):
        await vault.decrypt(payee, replace(boxes, **{box: bytes(changed)}))


@pytest.mark.parametrize("ciphertext", [b"", b"4815162342", secrets.token_bytes(98)])
async def test_something_else_than_ciphertext_is_refused(vault, ciphertext):
    payee = new_id()
    boxes = await vault.encrypt(payee, build.deposit())
    with pytest.raises(AccountUnreadable):
        await vault.decrypt(payee, replace(boxes, account=ciphertext))


async def test_a_ciphertext_moved_to_another_payee_is_refused(vault):
    thief, victim = new_id(), new_id()
    stolen = await vault.encrypt(thief, build.deposit())
    await vault.encrypt(victim, build.deposit())
    with pytest.raises(AccountUnreadable):
        await vault.decrypt(victim, stolen)


async def test_a_ciphertext_moved_to_another_box_is_refused(vault):
    payee = new_id()
    boxes = await vault.encrypt(payee, build.deposit())
    with pytest.raises(AccountUnreadable):
        await vault.decrypt(payee, replace(boxes, account=boxes.transit))


async def test_another_master_key_reads_nothing_and_makes_no_key(vault, make_vault, database):
    payee = new_id()
    boxes = await vault.encrypt(payee, build.deposit())
    before = await key_names(database)
    other = make_vault(master_key=secrets.token_bytes(96))
    with pytest.raises(AccountUnreadable):
        await other.decrypt(payee, boxes)
    for name in (payee, new_id()):
        with pytest.raises(MasterKeyWrong):
            await other.encrypt(name, build.deposit())
    assert await key_names(database) == before


async def test_an_erased_account_is_gone_for_ever_and_only_that_one(vault, make_vault):
    erased, kept = new_id(), new_id()
    deposit = build.deposit()
    gone, there = await vault.encrypt(erased, deposit), await vault.encrypt(kept, deposit)
    await vault.erase(erased)
    for process in (vault, make_vault()):
        with pytest.raises(AccountErased):
            await process.decrypt(erased, gone)
        assert await process.decrypt(kept, there) == deposit


async def test_a_payee_may_enrol_again_after_having_been_erased(vault):
    payee, deposit = new_id(), build.deposit()
    gone = await vault.encrypt(payee, build.deposit())
    await vault.erase(payee)
    assert await vault.decrypt(payee, await vault.encrypt(payee, deposit)) == deposit
    with pytest.raises(AccountErased):
        await vault.decrypt(payee, gone)


async def test_erasing_somebody_unknown_is_nothing(vault):
    await vault.erase(new_id())


async def test_equal_accounts_have_equal_fingerprints_which_depend_on_the_key(vault, make_vault):
    deposit = build.deposit(account="0123456")
    assert vault.fingerprint(deposit) == make_vault().fingerprint(deposit)
    others = (build.deposit(account="123456"), build.deposit(account="0123456", transit="30124"))
    assert vault.fingerprint(deposit) not in {vault.fingerprint(other) for other in others}
    foreign = ClientSideVault("mongodb://localhost", "x", master_key=b"m" * 96, fingerprint_key=b"f" * 32)
    assert foreign.fingerprint(deposit) != vault.fingerprint(deposit)
    await foreign.close()


@pytest.fixture
def key_vault_lost(stack, database):
    """The server hangs up whenever this database's key vault is read."""
    name = f"acquit-{database.name}-keys"
    failure = {"failCommands": ["find"], "closeConnection": True, "appName": name}
    admin: MongoClient[Document]
    with MongoClient(stack.servers.mongodb_admin_url) as admin:
        admin.admin.command({"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": failure})
        yield
        admin.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.mark.usefixtures("key_vault_lost")
async def test_a_database_that_does_not_answer_is_an_outage_and_no_wrong_key(vault):
    with pytest.raises(Unavailable):
        await vault.encrypt(new_id(), build.deposit())


async def test_an_outage_while_reading_is_no_wrong_key_either(vault, make_vault, request):
    payee = new_id()
    boxes = await vault.encrypt(payee, build.deposit())
    request.getfixturevalue("key_vault_lost")
    with pytest.raises(Unavailable):
        await make_vault().decrypt(payee, boxes)

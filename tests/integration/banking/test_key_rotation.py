"""Another master key on a real MongoDB: data keys are wrapped anew while accounts are written and read (BNK-2)."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner, Result

from services.banking import keys
from services.banking.encryption import MasterKeyWrong, master_key_name
from services.banking.ports import AccountErased, AccountUnreadable
from services.banking.storage import KEY_VAULT
from shared.clock import new_id
from shared.mongo import Document
from tests.integration.banking.conftest import FINGERPRINT_KEY, MASTER_KEY
from tests.support import banking_builders as build

pytestmark = pytest.mark.req("BNK-2")

NEXT_KEY = secrets.token_bytes(96)
OLD, NEXT = master_key_name(MASTER_KEY), master_key_name(NEXT_KEY)
PAYEES = 30


async def accounts_of(vault, count):
    deposits = {new_id(): build.deposit() for _ in range(count)}
    return {payee: (deposit, await vault.encrypt(payee, deposit)) for payee, deposit in deposits.items()}


async def test_accounts_stay_readable_and_writable_while_the_master_key_is_replaced(make_vault):
    before = make_vault(others=(NEXT_KEY,))
    after = make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,))
    known = await accounts_of(before, PAYEES)
    finished = asyncio.Event()

    async def at_work(vault):
        """A process that enrols and pays all the time, with a vault that remembers no key for long."""
        added: dict[str, Any] = {}
        while not finished.is_set():
            added |= await accounts_of(vault, 1)
            for payee, (deposit, boxes) in list(known.items())[::7] + list(added.items())[-1:]:
                assert await make_vault(others=(NEXT_KEY,)).decrypt(payee, boxes) == deposit
        return added

    working = [asyncio.create_task(at_work(vault)) for vault in (before, after)]
    done = 0
    while step := await after.rewrap(4):
        done += step
        await asyncio.sleep(0)
        if done > PAYEES:
            break
    finished.set()
    for added in await asyncio.gather(*working):
        assert added
        known |= added
    while await after.rewrap(100):
        pass

    found = await after.wrapped_keys()
    assert (found.to_do, found.unreadable) == (0, 0)
    assert found.counts == {NEXT: len(known) + 1}
    alone = make_vault(master_key=NEXT_KEY)
    for payee, (deposit, boxes) in known.items():
        assert await alone.decrypt(payee, boxes) == deposit


async def test_a_rotation_that_was_interrupted_goes_on_where_it_stopped(make_vault):
    old = make_vault()
    known = await accounts_of(old, 9)
    both = make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,))
    assert await both.rewrap(4) == 4
    halfway = await both.wrapped_keys()
    assert (halfway.to_do, halfway.counts) == (6, {NEXT: 4, OLD: 6})

    again = make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,))
    assert [await again.rewrap(4), await again.rewrap(4), await again.rewrap(4)] == [4, 2, 0]
    assert {payee: await again.decrypt(payee, boxes) for payee, (_, boxes) in known.items()} == {
        payee: deposit for payee, (deposit, _) in known.items()
    }


async def test_the_master_key_before_opens_nothing_once_all_is_wrapped_anew(make_vault):
    known = await accounts_of(make_vault(), 2)
    await make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,)).rewrap(100)
    left_behind = make_vault()
    for payee, (_, boxes) in known.items():
        with pytest.raises(AccountUnreadable):
            await left_behind.decrypt(payee, boxes)
        with pytest.raises(MasterKeyWrong):
            await left_behind.encrypt(payee, build.deposit())
    assert (await left_behind.wrapped_keys()).unreadable == 3


async def test_what_is_erased_during_a_rotation_stays_erased(make_vault):
    vault = make_vault(master_key=NEXT_KEY, others=(MASTER_KEY,))
    known = await accounts_of(make_vault(), 6)
    await asyncio.gather(vault.rewrap(100), *(make_vault().erase(payee) for payee in known), return_exceptions=True)
    await vault.rewrap(100)
    for payee, (_, boxes) in known.items():
        with pytest.raises(AccountErased):
            await make_vault(master_key=NEXT_KEY).decrypt(payee, boxes)


async def test_data_keys_from_before_master_keys_had_names_are_read_and_named(make_vault, database, stack):
    """As ``local`` they are wrapped by the same 96 bytes; only the name of the provider differs."""
    known = await accounts_of(make_vault(), 2)
    vault = database.collection(KEY_VAULT)
    admin: MongoClient[Document]
    with MongoClient(stack.servers.mongodb_admin_url) as admin:
        admin[database.name][KEY_VAULT].update_many({}, {"$set": {"masterKey.provider": "local"}})
    for payee, (deposit, boxes) in known.items():
        assert await make_vault().decrypt(payee, boxes) == deposit
    assert (await make_vault().wrapped_keys()).to_do == 3
    assert await make_vault().rewrap(100) == 3
    assert {row["masterKey"]["provider"] for row in await vault.find({})} == {f"local:{OLD}"}


@pytest.fixture
def environment(tmp_path: Path, database_url, database):
    files = {"old": MASTER_KEY, "next": NEXT_KEY, "fingerprint": FINGERPRINT_KEY.hex().encode()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o400)
    return {
        "ACQUIT_RABBITMQ_URL": "amqp://nobody@localhost",
        "ACQUIT_MONGODB_URL": database_url,
        "ACQUIT_MONGODB_DATABASE": database.name,
        "ACQUIT_BANKING_KEY_FILE": str(tmp_path / "none"),
        "ACQUIT_MASTER_KEY_FILE": str(tmp_path / "old"),
        "ACQUIT_OTHER_MASTER_KEY_FILES": f'["{tmp_path / "next"}"]',
        "ACQUIT_FINGERPRINT_KEY_FILE": str(tmp_path / "fingerprint"),
        "ACQUIT_OUTBOX_DIRECTORY": str(tmp_path),
        "ACQUIT_INBOX_DIRECTORY": str(tmp_path),
    }


async def command(environment, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, keys.cli, list(arguments), env=environment)


async def test_the_command_rotates_in_steps_and_says_how_far_it_is(environment, tmp_path, make_vault):
    known = await accounts_of(make_vault(), 5)
    assert (await command(environment, "status")).exit_code == 0

    swapped = environment | {
        "ACQUIT_MASTER_KEY_FILE": str(tmp_path / "next"),
        "ACQUIT_OTHER_MASTER_KEY_FILES": f'["{tmp_path / "old"}"]',
    }
    assert (await command(swapped, "status")).exit_code == 1
    step = await command(swapped, "rotate", "--limit", "4", "--batch", "3")
    assert (step.exit_code, "4 data keys wrapped anew, 2 to do" in step.output) == (1, True)
    rest = await command(swapped, "rotate")
    assert (rest.exit_code, "2 data keys wrapped anew, 0 to do" in rest.output) == (0, True)
    done = await command(swapped, "status")
    assert (done.exit_code, NEXT in done.output) == (0, True)
    (payee, (deposit, boxes)) = next(iter(known.items()))
    assert await make_vault(master_key=NEXT_KEY).decrypt(payee, boxes) == deposit

    forgotten = swapped | {"ACQUIT_MASTER_KEY_FILE": str(tmp_path / "old"), "ACQUIT_OTHER_MASTER_KEY_FILES": "[]"}
    wrong = await command(forgotten, "rotate")
    assert (wrong.exit_code, "another master key" in wrong.output) == (1, True)


async def test_the_command_makes_a_key_that_is_no_other_and_overwrites_none(environment, tmp_path):
    made = tmp_path / "made"
    assert (await command(environment, "new", str(made))).exit_code == 0
    content = made.read_bytes()
    assert (len(content), made.stat().st_mode & 0o777) == (96, 0o400)
    refused = await command(environment, "new", str(made))
    assert (refused.exit_code, made.read_bytes()) == (1, content)

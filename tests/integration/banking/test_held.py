"""Held details on the real vault: one key for all that is held, the provider's own afterwards (REG-10, BNK-2)."""

import asyncio

import pytest

from services.banking.ports import AccountErased
from services.banking.storage import ACCOUNTS, HELD_DEPOSITS, KEY_VAULT, SCHEMA
from shared.clock import new_id, utc_now
from shared.contracts.banking import DirectDepositWithdrawn
from tests.support import banking_builders as build
from tests.support.banking_office import everything_in

pytestmark = pytest.mark.req("REG-10", "BNK-2")


async def test_held_details_are_encrypted_and_become_the_providers_own(make_desk, database):
    account, desks = "4815162342", [make_desk(), make_desk()]
    for desk in desks:
        desk.now = utc_now()
    keys = [new_id() for _ in range(6)]
    await asyncio.gather(*(desks[at % 2].hold(key, account=account) for at, key in enumerate(keys)))
    assert await database.collection(KEY_VAULT).count({"keyAltNames": "held for enrolments"}) == 1
    assert await database.collection(HELD_DEPOSITS).count({}) == len(keys)
    events = [build.provider_registered(key, registered_at=utc_now()) for key in keys[:3]]
    message_ids = [new_id() for _ in events]
    await asyncio.gather(
        *(
            desks[at % 2].on_provider_registered(event, message_id=message_id)
            for at in range(2)
            for event, message_id in zip(events, message_ids, strict=True)
        )
    )
    stored = await desks[0].accounts.list_for([event.provider_id for event in events])
    deposits = [await desks[1].vault.decrypt(payee_id, row.boxes) for payee_id, row in stored.items()]
    assert [deposit.account.digits for deposit in deposits] == [account] * 3
    assert await database.collection(HELD_DEPOSITS).count({}) == 3
    assert await database.collection(ACCOUNTS).count({}) == 3
    documents = await everything_in(database, SCHEMA.collections)
    assert not [document for document in documents if account in repr(document) or account[:-3] in repr(document)]
    assert len(await desks[0].log.published()) == 3


@pytest.mark.req("REG-15")
async def test_the_end_of_the_account_leaves_neither_row_nor_key_and_old_ciphertext_is_unreadable(make_desk, database):
    desk, account = make_desk(), "4815162342"
    desk.now = utc_now()
    flow_key = new_id()
    await desk.hold(flow_key, account=account)
    event = build.provider_registered(flow_key, registered_at=utc_now())
    await desk.on_provider_registered(event)
    stored = await desk.accounts.get(event.provider_id)
    await desk.on_provider_account_ended(build.provider_account_ended(event))
    assert await database.collection(ACCOUNTS).count({}) == 0
    assert await database.collection(KEY_VAULT).count({"keyAltNames": event.provider_id}) == 0
    with pytest.raises(AccountErased):
        await desk.vault.decrypt(event.provider_id, stored.boxes)
    assert isinstance((await desk.log.published())[-1], DirectDepositWithdrawn)
    again = new_id()
    await desk.hold(again, account=account)
    await desk.on_provider_registered(
        build.provider_registered(again, provider_id=event.provider_id, registered_at=utc_now())
    )
    renewed = await desk.accounts.get(event.provider_id)
    assert (await desk.vault.decrypt(event.provider_id, renewed.boxes)).account.digits == account

"""Nobody used the temporary password of a provider: the bank details that came with it go (REG-15, BNK-2)."""

import pytest

from shared.clock import new_id
from shared.contracts.banking import DirectDepositWithdrawn
from shared.contracts.identity.providers import ProviderRegistered
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk
from tests.support.banking_memory import MemoryVault

pytestmark = pytest.mark.req("REG-15", "BNK-2")


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


async def registered(desk: Desk, **overrides: object) -> ProviderRegistered:
    """A provider whose direct deposit came with the enrolment."""
    flow_key = new_id()
    await desk.hold(flow_key, account="1111111")
    event = build.provider_registered(flow_key, **overrides)
    await desk.on_provider_registered(event)
    return event


async def test_row_and_data_key_go_and_payments_is_told(desk):
    event, other = await registered(desk), await registered(desk)
    ended = build.provider_account_ended(event)
    await desk.on_provider_account_ended(ended)
    assert set(desk.accounts.rows) == {other.provider_id}
    assert desk.vault.erased == {event.provider_id}
    assert (await desk.log.published())[-1] == DirectDepositWithdrawn(
        payee_id=event.provider_id, account_id=event.account_id, withdrawn_at=ended.ended_at, payee_class="provider"
    )


async def test_details_that_another_account_of_the_provider_gave_stay(desk):
    event = await registered(desk)
    before = len(await desk.log.published())
    await desk.on_provider_account_ended(build.provider_account_ended(event, account_id=new_id()))
    assert set(desk.accounts.rows) == {event.provider_id}
    assert desk.vault.erased == set()
    assert len(await desk.log.published()) == before


async def test_without_direct_deposit_there_is_nothing_to_withdraw(desk):
    event = build.provider_registered(None, direct_deposit=False)
    await desk.on_provider_registered(event)
    await desk.on_provider_account_ended(build.provider_account_ended(event))
    assert await desk.log.published() == []


async def test_a_crash_before_the_key_is_deleted_is_made_good_by_the_repetition(desk):
    event = await registered(desk)
    ended, message_id = build.provider_account_ended(event), new_id()

    class Interrupted(MemoryVault):
        async def erase(self, payee_id: str) -> None:
            raise Crash(payee_id)

    vault, desk.vault = desk.vault, Interrupted()
    with pytest.raises(Crash):
        await desk.on_provider_account_ended(ended, message_id=message_id)
    desk.vault = vault
    await desk.on_provider_account_ended(ended, message_id=message_id)
    assert desk.vault.erased == {event.provider_id}
    assert [type(one) for one in await desk.log.published()].count(DirectDepositWithdrawn) == 1


async def test_who_registers_again_has_a_key_that_a_late_repetition_leaves_alone(desk):
    event = await registered(desk)
    ended, message_id = build.provider_account_ended(event), new_id()
    await desk.on_provider_account_ended(ended, message_id=message_id)
    again = await registered(desk, provider_id=event.provider_id)
    await desk.on_provider_account_ended(ended, message_id=message_id)
    account = desk.accounts.rows[event.provider_id]
    assert account.account_id == again.account_id
    assert (await desk.vault.decrypt(event.provider_id, account.boxes)).account.digits == "1111111"

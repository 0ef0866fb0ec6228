"""Direct deposit of providers who are enrolling: held, then theirs; never seen by anybody else (REG-10, BNK-2)."""

from datetime import timedelta

import pytest

from services.banking.domain.accounts import InstitutionUnknown
from services.banking.handlers.enrolment import DetailsUnreadable
from services.banking.handlers.held import HELD_FOR
from shared.clock import new_id
from shared.contracts.banking import DirectDepositEnrolled
from shared.tokens import UnreadableSecret
from tests.support import banking_builders as build
from tests.support.banking_desk import Desk

pytestmark = pytest.mark.req("REG-10", "BNK-2")


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


async def test_held_details_become_the_providers_direct_deposit(desk):
    flow_key = new_id()
    held = await desk.hold(flow_key, account="0001234")
    assert (held.institution_name, held.account_ending) == ("Desjardins (Québec)", "234")
    assert held.expires_at == build.NOW + HELD_FOR
    event = build.provider_registered(flow_key)
    await desk.on_provider_registered(event)
    account = desk.accounts.rows[event.provider_id]
    deposit = await desk.vault.decrypt(event.provider_id, account.boxes)
    assert deposit.account.digits == "0001234"
    assert (account.account_id, account.account_ending) == (event.account_id, "234")
    assert await desk.payees.names([event.provider_id]) == {event.provider_id: event.holder_name}
    assert await desk.log.published() == [
        DirectDepositEnrolled(
            payee_id=event.provider_id,
            account_id=event.account_id,
            enrolled_at=build.NOW,
            payee_class="provider",
        )
    ]
    assert desk.held.rows == {}


async def test_giving_other_details_for_the_same_enrolment_replaces_the_first(desk):
    flow_key, event = new_id(), None
    await desk.hold(flow_key, account="1111111")
    await desk.hold(flow_key, account="2222222")
    event = build.provider_registered(flow_key)
    await desk.on_provider_registered(event)
    account = desk.accounts.rows[event.provider_id]
    assert (await desk.vault.decrypt(event.provider_id, account.boxes)).account.digits == "2222222"


async def test_without_details_the_provider_is_known_by_name_and_nothing_is_enrolled(desk):
    flow_key = new_id()
    await desk.hold(flow_key)
    event = build.provider_registered(flow_key, direct_deposit=False)
    await desk.on_provider_registered(event)
    assert desk.accounts.rows == desk.held.rows == desk.exceptions.rows == {}
    assert await desk.payees.names([event.provider_id]) == {event.provider_id: event.holder_name}


@pytest.mark.parametrize(("late", "enrolled"), [(timedelta(seconds=-1), True), (timedelta(), False)])
async def test_what_is_held_counts_until_it_expires_at_the_moment_of_registering(desk, late, *, enrolled):
    flow_key = new_id()
    await desk.hold(flow_key)
    event = build.provider_registered(flow_key, registered_at=build.NOW + HELD_FOR + late)
    await desk.on_provider_registered(event)
    assert (event.provider_id in desk.accounts.rows) is enrolled
    assert [row.kind for row in desk.exceptions.rows.values()] == ([] if enrolled else ["held_details_missing"])


async def test_the_event_delivered_twice_enrols_once(desk):
    flow_key = new_id()
    await desk.hold(flow_key)
    event, message_id = build.provider_registered(flow_key), new_id()
    for _ in range(2):
        await desk.on_provider_registered(event, message_id=message_id)
    assert len(await desk.log.published()) == 1
    assert desk.exceptions.rows == {}


@pytest.mark.req("BNK-3")
async def test_a_provider_who_is_enrolled_already_keeps_the_account(desk):
    first_key, same_key, other_key, provider_id = new_id(), new_id(), new_id(), new_id()
    await desk.hold(first_key, account="1111111")
    await desk.on_provider_registered(build.provider_registered(first_key, provider_id=provider_id))
    before = desk.accounts.rows[provider_id]
    await desk.hold(same_key, account="1111111")
    await desk.on_provider_registered(build.provider_registered(same_key, provider_id=provider_id))
    assert desk.exceptions.rows == {}
    await desk.hold(other_key, account="2222222")
    await desk.on_provider_registered(build.provider_registered(other_key, provider_id=provider_id))
    assert desk.accounts.rows[provider_id] == before
    assert [(row.kind, row.subject) for row in desk.exceptions.rows.values()] == [("details_differ", provider_id)]


async def test_an_account_that_somebody_else_has_is_put_before_a_person(desk):
    keys = (new_id(), new_id())
    for flow_key in keys:
        await desk.hold(flow_key, account="1111111")
        await desk.on_provider_registered(build.provider_registered(flow_key))
    assert [row.kind for row in desk.exceptions.rows.values()] == ["account_shared"]


async def test_wrong_or_foreign_details_are_not_held(desk):
    flow_key = new_id()
    with pytest.raises(InstitutionUnknown):
        await desk.hold(flow_key, institution="999")
    with pytest.raises(UnreadableSecret):
        await desk.hold(flow_key, build.sealed("{}", new_id()))
    with pytest.raises(DetailsUnreadable):
        await desk.hold(flow_key, build.sealed("{}", flow_key))
    assert desk.held.rows == {}


async def test_no_account_number_appears_in_what_is_kept_published_or_answered(desk):
    flow_key, account = new_id(), "4815162342"
    held = await desk.hold(flow_key, account=account)
    kept = repr(desk.held.rows)
    await desk.on_provider_registered(build.provider_registered(flow_key))
    seen = [
        held.model_dump_json(),
        kept,
        repr(desk.accounts.rows),
        *(str(item.body) for work in desk.log.works for item in work.outgoing),
        *(str(reply) for reply in desk.log.replies.values()),
    ]
    assert not [text for text in seen if account in text or account[:-3] in text]

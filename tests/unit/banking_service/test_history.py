"""The history of bank details, and closing them for good (BNK-2, BNK-3, BNK-6)."""

from datetime import timedelta

import pytest

from services.banking.handlers.closing import DepositUnderWay, NothingToClose
from services.banking.handlers.enrolment import BankingForbidden
from services.banking.handlers.history import PayeeUnknown
from services.banking.ports import AccountErased
from shared.clock import new_id
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositWithdrawn
from shared.contracts.banking_details import ActRecorded
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


def agent():
    return build.member(roles=("agent",), dossier_id=None)


async def enrolled(desk, **boxes):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id, **boxes), actor)
    return actor


async def changed_twice(desk):
    """By the payee, then by another account of the same dossier."""
    actor = await enrolled(desk, account="1234567")
    spouse = build.member(dossier_id=actor.dossier_id)
    for days, (who, account) in enumerate(((actor, "7654321"), (spouse, "7654999")), start=1):
        desk.now = build.NOW + timedelta(days=days)
        await desk.change(build.changing(actor.dossier_id, replaces=days, account=account), who)
    return actor, spouse


@pytest.mark.req("BNK-3")
async def test_a_payee_reads_who_changed_what_and_when_masked(desk):
    actor, _ = await changed_twice(desk)
    items = (await desk.own_history(actor)).items
    assert [(one.kind, one.at, one.account_ending, one.version, one.by_you) for one in items] == [
        ("changed", build.NOW + timedelta(days=2), "999", 3, False),
        ("changed", build.NOW + timedelta(days=1), "321", 2, True),
        ("enrolled", build.NOW, "567", 1, True),
    ]


@pytest.mark.req("BNK-3")
async def test_a_refused_change_and_the_same_details_again_leave_no_trace(desk):
    actor = await enrolled(desk, account="1234567")
    await desk.enrol(build.enrolment(actor.dossier_id, account="1234567"), actor)
    await desk.change(build.changing(actor.dossier_id, account="1234567"), actor)
    with pytest.raises(Exception, match="changed_meanwhile"):
        await desk.change(build.changing(actor.dossier_id, replaces=7), actor)
    assert len((await desk.own_history(actor)).items) == 1


@pytest.mark.req("BNK-3", "OPS-7")
async def test_an_agent_sees_whose_acts_they_were_and_the_audit_keeps_the_look(desk):
    actor, spouse = await changed_twice(desk)
    looking = agent()
    view = await desk.looked_at(actor.dossier_id, looking)
    assert [one.account_id for one in view.items] == [spouse.account_id, actor.account_id, actor.account_id]
    assert (view.direct_deposit.account_ending, view.direct_deposit.version) == ("999", 3)
    (act,) = [event for event in await desk.log.published() if isinstance(event, ActRecorded)]
    assert (act.act, act.account_id, act.about) == ("sensitive_read", looking.account_id, actor.dossier_id)


@pytest.mark.req("BNK-2")
async def test_no_account_number_is_in_what_is_kept_or_answered(desk):
    actor = await enrolled(desk, account="4815162342")
    await desk.change(build.changing(actor.dossier_id, account="1618033988"), actor)
    seen = [
        (await desk.looked_at(actor.dossier_id, agent())).model_dump_json(),
        (await desk.own_history(actor)).model_dump_json(),
        (await desk.close(actor.dossier_id, agent())).model_dump_json(),
        repr(desk.accounts.history),
        *(str(work.outgoing) for work in desk.log.works),
    ]
    assert not [text for text in seen if "4815162" in text or "1618033" in text]


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize("roles", [("member",), ("provider",), ("delegate",), ("client",), ()])
async def test_b6_only_agents_look_and_close(desk, roles):
    actor = await enrolled(desk)
    other = build.member(roles=roles, provider_id="p")
    with pytest.raises(BankingForbidden):
        await desk.looked_at(actor.dossier_id, other)
    with pytest.raises(BankingForbidden):
        await desk.close(actor.dossier_id, other)
    assert (await desk.shown(actor)).enrolled


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize("overrides", [{"roles": ("agent",)}, {"roles": ("delegate",)}, {"on_behalf_of": "p"}])
async def test_b6_the_history_is_for_the_payee_in_person(desk, overrides):
    with pytest.raises(BankingForbidden):
        await desk.own_history(build.member(**overrides))


@pytest.mark.req("BNK-2")
async def test_closing_removes_account_and_key_and_everybody_hears_of_it(desk):
    actor, closing = await enrolled(desk, account="1234567"), agent()
    boxes = desk.accounts.rows[actor.dossier_id].boxes
    desk.now += timedelta(days=3)

    closed = await desk.close(actor.dossier_id, closing)

    assert (closed.payee_id, closed.closed_at) == (actor.dossier_id, desk.now)
    assert desk.data_keys.erased == [actor.dossier_id]
    assert not (await desk.shown(actor)).enrolled
    with pytest.raises(AccountErased):
        await desk.vault.decrypt(actor.dossier_id, boxes)
    enrolled_event, withdrawn, act = await desk.log.published()
    assert isinstance(enrolled_event, DirectDepositEnrolled)
    assert withdrawn == DirectDepositWithdrawn(
        payee_id=actor.dossier_id, account_id=actor.account_id, withdrawn_at=desk.now
    )
    assert (act.act, act.account_id, act.details["reason"]) == (
        "sensitive_delete",
        closing.account_id,
        "payee_deceased",
    )
    view = await desk.looked_at(actor.dossier_id, closing)
    assert not view.direct_deposit.enrolled
    assert [(one.kind, one.account_ending, one.account_id) for one in view.items] == [
        ("closed", "567", closing.account_id),
        ("enrolled", "567", actor.account_id),
    ]


@pytest.mark.req("BNK-2")
async def test_a_payee_may_enrol_again_after_closing(desk):
    actor = await enrolled(desk, account="1234567")
    await desk.close(actor.dossier_id, agent())
    desk.now += timedelta(days=1)
    await desk.enrol(build.enrolment(actor.dossier_id, account="7654321"), actor)
    assert (await desk.shown(actor)).account_ending == "321"
    assert [one.kind for one in (await desk.own_history(actor)).items] == ["enrolled", "closed", "enrolled"]


@pytest.mark.req("BNK-2", "BNK-4")
async def test_closing_waits_for_a_file_that_still_needs_the_account(desk):
    actor = await enrolled(desk)
    await desk.register(actor.dossier_id)
    run = build.run_approved(build.run_item(actor.dossier_id))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_reserved")
    with pytest.raises(DepositUnderWay):
        await desk.close(actor.dossier_id, agent())
    assert desk.data_keys.erased == []
    await desk.deposit(run)
    await desk.close(actor.dossier_id, agent())
    assert desk.data_keys.erased == [actor.dossier_id]


@pytest.mark.req("BNK-2")
async def test_closing_tells_that_the_payee_was_a_provider(desk):
    event = build.provider_registered("flow-1")
    await desk.hold("flow-1")
    await desk.on_provider_registered(event)
    provider = build.member(roles=("provider",), dossier_id=None, provider_id=event.provider_id)
    await desk.change(build.changing(event.provider_id, payee="provider"), provider)
    await desk.close(event.provider_id, agent())
    (withdrawn,) = [one for one in await desk.log.published() if isinstance(one, DirectDepositWithdrawn)]
    assert withdrawn.payee_class == "provider"
    kinds = [one.kind for one in (await desk.own_history(provider, payee="provider")).items]
    assert kinds == ["closed", "changed", "enrolled"]


async def test_what_never_was_is_neither_seen_nor_closed(desk):
    with pytest.raises(PayeeUnknown):
        await desk.looked_at(new_id(), agent())
    with pytest.raises(NothingToClose):
        await desk.close(new_id(), agent())
    assert not await desk.log.published()

"""The first payment after a change of bank details waits (BNK-3)."""

from datetime import datetime, timedelta

import pytest

from shared.contracts.banking import DirectDepositChanged, DirectDepositWithdrawn
from shared.contracts.payments import PaymentScheduled
from shared.outbox import each
from tests.support.payments_builders import FRIDAY, claim_adjudicated
from tests.support.payments_desk import memory_desk


def changed(payee_id: str, held_until: datetime) -> DirectDepositChanged:
    return DirectDepositChanged(
        payee_id=payee_id,
        account_id="account-2",
        former_account_id="account-1",
        version=2,
        changed_at=held_until - timedelta(hours=48),
        held_until=held_until,
    )


@pytest.mark.req("BNK-3", "PAY-1")
async def test_a_payee_whose_account_changed_is_left_for_a_later_run_and_others_are_paid() -> None:
    desk = memory_desk()
    held, over, other = (claim_adjudicated(benefit_cents=cents) for cents in (100, 200, 400))
    await desk.adjudicated(held, over, other)
    await desk.enrol(held.dossier_id, over.dossier_id, other.dossier_id)
    await desk.tell(
        each(desk.handlers.on_direct_deposit_changed),
        changed(held.dossier_id, FRIDAY + timedelta(seconds=1)),
        changed(over.dossier_id, FRIDAY),
    )

    run = await desk.close_run()

    assert {event.payee_id for event in desk.events(PaymentScheduled)} == {over.dossier_id, other.dossier_id}
    assert (run.carried_over_payees, run.carried_over_cents) == (1, 100)


@pytest.mark.req("BNK-3")
async def test_a_change_that_is_heard_of_before_the_enrolment_holds_as_well() -> None:
    desk = memory_desk()
    claim, other = claim_adjudicated(), claim_adjudicated()
    await desk.adjudicated(claim, other)
    event = changed(claim.dossier_id, FRIDAY + timedelta(hours=1))
    await desk.tell(each(desk.handlers.on_direct_deposit_changed), event)
    await desk.enrol(claim.dossier_id, other.dossier_id)
    await desk.close_run()
    assert [one.payee_id for one in desk.events(PaymentScheduled)] == [other.dossier_id]


@pytest.mark.req("REG-15")
async def test_a_payee_whose_direct_deposit_was_withdrawn_is_left_for_a_later_run() -> None:
    desk = memory_desk()
    claim, other = claim_adjudicated(benefit_cents=100), claim_adjudicated(benefit_cents=200)
    await desk.adjudicated(claim, other)
    (enrolled, _) = await desk.enrol(claim.dossier_id, other.dossier_id)
    await desk.tell(
        each(desk.handlers.on_direct_deposit_withdrawn),
        DirectDepositWithdrawn(payee_id=claim.dossier_id, account_id=enrolled.account_id, withdrawn_at=FRIDAY),
    )

    run = await desk.close_run()

    assert [one.payee_id for one in desk.events(PaymentScheduled)] == [other.dossier_id]
    assert (run.carried_over_payees, run.carried_over_cents) == (1, 100)

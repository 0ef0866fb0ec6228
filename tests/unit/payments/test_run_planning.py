from datetime import date

import pytest

from services.payments.domain.business_days import next_business_day
from services.payments.domain.errors import Contradiction
from services.payments.domain.payment import BatchNumbersExhausted, IllegalTransition, batch_number
from services.payments.domain.run import plan_run, run_status
from tests.support.payments_builders import FRIDAY, MONDAY, a_payable, a_payment

pytestmark = pytest.mark.req("PAY-1")


def test_a_run_makes_one_batch_per_enrolled_payee() -> None:
    payables = [a_payable(payee_id=payee_id, amount_cents=100) for payee_id in ("one", "two", "one")]
    plan = plan_run(payables, enrolled={"one", "two", "three"}, max_batches=10)
    assert {batch.payee_id: batch.amount_cents for batch in plan.batches} == {"one": 200, "two": 100}
    assert plan.carried_over_payees == 0


def test_payees_without_direct_deposit_are_carried_over() -> None:
    payables = [a_payable(payee_id=payee_id, amount_cents=100) for payee_id in ("one", "two", "two")]
    plan = plan_run(payables, enrolled={"one"}, max_batches=10)
    assert [batch.payee_id for batch in plan.batches] == ["one"]
    assert (plan.carried_over_payees, plan.carried_over_cents) == (1, 200)


@pytest.mark.req("PAY-7")
def test_recoveries_are_deducted_from_the_batch() -> None:
    payables = [a_payable(payee_id="one", amount_cents=amount) for amount in (-300, 1_000)]
    plan = plan_run(payables, enrolled={"one"}, max_batches=10)
    assert [batch.amount_cents for batch in plan.batches] == [700]
    assert plan.batches[0].payables == tuple(payables)


@pytest.mark.req("PAY-7")
@pytest.mark.parametrize("amounts", [(-300,), (-300, 300), (-300, 299)])
def test_a_payee_who_owes_as_much_or_more_waits(amounts: tuple[int, ...]) -> None:
    payables = [a_payable(payee_id="one", amount_cents=amount) for amount in amounts]
    plan = plan_run(payables, enrolled={"one"}, max_batches=10)
    assert (plan.batches, plan.carried_over_payees, plan.carried_over_cents) == ((), 0, 0)


def test_payees_beyond_the_limit_are_carried_over_the_youngest_first() -> None:
    payables = [a_payable(payee_id=payee_id, amount_cents=100) for payee_id in ("one", "two", "three")]
    plan = plan_run(payables, enrolled={"one", "two", "three"}, max_batches=2)
    assert [batch.payee_id for batch in plan.batches] == ["one", "two"]
    assert (plan.carried_over_payees, plan.carried_over_cents) == (1, 100)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 18), date(2026, 11, 19)),
        (date(2026, 11, 20), MONDAY),
        (date(2026, 11, 21), MONDAY),
        (date(2026, 11, 22), MONDAY),
        (MONDAY, date(2026, 11, 24)),
    ],
)
def test_money_is_payable_on_the_next_weekday(day: date, following: date) -> None:
    assert next_business_day(day) == following


def test_batch_numbers_have_eight_digits_from_10000001() -> None:
    assert [batch_number(1), batch_number(42)] == ["10000001", "10000042"]
    assert batch_number(89_999_999) == "99999999"
    for ordinal in (0, 90_000_000):
        with pytest.raises(BatchNumbersExhausted):
            batch_number(ordinal)


def test_a_payment_is_sent_and_then_settled_each_once() -> None:
    scheduled = a_payment()
    sent = scheduled.sent(at=FRIDAY, file_number=17)
    settled = sent.settled(on=MONDAY)
    assert [payment.status for payment in (scheduled, sent, settled)] == ["scheduled", "sent", "settled"]
    assert (settled.sent_at, settled.file_number, settled.settled_on) == (FRIDAY, 17, MONDAY)
    for payment in (sent, settled):
        with pytest.raises(IllegalTransition):
            payment.sent(at=FRIDAY, file_number=17)
    for payment in (scheduled, settled, a_payment(status="returned")):
        with pytest.raises(IllegalTransition):
            payment.settled(on=MONDAY)


def test_a_batch_whose_items_do_not_sum_to_its_amount_cannot_exist() -> None:
    with pytest.raises(Contradiction):
        a_payment(a_payable(amount_cents=100), amount_cents=101)


def test_a_run_is_as_far_as_the_last_of_its_payments() -> None:
    assert run_status({"scheduled": 1, "sent": 5, "settled": 7}) == "approved"
    assert run_status({"sent": 1, "settled": 7}) == "sent"
    assert run_status({"settled": 7}) == "settled"

import pytest

from services.payments.domain.ledger import (
    BANK,
    BENEFIT_EXPENSE,
    InvalidTransfer,
    Posting,
    Transfer,
    in_transit,
    payable_to,
    transfer,
)
from services.payments.domain.payment import scheduling_of, settlement_of
from tests.support.payments_builders import FRIDAY, a_payment

pytestmark = pytest.mark.req("PAY-6")


@pytest.mark.parametrize(
    "amounts",
    [(), (0,), (100,), (100, -99), (100, -100, 0), (0, 0)],
    ids=["nothing", "zero", "one leg", "unequal", "an empty leg", "empty legs"],
)
def test_postings_that_do_not_balance_are_no_transfer(amounts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidTransfer):
        Transfer("key", FRIDAY, tuple(Posting(BANK, amount) for amount in amounts))


def test_postings_of_several_legs_may_balance_together() -> None:
    legs = (Posting(BENEFIT_EXPENSE, 100), Posting(payable_to("one"), -70), Posting(payable_to("two"), -30))
    assert Transfer("key", FRIDAY, legs).postings == legs


@pytest.mark.parametrize("amount", [0, -1])
def test_only_a_positive_amount_is_moved(amount: int) -> None:
    with pytest.raises(InvalidTransfer):
        transfer("key", debit=BANK, credit=BENEFIT_EXPENSE, amount_cents=amount, at=FRIDAY)


def test_accounts_are_kept_per_payee_and_per_run() -> None:
    assert payable_to("dossier-1").name == "payable:dossier-1"
    assert in_transit("run-1").name == "in_transit:run-1"
    assert [BENEFIT_EXPENSE.name, BANK.name] == ["benefit_expense", "bank"]


def test_scheduling_and_settling_move_the_amount_from_the_payee_to_the_bank() -> None:
    payment = a_payment()
    scheduled, settled = scheduling_of(payment), settlement_of(payment, at=FRIDAY)
    amount = payment.amount_cents
    assert scheduled.postings == (
        Posting(payable_to(payment.payee_id), amount),
        Posting(in_transit(payment.run_id), -amount),
    )
    assert settled.postings == (Posting(in_transit(payment.run_id), amount), Posting(BANK, -amount))
    assert scheduled.key != settled.key

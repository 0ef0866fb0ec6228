"""What the golden files hold, and where the standard puts it (``golden/*.toml``, made from the printed table)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from services.banking.domain.cpa005 import DebitPayment, Entry, RecordType
from tests.unit.banking.builders import a_debit, a_payment, a_returned_credit, written, written_entries

FOLDER = Path(__file__).parent / "golden"


def payments_and_debits() -> bytes:
    credits_ = [
        a_payment(name="Clinique dentaire É. Bélanger", cross_reference="14787568", sundry="00012345"),
        a_payment(
            routing="000300012",
            account="000000000001",
            name="Zoé D’Amours",
            amount_cents=1,
            cross_reference="PAY-2",
            transaction_type=460,
        ),
        a_payment(
            account="7",
            name="Groupe santé Œil & Fils, 2/3 – Montréal",
            amount_cents=9_999_999_999,
            cross_reference="ABCDEFGHIJKLMNOPQRS",
            sundry="ABCDEFGHIJKLMNO",
        ),
        a_payment(cross_reference="EARLY", due_date=date(2026, 10, 21), amount_cents=100),
        a_payment(cross_reference="LATE", due_date=date(2027, 5, 12), amount_cents=200),
        a_payment(cross_reference="SIX", amount_cents=300),
        a_payment(cross_reference="SEVEN", amount_cents=400),
    ]
    debits: list[DebitPayment] = [
        a_debit(cross_reference="D-1"),
        a_debit(cross_reference="D-2", transaction_type=729, amount_cents=2_501, due_date=date(2026, 11, 24)),
    ]
    return written(*credits_, *debits)[0]


def returns_and_reversals() -> bytes:
    entries: list[Entry] = [
        a_returned_credit(cross_reference="14787568"),
        a_returned_credit(
            cross_reference="PAY-2",
            transaction_type=912,
            amount_cents=1,
            stored_transaction_type=460,
            invalid_elements=(7, 8),
        ),
        a_returned_credit(
            cross_reference="D-1",
            record_type=RecordType.RETURNED_DEBIT,
            transaction_type=901,
            stored_transaction_type=702,
            amount_cents=2_500,
        ),
        a_returned_credit(
            cross_reference="SIX",
            record_type=RecordType.CREDIT_REVERSAL,
            transaction_type=336,
            amount_cents=300,
        ),
        a_returned_credit(
            cross_reference="D-2",
            record_type=RecordType.DEBIT_REVERSAL,
            transaction_type=729,
            stored_transaction_type=729,
            amount_cents=2_501,
            settlement_code="01",
        ),
    ]
    return written_entries(*entries)


GOLDEN: dict[str, Callable[[], bytes]] = {
    "payments_and_debits": payments_and_debits,
    "returns_and_reversals": returns_and_reversals,
}


def golden(name: str) -> bytes:
    return (FOLDER / f"{name}.cpa").read_bytes()

"""Builders of payments, profiles and files; every value can be overridden by keyword."""

import io
import random
from datetime import date
from typing import Any

from services.banking.domain.cpa005 import (
    BankProfile,
    CreditPayment,
    DebitPayment,
    Entry,
    FileIdentity,
    FileTotals,
    Payment,
    ReadRules,
    RecordType,
    ReturnsAccount,
    write_entries,
    write_file,
)

CREATED = date(2026, 11, 20)
DUE = date(2026, 11, 23)
RECORD = 1464


def a_reference() -> str:
    return "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=19))  # noqa: S311 - not a secret


def a_profile(**changes: Any) -> BankProfile:
    values: dict[str, Any] = {
        "originator_id": "0123456789",
        "data_centre": "00310",
        "short_name": "ACME ASSUR",
        "long_name": "ACME ASSURANCES COLLECTIVES IN",
        "returns_to": ReturnsAccount(routing="000300012", account="1004589"),
    }
    return BankProfile(**(values | changes))


def a_payment(**changes: Any) -> CreditPayment:
    values: dict[str, Any] = {
        "routing": "081530123",
        "account": "1234567",
        "name": "CLINIQUE DENTAIRE E BELANGER",
        "amount_cents": 369_010,
        "due_date": DUE,
        "cross_reference": a_reference(),
    }
    return CreditPayment(**(values | changes))


def a_debit(**changes: Any) -> DebitPayment:
    values: dict[str, Any] = {
        "routing": "000300012",
        "account": "7654321",
        "name": "PAYOR INC",
        "amount_cents": 2_500,
        "due_date": DUE,
        "cross_reference": a_reference(),
        "transaction_type": 702,
    }
    return DebitPayment(**(values | changes))


def an_identity(**changes: Any) -> FileIdentity:
    values: dict[str, Any] = {"file_number": 42, "creation_date": CREATED}
    return FileIdentity(**(values | changes))


def a_returned_credit(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "record_type": RecordType.RETURNED_CREDIT,
        "transaction_type": 905,
        "amount_cents": 369_010,
        "due_date": DUE,
        "routing": "081530123",
        "account": "1234567",
        "name": "CLINIQUE DENTAIRE E BELANGER",
        "cross_reference": a_reference(),
        "short_name": "ACME ASSUR",
        "long_name": "ACME ASSURANCES COLLECTIVES IN",
        "user_id": "0123456789",
        "item_trace": "6121000610000100000006",
        "stored_transaction_type": 336,
        "returns_routing": "000300012",
        "returns_account": "1004589",
        "original_item_trace": "0000000000000000000042",
    }
    return Entry(**(values | changes))


def rules(**changes: Any) -> ReadRules:
    return ReadRules(**({"near": CREATED} | changes))


def written(
    *payments: Payment, profile: BankProfile | None = None, identity: FileIdentity | None = None
) -> tuple[bytes, FileTotals]:
    out = io.BytesIO()
    totals = write_file(payments, out, profile=profile or a_profile(), identity=identity or an_identity())
    return out.getvalue(), totals


def written_entries(*entries: Entry, profile: BankProfile | None = None) -> bytes:
    out = io.BytesIO()
    write_entries(entries, out, profile=profile or a_profile(), identity=an_identity())
    return out.getvalue()


def patched(data: bytes, *, record: int, position: int, text: str) -> bytes:
    """``data`` (CRLF) with ``text`` written over a record from a 1-based position."""
    start = (record - 1) * (RECORD + 2) + position - 1
    return data[:start] + text.encode("latin-1") + data[start + len(text) :]

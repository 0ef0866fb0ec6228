"""Reading return files: what can be applied is applied, whatever else is odd in it."""

import io
from datetime import date

import pytest

from services.banking.domain.cpa005 import Header, LocatedEntry, Trailer, Violation, check_file, iter_file, read_file
from tests.unit.banking.builders import a_returned_credit, patched, rules, written_entries

pytestmark = pytest.mark.req("BNK-5")


def test_sound_returns_are_yielded_around_a_broken_one():
    data = written_entries(*(a_returned_credit(cross_reference=f"REF{number}") for number in range(3)))
    spoiled = patched(data, record=2, position=265, text="336")
    items = list(iter_file(io.BytesIO(spoiled), rules=rules()))
    assert [type(item) for item in items] == [Header, LocatedEntry, Violation, LocatedEntry, Trailer]
    sound = [item for item in items if isinstance(item, LocatedEntry)]
    assert [(item.record, item.segment, item.entry.cross_reference) for item in sound] == [
        (2, 1, "REF0"),
        (2, 3, "REF2"),
    ]
    assert isinstance(items[2], Violation)
    assert (items[2].code, items[2].field, items[2].position) == ("return_reason_unknown", "return_reason", 265)


def test_a_return_is_not_lost_for_its_account_its_date_or_a_repetition():
    odd = a_returned_credit(
        account="12-34", name="", due_date=date(2026, 1, 2), cross_reference="SAME", routing="099900001"
    )
    data = written_entries(odd, odd)
    parsed = read_file(io.BytesIO(data), rules=rules(institutions=frozenset({"815"})))
    assert parsed.entries == (odd, odd)


def test_a_return_keeps_the_type_of_the_payment_and_names_the_elements_in_error():
    data = written_entries(a_returned_credit(transaction_type=912, invalid_elements=(8,)))
    (entry,) = read_file(io.BytesIO(data), rules=rules()).entries
    assert (entry.transaction_type, entry.stored_transaction_type) == (912, 336)
    assert entry.invalid_elements == (8,)
    assert entry.original_item_trace.endswith("42")
    (violation,) = check_file(io.BytesIO(patched(data, record=2, position=87, text="000")), rules=rules()).violations
    assert (violation.code, violation.field, violation.position) == (
        "stored_type_invalid",
        "stored_transaction_type",
        87,
    )


def test_a_return_file_without_returns_is_sound():
    assert check_file(io.BytesIO(written_entries()), rules=rules()).violation_count == 0

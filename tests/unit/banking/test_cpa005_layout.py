"""The layout data against the arithmetic of the standard."""

import pytest

from services.banking.domain.cpa005.layout import HEADER, SEGMENTS, TRAILER, FieldSpec, position_in_record
from services.banking.domain.cpa005.layout import RecordType as Letter

pytestmark = pytest.mark.req("BNK-4")


@pytest.mark.parametrize(
    ("specs", "length"),
    [(HEADER, 1464), (TRAILER, 1464), *((specs, 240) for specs in SEGMENTS.values())],
)
def test_fields_follow_each_other_without_gap_and_fill_the_record(specs: tuple[FieldSpec, ...], length: int):
    position = 1
    for spec in specs:
        assert spec.position == position, spec.name
        position += spec.length
    assert position - 1 == length


def test_element_numbers_are_consecutive():
    assert [spec.number for spec in HEADER] == list(range(1, 10))
    assert [spec.number for spec in TRAILER] == list(range(1, 13))
    for specs in SEGMENTS.values():
        assert [spec.number for spec in specs] == list(range(4, 22))


@pytest.mark.parametrize(
    ("letter", "names"),
    [
        (Letter.CREDIT, ("transaction_type", "returns_routing", "filler")),
        (Letter.DEBIT, ("transaction_type", "returns_routing", "filler")),
        (Letter.CREDIT_REVERSAL, ("transaction_type", "returns_routing", "original_item_trace")),
        (Letter.DEBIT_REVERSAL, ("transaction_type", "returns_routing", "original_item_trace")),
        (Letter.RETURNED_CREDIT, ("return_reason", "original_routing", "original_item_trace")),
        (Letter.RETURNED_DEBIT, ("return_reason", "original_routing", "original_item_trace")),
    ],
)
def test_segments_differ_by_letter_where_the_standard_says(letter: Letter, names: tuple[str, str, str]):
    specs = SEGMENTS[letter]
    assert (specs[0].name, specs[12].name, specs[15].name) == names


@pytest.mark.parametrize(("segment", "position"), [(1, 53), (2, 293), (6, 1253)])
def test_the_account_stands_where_the_table_has_it(segment: int, position: int):
    account = next(spec for spec in SEGMENTS[Letter.CREDIT] if spec.name == "account")
    assert position_in_record(account, segment) == position

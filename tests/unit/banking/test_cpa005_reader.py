"""Reading deposit files; the corpus of broken ones has tests of its own."""

import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.banking.domain.cpa005 import (
    FileRefused,
    Header,
    ReadRules,
    RecordType,
    Separator,
    Violation,
    check_file,
    read_file,
)
from services.banking.domain.cpa005.records import NO_TRACE
from tests.unit.banking.builders import (
    CREATED,
    RECORD,
    a_payment,
    a_profile,
    a_returned_credit,
    an_identity,
    patched,
    rules,
    written,
    written_entries,
)

pytestmark = pytest.mark.req("BNK-4")

Place = tuple[str, int, int | None, str | None, int | None]


def violations(data: bytes, **changes: Any) -> list[Violation]:
    return list(check_file(io.BytesIO(data), rules=rules(**changes)).violations)


def places(data: bytes, **changes: Any) -> list[Place]:
    return [(v.code.value, v.record, v.segment, v.field, v.position) for v in violations(data, **changes)]


def a_file(count: int = 7) -> bytes:
    return written(*(a_payment(amount_cents=1_000 + number) for number in range(count)))[0]


def lines(data: bytes) -> list[bytes]:
    return data.split(b"\r\n")[:-1]


def joined(*records: bytes) -> bytes:
    return b"".join(record + b"\r\n" for record in records)


def test_a_sound_file_has_no_violation():
    report = check_file(io.BytesIO(a_file()), rules=ReadRules.of(a_profile(), near=CREATED))
    assert report.violation_count == 0
    assert report.header == Header(
        originator_id="0123456789", file_number=42, creation_date=CREATED, data_centre="00310", currency="CAD"
    )
    assert (report.counted.credits.count, report.counted.credits.value_cents) == (7, 7_021)


def test_a_trailer_that_counts_records_instead_of_payments_is_refused():
    (violation,) = violations(patched(a_file(7), record=4, position=61, text="00000002"))
    assert (violation.expected, violation.found) == ("7", "2")
    assert violation.message == "the trailer does not agree with the records (expected 7, found 2)"


def test_a_payment_in_an_unknown_institution_is_refused_when_a_list_is_given():
    assert places(a_file(1), institutions=frozenset({"815"})) == []
    assert places(a_file(1), institutions=frozenset({"001"})) == [("institution_unknown", 2, 1, "routing", 44)]


def test_the_same_cross_reference_twice_is_found_across_records():
    data = written(*(a_payment(cross_reference=f"REF{number}") for number in range(7)))[0]
    spoiled = patched(data, record=3, position=175, text="REF0")
    assert places(spoiled) == [("cross_reference_repeated", 3, 1, "cross_reference", 175)]
    assert check_file(io.BytesIO(spoiled), rules=rules()).counted.credits.count == 6


@pytest.mark.parametrize("currency", ["CAD", "USD"])
def test_a_file_in_another_currency_than_the_profile_is_refused(currency: str):
    data = written(a_payment(), profile=a_profile(currency="USD"))[0]
    expected = [("currency_invalid", 1, None, "currency", 56)] if currency == "CAD" else []
    assert places(data, currency=currency) == expected


def test_a_file_of_another_originator_is_refused():
    assert places(a_file(), originator_id="9999999999") == [("originator_invalid", 1, None, "originator_id", 11)]


def test_a_recent_file_number_is_refused():
    profile = a_profile(remembered_file_numbers=2)
    old = ReadRules.of(profile, near=CREATED, recent_file_numbers=[42, 1, 2])
    new = ReadRules.of(profile, near=CREATED, recent_file_numbers=[1, 2, 42])
    assert check_file(io.BytesIO(a_file()), rules=old).violation_count == 0
    (violation,) = check_file(io.BytesIO(a_file()), rules=new).violations
    assert violation.code == "file_number_reused"


def test_a_blank_segment_before_a_used_one_is_found():
    data = patched(a_file(), record=2, position=265, text=" " * 240)
    assert ("segment_gap", 2, 2, None, 265) in places(data)


def test_a_detail_record_without_a_payment_is_found():
    a, c, z = lines(a_file(1))
    blank = c[:24].ljust(RECORD)
    assert places(joined(a, blank, z))[0] == ("segments_missing", 2, None, None, None)


@pytest.mark.parametrize(
    ("rearrange", "expected"),
    [
        (lambda a, c, d, _z: joined(a, c, d), [("trailer_missing", 3)]),
        (lambda a, _c, _d, _z: joined(a), [("trailer_missing", 1)]),
        (lambda _a, _c, _d, _z: b"", [("header_missing", 1), ("trailer_missing", 1)]),
        (lambda a, c, d, z: joined(a, c, d, z, z), [("record_after_trailer", 5)]),
        (lambda a, c, d, z: joined(a, c, d, z) + b"\x1a", [("record_after_trailer", 5)]),
        (lambda a, c, d, z: joined(a, c, d[:1400], z), [("record_length_wrong", 3)]),
        (lambda a, c, d, z: joined(a, c, d + b" ", z), [("record_length_wrong", 3)]),
        (lambda a, c, d, z: joined(a.rstrip(), c, d, z), [("record_length_wrong", 1)]),
        (lambda a, c, d, z: joined(a, c, d, z.rstrip()), [("record_length_wrong", 4)]),
        (lambda a, c, d, z: joined(a, c, b"S" + d[1:], z), [("record_type_unknown", 3)]),
        (lambda a, c, d, z: joined(a, c) + d + b"\n" + z, [("separator_changed", 3)]),
        (
            lambda a, c, d, z: joined(a, a[:9] + b"2" + a[10:], c, d, z),
            [("second_header", 2), ("record_count_wrong", 3)],
        ),
        (lambda a, c, d, z: joined(a, d, c, z), [("record_count_wrong", record) for record in (2, 3, 4)]),
        (lambda a, c, d, z: joined(a, c, c, d, z), [("record_count_wrong", 3)]),
    ],
)
def test_records_out_of_order_are_found(
    rearrange: Callable[[bytes, bytes, bytes, bytes], bytes], expected: list[tuple[str, int]]
):
    found = [(place[0], place[1]) for place in places(rearrange(*lines(a_file(7))))]
    assert [place for place in found if place[0] not in {"cross_reference_repeated", "total_wrong"}] == expected


def test_a_record_that_occurs_twice_is_found_by_its_payments_too():
    a, c, z = lines(a_file(1))
    assert [code for code, *_ in places(joined(a, c, c, z))] == [
        "record_count_wrong",
        "cross_reference_repeated",
        "total_wrong",
        "total_wrong",
    ]


def test_a_file_without_its_header_is_refused_and_read_on():
    _, c, d, z = lines(a_file(7))
    report = check_file(io.BytesIO(joined(c, d, z)), rules=rules())
    assert [violation.code for violation in report.violations] == ["header_missing", "record_count_wrong"]
    assert report.header is None
    assert report.counted.credits.count == 7


def test_an_accent_in_utf_8_makes_a_record_too_long():
    data = a_file(1).replace(b"CLINIQUE DENTAIRE E", "CLINIQUE DENTAIRE É".encode())
    assert [(v.code.value, v.found) for v in violations(data)] == [("record_length_wrong", "1465")]


@pytest.mark.parametrize("separator", list(Separator))
def test_a_file_is_read_whatever_separates_its_records(separator: Separator):
    data = written(*(a_payment() for _ in range(7)), profile=a_profile(separator=separator))[0]
    assert len(read_file(io.BytesIO(data), rules=rules()).entries) == 7
    if separator.value:
        unfinished = data.removesuffix(separator.value)
        assert len(read_file(io.BytesIO(unfinished), rules=rules()).entries) == 7


def test_a_file_without_separators_that_is_cut_short_is_refused():
    data = written(a_payment(), profile=a_profile(separator=Separator.NONE))[0]
    assert [place[:2] for place in places(data[:-1])] == [("record_length_wrong", 3)]
    assert [place[:2] for place in places(data[:-RECORD])] == [("trailer_missing", 2)]


def test_something_that_is_no_deposit_file_is_refused_without_reading_it_into_memory():
    source = io.BytesIO(b"x" * 5_000_000)
    tracemalloc.start()
    try:
        report = check_file(source, rules=rules(), limit=10)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.violations[0].code == "header_missing"
    assert len(report.violations) == 10 < report.violation_count
    assert peak < 3_000_000


def test_reading_raises_at_the_first_violation_and_names_its_place():
    data = patched(a_file(), record=2, position=293, text="12-34       ")
    with pytest.raises(FileRefused) as refusal:
        read_file(io.BytesIO(data), rules=rules())
    assert refusal.value.code == "banking.cpa005_account_invalid"
    assert refusal.value.params == {
        "record": 2,
        "segment": 2,
        "element": 8,
        "field": "account",
        "position": 293,
    }
    assert "12-34" not in str(refusal.value)


def test_a_debit_is_held_to_its_own_window():
    late = a_returned_credit(
        record_type=RecordType.DEBIT,
        transaction_type=702,
        stored_transaction_type=0,
        item_trace=NO_TRACE,
        original_item_trace="",
        due_date=CREATED - timedelta(days=100),
    )
    data = written_entries(late)
    assert places(data) == []
    (place,) = places(data.replace(b"026224", b"027001"))
    assert place[0] == "date_outside_window"


def test_the_identity_of_a_file_stays_with_it():
    data = written(a_payment(), identity=an_identity(file_number=9999))[0]
    assert read_file(io.BytesIO(data), rules=rules()).header.file_number == 9999

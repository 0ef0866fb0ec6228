"""What one changed byte does to a file: it is found, or it is another value of one element that nothing repeats.

The standard has no check character for a name, an account or a date: such a change gives a sound file that says
something else, which only the SHA-256 of the file can tell. All that is summed up, counted or repeated is found.
"""

import io
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.banking.domain.cpa005 import ParsedFile, ReadRules, Separator, check_file, read_file
from tests.unit.banking.builders import CREATED, RECORD, a_profile
from tests.unit.banking.golden_files import golden

pytestmark = pytest.mark.req("BNK-4", "BNK-5")

# First position of each element in its segment, from the printed table; None: nothing may change here unseen.
SEGMENT = {
    1: "transaction_type",
    4: None,
    14: "due_date",
    20: "routing",
    29: "account",
    41: "item_trace",
    63: "stored_transaction_type",
    66: "short_name",
    81: "name",
    111: "long_name",
    141: "user_id",
    151: "cross_reference",
    170: "returns_routing",
    179: "returns_account",
    191: "sundry",
    206: "original_item_trace",
    228: "settlement_code",
    230: "invalid_elements",
    241: None,
}
HEADER = {1: None, 25: "creation_date", 31: "data_centre", 36: "reserved", 56: None, 1465: None}

OF_PAYMENTS = {"transaction_type", "due_date", "routing", "account", "name", "cross_reference", "sundry"}
BY_PROFILE = {"short_name", "long_name", "returns_routing", "returns_account", "settlement_code"}
OF_RETURNS = {name for name in SEGMENT.values() if name}


def element_at(record: int, position: int) -> str | None:
    """The element that may change at a place of a golden file, counted from 1."""
    if record == 1:
        return named(HEADER, position)
    return named(SEGMENT, (position - 25) % 240 + 1) if position > 24 else None


def named(table: dict[int, str | None], position: int) -> str | None:
    return next((table[first] for first, following in pairwise(table) if first <= position < following), None)


def differences(one: ParsedFile, other: ParsedFile) -> list[str]:
    """Names of the values in which two files differ, once for each place."""
    assert len(one.entries) == len(other.entries)
    assert one.trailer == other.trailer
    pairs: list[tuple[Any, Any]] = [(one.header, other.header), *zip(one.entries, other.entries, strict=True)]
    return [name for left, right in pairs for name, value in asdict(left).items() if asdict(right)[name] != value]


ORIGINALS = {
    (name, separator): golden(name).replace(b"\r\n", separator.value)
    for name in ("payments_and_debits", "returns_and_reversals")
    for separator in Separator
}
PARSED = {name: read_file(io.BytesIO(golden(name)), rules=ReadRules(near=CREATED)) for name, _ in ORIGINALS}


def assert_found_or_free(name: str, separator: Separator, *, place: int, byte: int, strict: bool) -> None:
    data = bytearray(ORIGINALS[name, separator])
    data[place] = byte
    rules = ReadRules(near=CREATED)
    if strict:
        rules = ReadRules.of(a_profile(separator=separator), near=CREATED, institutions=frozenset({"815", "003"}))
    if check_file(io.BytesIO(data), rules=rules).violation_count:
        return
    changed = differences(PARSED[name], read_file(io.BytesIO(data), rules=rules))
    record, offset = divmod(place, RECORD + len(separator.value))
    free = OF_RETURNS if name == "returns_and_reversals" else OF_PAYMENTS | (set() if strict else BY_PROFILE)
    free |= {"creation_date"} if strict else {"creation_date", "data_centre", "reserved"}
    if not changed:
        # Read alike by design: the byte it was, and digits that a bank left over after the numbers of elements.
        assert bytes(data) == ORIGINALS[name, separator] or element_at(record + 1, offset + 1) == "invalid_elements"
        return
    assert changed == [element_at(record + 1, offset + 1)]
    assert set(changed) <= free


files = st.sampled_from(list(ORIGINALS))
interesting = st.sampled_from(b"0123456789 AZacdefijsz.-*\r\n\t\x00\xe9") | st.integers(0, 255)


@settings(deadline=None)
@given(file=files, place=st.integers(0, 10**6), byte=interesting, strict=st.booleans())
def test_a_changed_byte_is_found_or_changes_one_element_that_nothing_repeats(
    *, file: tuple[str, Separator], place: int, byte: int, strict: bool
):
    assert_found_or_free(*file, place=place % len(ORIGINALS[file]), byte=byte, strict=strict)


@pytest.mark.wide
@pytest.mark.parametrize("name", ["payments_and_debits", "returns_and_reversals"])
def test_at_every_place_that_holds_something_any_of_these_bytes_is_found_or_free(name: str):
    data = ORIGINALS[name, Separator.CRLF]
    for place, old in enumerate(data):
        if old != ord(" "):
            for byte in b"7 ":
                assert_found_or_free(name, Separator.CRLF, place=place, byte=byte, strict=True)


def test_the_free_elements_are_free_indeed():
    data = golden("payments_and_debits").replace(b"CLINIQUE DENTAIRE E.", b"CLINIQUE DENTAIRE F.")
    changed = read_file(io.BytesIO(data), rules=ReadRules.of(a_profile(), near=CREATED))
    assert differences(PARSED["payments_and_debits"], changed) == ["name"]
    assert changed.header.creation_date == date(2026, 11, 20)

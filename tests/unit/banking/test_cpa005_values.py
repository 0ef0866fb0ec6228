"""Small values of a deposit file: names, dates, file numbers, codes, profiles."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.banking.domain.cpa005 import (
    DateWindow,
    FileNumberOutOfRange,
    FileNumberReused,
    ProfileInvalid,
    ReturnsAccount,
    Separator,
    bank_text,
    check_file_number,
    next_file_number,
    return_reason,
)
from services.banking.domain.cpa005.codes import (
    RETURN_REASONS,
    TRANSACTION_TYPES,
    is_return_reason,
    is_transaction_type,
)
from services.banking.domain.cpa005.dates import DEBIT_WINDOW, decode_date, encode_date
from tests.unit.banking.builders import CREATED, a_profile

pytestmark = pytest.mark.req("BNK-4")

NEAR = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Clinique dentaire É. Bélanger", "CLINIQUE DENTAIRE E. BELANGER"),
        ("Sœur Lætitia Ÿ. Groß", "SOEUR LAETITIA Y. GROSS"),
        ("ŒUVRE", "OEUVRE"),
        ("François-Noël D’Amours", "FRANCOIS-NOEL D'AMOURS"),
        ("Be\u0301langer", "BELANGER"),
        ("Łukasz Ørsted Þór", "LUKASZ ORSTED THOR"),
        ("Smith & Sons, 2/3", "SMITH & SONS, 2/3"),
        ('A*B"C;D', "A B C D"),
        ("Smile 😀 Dental™", "SMILE DENTAL"),
        ("  two \t\n words  ", "TWO WORDS"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_names_are_spelled_in_the_safe_character_set(name: str, printed: str):
    assert bank_text(name) == printed


@given(st.text())
def test_spelling_gives_safe_characters_only_and_spells_its_own_result_the_same(name: str):
    printed = bank_text(name)
    assert set(printed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 &',-./")
    assert bank_text(printed) == printed == printed.strip()


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 20), "026324"),
        (date(2026, 1, 1), "026001"),
        (date(2028, 12, 31), "028366"),
        (date(2000, 2, 29), "000060"),
    ],
)
def test_dates_are_written_as_year_and_day_of_year(day: date, text: str):
    assert encode_date(day) == text
    assert decode_date(text, NEAR) == day


@pytest.mark.parametrize(
    "text", ["126324", "026000", "026366", "026367", "02632", "0263244", "02 324", "O26324", "02६324"]
)
def test_what_names_no_day_is_no_date(text: str):
    assert decode_date(text, NEAR) is None


@given(st.dates(min_value=date(1976, 1, 1), max_value=date(2075, 12, 31)))
def test_every_day_within_the_century_around_now_survives_its_two_digit_year(day: date):
    assert decode_date(encode_date(day), NEAR) == day


def test_the_century_follows_the_reference_date():
    assert decode_date("076001", NEAR) == date(1976, 1, 1)
    assert decode_date("075001", NEAR) == date(2075, 1, 1)
    assert decode_date("001001", date(2099, 6, 1)) == date(2101, 1, 1)


@pytest.mark.parametrize(("days", "is_admitted"), [(-31, False), (-30, True), (0, True), (173, True), (174, False)])
def test_a_date_window_includes_its_limits(days: int, *, is_admitted: bool):
    window = DateWindow(days_past=30, days_future=173)
    assert window.admits(CREATED + timedelta(days=days), CREATED) is is_admitted


@pytest.mark.parametrize(
    ("created", "latest"),
    [
        (date(2026, 11, 16), date(2026, 11, 18)),
        (date(2026, 11, 19), date(2026, 11, 23)),  # over a week-end
        (date(2026, 11, 21), date(2026, 11, 24)),  # from a Saturday
        (date(2026, 12, 23), date(2026, 12, 29)),  # Christmas, and Boxing Day observed on a Monday
        (date(2026, 9, 29), date(2026, 10, 4)),  # a federal holiday; a Sunday is no later than the Friday before it
    ],
)
def test_two_business_days_ahead_are_counted_over_week_ends_and_holidays(created: date, latest: date):
    assert DEBIT_WINDOW.admits(latest, created)
    assert not DEBIT_WINDOW.admits(latest + timedelta(days=1), created)
    assert DEBIT_WINDOW.admits(created - timedelta(days=173), created)
    assert not DEBIT_WINDOW.admits(created - timedelta(days=174), created)


@pytest.mark.parametrize(("last", "following"), [(None, 1), (1, 2), (42, 43), (9998, 9999), (9999, 1)])
def test_file_numbers_rise_by_one_and_roll_over(last: int | None, following: int):
    assert next_file_number(last) == following


@pytest.mark.parametrize("number", [0, -1, 10_000])
def test_a_file_number_outside_its_four_digits_is_refused(number: int):
    with pytest.raises(FileNumberOutOfRange):
        check_file_number(number, ())
    with pytest.raises(FileNumberOutOfRange):
        next_file_number(number)


def test_a_recent_file_number_is_refused():
    with pytest.raises(FileNumberReused) as refusal:
        check_file_number(42, (41, 42))
    assert refusal.value.params == {"number": 42}


def test_the_bank_remembers_only_as_many_file_numbers_as_its_profile_says():
    profile = a_profile(remembered_file_numbers=3)
    assert profile.remembered([1, 2, 3, 4]) == [2, 3, 4]
    assert profile.remembered([4]) == [4]
    assert a_profile(remembered_file_numbers=0).remembered([1, 2]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("originator_id", "123456789"),
        ("originator_id", "01234567é9"),
        ("data_centre", "0310"),
        ("short_name", "SIXTEEN LETTERSS"),
        ("short_name", "😀"),
        ("long_name", ""),
        ("long_name", "Œ" * 16),
        ("currency", "EUR"),
        ("payments_per_record", 0),
        ("payments_per_record", 7),
        ("remembered_file_numbers", -1),
        ("returns_to", ReturnsAccount(routing="00300012", account="1004589")),
        ("returns_to", ReturnsAccount(routing="000300012", account="100-4589")),
        ("returns_to", ReturnsAccount(routing="000300012", account="")),
        ("reserved", "R" * 21),
        ("reserved", " indented"),
        ("reserved", "é"),
        ("settlement_code", "001"),
        ("settlement_code", "a"),
        ("transmission_line", "AAPASTD0152"),
        ("transmission_line", "$$WITH SPACE"),
    ],
)
def test_a_profile_that_no_file_could_carry_is_refused(field: str, value: Any):
    with pytest.raises(ProfileInvalid) as refusal:
        a_profile(**{field: value})
    assert refusal.value.params == {"field": field}


def test_a_transmission_line_needs_a_separator_to_end_it():
    with pytest.raises(ProfileInvalid):
        a_profile(transmission_line="$$LINE", separator=Separator.NONE)


def test_the_returns_account_does_not_show_in_a_profile():
    assert "1004589" not in repr(a_profile())


def test_every_code_has_wording_in_both_languages_and_belongs_to_its_family():
    for code, wording in TRANSACTION_TYPES.items():
        assert code == wording.code
        assert wording.en
        assert wording.fr
        assert is_transaction_type(code)
        assert not is_return_reason(code)
    for code, wording in RETURN_REASONS.items():
        assert code == wording.code
        assert wording.en != wording.fr
        assert is_return_reason(code)
        assert not is_transaction_type(code)


@pytest.mark.parametrize("code", [0, 199, 208, 234, 299, 314, 340, 500, 618, 699, 732, 750, 899])
def test_numbers_that_the_standard_gives_to_nothing_are_no_payments(code: int):
    assert not is_transaction_type(code)


@pytest.mark.req("BNK-5")
def test_a_return_reason_without_wording_of_its_own_is_still_worded():
    assert return_reason(905).en == "Account closed"
    assert return_reason(999).code == 999
    assert return_reason(999).fr == "Retourné par la banque"

"""R5, REG-11: numbers of providers by kind, with their zeros, letters and spaces."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.provider_errors import OfficeNumberInvalidError, ProviderNumberInvalidError
from services.identity.domain.providers import Kind, ProviderNumber, office_number

pytestmark = pytest.mark.req("REG-11", "R5")

DIGITS = "0123456789"
SPACES = st.sampled_from(["", " ", "  ", "\t", "\u00a0"])
FORMS = {
    Kind.DENTIST: r"[0-9A-Z]{9}",
    Kind.PHARMACY: r"[A-Z] [0-9]{8}",
    Kind.OTHER: r"[0-9]{9}",
    Kind.HYGIENIST: r"[0-9]{6}",
}


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=DIGITS, min_size=count, max_size=count)


@given(number=digits(9), gap=SPACES)
def test_r5_a_dentists_number_keeps_its_leading_zeros(number: str, gap: str) -> None:
    typed = f"{gap}{number[:4]}{gap}{number[4:]} "
    assert ProviderNumber.of(Kind.DENTIST, typed).number == number
    assert ProviderNumber.of(Kind.DENTIST, f"0{number[1:]}").number.startswith("0")


@given(letter=st.sampled_from("abcxyzABCXYZ"), number=digits(8), gap=SPACES)
def test_r5_a_pharmacys_number_is_a_letter_a_space_and_eight_digits_however_it_is_typed(
    letter: str, number: str, gap: str
) -> None:
    assert ProviderNumber.of(Kind.PHARMACY, f" {letter}{gap}{number}").number == f"{letter.upper()} {number}"


@given(kind=st.sampled_from(Kind), text=st.text(max_size=14))
def test_r5_whatever_is_accepted_has_the_form_of_its_kind_and_stays_itself(kind: Kind, text: str) -> None:
    try:
        found = ProviderNumber.of(kind, text)
    except ProviderNumberInvalidError:
        return
    assert re.fullmatch(FORMS[kind], found.number, re.ASCII)
    assert ProviderNumber.of(kind, found.number) == found


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.DENTIST, "12345678"),
        (Kind.DENTIST, "1234567890"),
        (Kind.DENTIST, "12345-678"),
        (Kind.DENTIST, "٠١٢٣٤٥٦٧٨"),
        (Kind.PHARMACY, "12345678"),
        (Kind.PHARMACY, "AB 1234567"),
        (Kind.PHARMACY, "A 1234567"),
        (Kind.PHARMACY, "É 12345678"),
        (Kind.OTHER, "A12345678"),
        (Kind.OTHER, "12345678"),
        (Kind.HYGIENIST, "12345"),
        (Kind.HYGIENIST, ""),
    ],
)
def test_r5_another_form_is_refused_and_zeros_are_never_added(kind: Kind, typed: str) -> None:
    with pytest.raises(ProviderNumberInvalidError):
        ProviderNumber.of(kind, typed)


@given(number=digits(4))
def test_r5_an_office_has_four_digits_with_its_zeros(number: str) -> None:
    assert office_number(Kind.DENTIST, f" {number} ") == number
    assert office_number(Kind.OTHER, number) == number
    for kind in (Kind.PHARMACY, Kind.HYGIENIST):
        with pytest.raises(OfficeNumberInvalidError):
            office_number(kind, number)


@pytest.mark.parametrize("typed", [None, "", "123", "12345", "12a4", "١٢٣٤"])
def test_r5_dentists_and_others_need_their_office(typed: str | None) -> None:
    for kind in (Kind.DENTIST, Kind.OTHER):
        with pytest.raises(OfficeNumberInvalidError):
            office_number(kind, typed)
    if not typed:
        assert office_number(Kind.PHARMACY, typed) is None


@pytest.mark.req("REG-12")
@given(number=digits(9))
def test_the_same_digits_of_another_kind_are_another_provider_with_another_user_name(number: str) -> None:
    dentist, other = ProviderNumber.of(Kind.DENTIST, number), ProviderNumber.of(Kind.OTHER, number)
    assert dentist.provider_id == ProviderNumber.of(Kind.DENTIST, f" {number}").provider_id
    assert dentist.provider_id != other.provider_id
    assert dentist.user_name != other.user_name


def test_user_names_cannot_be_taken_by_members_whose_codes_are_letters_and_digits() -> None:
    names = [
        ProviderNumber.of(kind, text).user_name
        for kind, text in ((Kind.DENTIST, "012345678"), (Kind.PHARMACY, "b 00012345"), (Kind.HYGIENIST, "123456"))
    ]
    assert names == ["D-012345678", "P-B00012345", "H-123456"]

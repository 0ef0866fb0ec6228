"""CLM-2: names are found with a mistake in every word, telephones have one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.provider_names import (
    SIMILAR,
    TITLES,
    TOLERANT_FROM,
    in_one_line,
    keys_of,
    likeness,
    nearly_the_same,
    personal_name,
    words_of,
)
from services.claims.domain.provider_phone import digits_typed, e164, local_part, written

pytestmark = pytest.mark.req("CLM-2")

LETTERS = "abcdefghijklmnopqrstuvwxyz"
words = st.text(LETTERS, min_size=TOLERANT_FROM, max_size=12).filter(lambda word: word not in TITLES)
names = st.lists(words, min_size=1, max_size=4, unique=True)


@st.composite
def mistyped(draw: st.DrawFn, word: str) -> str:
    """The word with one letter more, less, another, or two neighbours swapped; at least as long as is tolerated."""
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(LETTERS))
    forms = [word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]]
    if at + 1 < len(word):
        forms.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    if len(word) > TOLERANT_FROM:
        forms.append(word[:at] + word[at + 1 :])
    return draw(st.sampled_from(forms))


@given(st.data(), names)
def test_every_word_meets_its_mistyped_form_and_the_order_does_not_count(data: st.DataObject, name: list[str]) -> None:
    typed = data.draw(st.permutations([data.draw(mistyped(word)) for word in name]))
    indexed = keys_of(words_of(" ".join(name)))
    assert all(keys_of([word]) & indexed for word in words_of(*typed))
    assert likeness(words_of(*typed), words_of(*name)) >= SIMILAR


@given(st.text(max_size=60))
def test_words_are_the_same_without_accents_and_case(text: str) -> None:
    assert words_of(text) == words_of(text.swapcase().casefold()) or not text.isascii()
    assert words_of("Dre Anaïs CÔTÉ-L’Heureux") == ("anais", "cote", "l", "heureux")


def test_a_name_that_only_shares_a_first_name_is_another() -> None:
    assert likeness(("marie", "gagnon"), words_of("Marie Tremblay")) < SIMILAR
    assert likeness(("marie", "claude", "tremblay"), words_of("Marie Tremblay")) >= SIMILAR
    assert likeness((), ("marie",)) == likeness(("marie",), ()) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Noé Tremblay", "TREMBLAY, Noe", True),
        ("Dre Anaïs Côté", "Anais Cote", True),
        ("Clinique du Parc", "Clinique du Parcs", True),
        ("Noé Tremblay", "Zoé Lachance", False),
        ("", "", False),
    ],
)
def test_nearly_the_same_name(one: str, other: str, *, same: bool) -> None:
    assert nearly_the_same(one, other) is same


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  noé \t d’amours ", "Noé D’Amours"),
        ("TREMBLAY-ROY", "Tremblay-Roy"),
        ("McDonald", "McDonald"),
        ("de la Durantaye", "de la Durantaye"),
        ("SAINT-JEAN 2", "Saint-Jean 2"),
    ],
)
def test_a_persons_name_is_tidied(typed: str, kept: str) -> None:
    assert personal_name(typed) == kept


@given(st.text(max_size=60))
def test_tidying_again_changes_nothing(text: str) -> None:
    assert in_one_line(in_one_line(text)) == in_one_line(text)


@pytest.mark.parametrize(
    "typed",
    ["418 555-0110", "(418) 555 0110", "1-418-555-0110", "+1 418.555.0110", "418 555-0110 poste 22", "4185550110 x 5"],
)
def test_a_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert e164(typed) == "+14185550110"
    assert local_part(typed) == "5550110"


@pytest.mark.parametrize("typed", ["", "555-0110", "12", "abc", "418 555-011", "0" * 30, "poste 22"])
def test_what_is_no_whole_number_is_none(typed: str) -> None:
    assert e164(typed) == ""


def test_seven_digits_find_and_foreign_numbers_keep_their_country() -> None:
    assert local_part("555-0110") == "5550110"
    assert local_part("55-0110") == ""
    assert (written("+14185550110"), written(e164("011 33 1 42 68 53 00")), written("")) == (
        "(418) 555-0110",
        "+33 1 42 68 53 00",
        "",
    )
    assert digits_typed("+14185550110") == ("4185550110", "14185550110")
    assert digits_typed("+33142685300") == ("33142685300",)
    assert digits_typed("") == ()


@given(st.from_regex(r"\+?[0-9(). -]{7,20}", fullmatch=True))
def test_normalising_a_number_again_changes_nothing(typed: str) -> None:
    number = e164(typed)
    assert e164(number) == number
    assert e164(written(number)) == number
    assert not number or local_part(typed) == local_part(number)

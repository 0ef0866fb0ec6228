"""F7 and REG-5: what counts as the same answer, and what a hint may say; for all texts, not for a few."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.identity.domain.answers import normalised_answer
from services.identity.domain.errors import AnswerInvalidError, HintRevealingError
from services.identity.domain.hints import check_hint

LETTERS = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=2, max_size=12)
NAMES = st.lists(LETTERS, min_size=1, max_size=3)
ACCENTS = st.sampled_from(["", "\u0301", "\u0300", "\u0302", "\u0308", "\u0327"])
BETWEEN = st.sampled_from([" ", "-", "  ", " - ", "\u2010", "\u2011", "\u00a0", "\t", "–"])
DISGUISES: tuple[Callable[[str], str], ...] = (str, str.upper, str.casefold, lambda text: text[::-1], " ".join)
PASSWORDS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=8, max_size=40)


@pytest.mark.req("REG-6", "F7")
@pytest.mark.parametrize("typed", ["Émile-Jean", "emile jean", "EMILE  JEAN", " e\u0301mile\u00a0jean ", "Émile‑Jean"])
def test_f7_ways_to_type_one_name_are_one_answer(typed: str) -> None:
    assert normalised_answer(typed) == "emilejean"


@pytest.mark.req("REG-6", "F7")
@given(NAMES, st.data())
def test_f7_case_accents_hyphens_and_spaces_do_not_count(names: list[str], data: st.DataObject) -> None:
    typed = ""
    for name in names:
        typed += data.draw(BETWEEN) if typed else ""
        accented = "".join(sign + data.draw(ACCENTS) for sign in name)
        typed += accented.upper() if data.draw(st.booleans()) else accented
    composed = unicodedata.normalize("NFC" if data.draw(st.booleans()) else "NFD", typed)
    normal = normalised_answer(composed)
    assert normal == "".join(names)
    assert normalised_answer(normal) == normal


@pytest.mark.req("REG-6", "F7")
@given(LETTERS, LETTERS)
def test_f7_different_names_are_different_answers(first: str, second: str) -> None:
    assume(first != second)
    assert normalised_answer(first) != normalised_answer(second)


@pytest.mark.req("F7")
@given(st.text(max_size=60))
def test_f7_normalising_is_done_once(text: str) -> None:
    try:
        normal = normalised_answer(text)
    except AnswerInvalidError:
        return
    assert normalised_answer(normal) == normal


@pytest.mark.req("REG-5")
@given(PASSWORDS, st.text(max_size=20), st.text(max_size=20), st.data())
def test_no_hint_holds_four_characters_of_the_password_in_a_row(
    password: str, before: str, after: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(password) - 4))
    piece = password[at : at + 4]
    disguise = data.draw(st.sampled_from(DISGUISES))
    with pytest.raises(HintRevealingError):
        check_hint(before + disguise(piece) + after, password)


@pytest.mark.req("REG-5")
@pytest.mark.parametrize(
    "hint", ["Tortue-Verte-88", "tortue", "  T O R T U E ", "EUTROT", "tôrtüé", "88-etrev", "te-88", "t.o.r.t"]
)
def test_a_hint_in_disguise_is_refused(hint: str) -> None:
    with pytest.raises(HintRevealingError):
        check_hint(hint, "Tortue-Verte-88")


@pytest.mark.req("REG-5")
@pytest.mark.parametrize("hint", ["mon animal, sa couleur, un nombre", "le reptile du jardin", "tor", "ver 8"])
def test_a_hint_that_says_nothing_is_taken(hint: str) -> None:
    check_hint(hint, "Tortue-Verte-88")

"""Answers are compared as people mean them (security reference F7), and tried three times (F5)."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.answers import normalised_answer
from services.identity.domain.attempts import ATTEMPTS, BLOCKED_FOR, Attempts
from services.identity.domain.errors import AnswerInvalidError
from tests.support.identity_builders import NOW

LETTERS = "abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿñ"
NAMES = st.lists(st.text(LETTERS, min_size=2, max_size=8), min_size=1, max_size=3)
SEPARATORS = st.sampled_from([" ", "-", "  ", " - ", "’", "'", "."])


def plain(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))


@pytest.mark.req("LOG-4", "LOG-5", "F7")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Émile-Jean", "emile jean"),
        ("  EMILE  JEAN ", "Émile-Jean"),
        (unicodedata.normalize("NFD", "Élise"), unicodedata.normalize("NFC", "Élise")),
        ("Lœtitia", "Loetitia"),
        ("O’Brien", "obrien"),
        ("Straße", "STRASSE"),
        ("Ｅｍｉｌｅ", "emile"),
    ],
)
def test_f7_the_same_answer_typed_otherwise(typed: str, meant: str) -> None:
    assert normalised_answer(typed) == normalised_answer(meant)


@pytest.mark.req("LOG-5", "F7")
@given(NAMES, SEPARATORS, SEPARATORS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_f7_case_accents_form_and_separators_never_matter(words: list[str], first: str, second: str, form: str) -> None:
    typed, retyped = first.join(words), second.join(words)
    expected = normalised_answer(typed)
    assert normalised_answer(unicodedata.normalize(form, retyped).upper()) == expected  # type: ignore[arg-type]
    assert normalised_answer(plain(retyped)) == expected
    assert normalised_answer(expected) == expected


@pytest.mark.req("LOG-5", "F7")
@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=20), st.data())
def test_f7_different_names_differ(name: str, data: st.DataObject) -> None:
    other = data.draw(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=20))
    assert (normalised_answer(name) == normalised_answer(other)) is (name == other)


@pytest.mark.req("F7")
def test_f7_letters_of_other_scripts_keep_their_vowels() -> None:
    assert normalised_answer("कमल") != normalised_answer("कमला")
    assert normalised_answer("Ναταλία") != normalised_answer("Ναταλίας")


@pytest.mark.parametrize("typed", ["", " ", "-", "é", "…!?", "x" * 101])
def test_next_to_nothing_or_far_too_much_is_no_answer(typed: str) -> None:
    with pytest.raises(AnswerInvalidError):
        normalised_answer(typed)


@pytest.mark.req("LOG-4", "F5")
def test_f5_the_third_attempt_is_the_last_for_a_day() -> None:
    attempts = Attempts()
    for left in (2, 1, 0):
        counted = attempts.counted(NOW)
        assert counted is not None
        attempts = counted
        assert attempts.left == left
    assert attempts == Attempts(ATTEMPTS, NOW + BLOCKED_FOR)
    assert attempts.counted(NOW + BLOCKED_FOR - timedelta(seconds=1)) is None
    assert attempts.counted(NOW + BLOCKED_FOR) == Attempts(1, None)

"""Search of the catalogue whatever is typed: accents, case, order of words, and anything at all (CLM-1)."""

import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.data import load_catalogue
from services.claims.domain.bilingual import Language
from services.claims.domain.catalogue import Catalogue, ClaimType
from services.claims.domain.search import CatalogueSearch, SearchResult, plain

pytestmark = pytest.mark.req("CLM-1")


@cache
def shipped() -> Catalogue:
    return load_catalogue()


@cache
def index() -> CatalogueSearch:
    return CatalogueSearch(shipped())


@cache
def another_index() -> CatalogueSearch:
    return CatalogueSearch(load_catalogue())


def phrases(claim_type: ClaimType) -> tuple[str, ...]:
    return (claim_type.names.fr, claim_type.names.en, *claim_type.synonyms_fr, *claim_type.synonyms_en)


LANGUAGES = st.sampled_from(["fr", "en"])
PHRASES = st.sampled_from([phrase for each in shipped().types.values() for phrase in phrases(each)])
WAYS_TO_TYPE = st.sampled_from(
    [
        str.upper,
        str.lower,
        str.title,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)),
        lambda text: text.replace("œ", "oe").replace("’", "'"),
        lambda text: f"  {text.replace(' ', '   ')}\t",
        lambda text: text.replace("-", " "),
    ]
)


@given(phrase=PHRASES, ways=st.lists(WAYS_TO_TYPE, max_size=4), language=LANGUAGES)
def test_accents_case_spaces_and_hyphens_change_nothing(phrase: str, ways, language: Language):
    typed = phrase
    for way in ways:
        typed = way(typed)

    assert index().search(typed, language) == index().search(phrase, language)


@given(data=st.data(), phrase=PHRASES, language=LANGUAGES)
def test_the_order_of_words_does_not_decide_what_is_found(data: st.DataObject, phrase: str, language: Language):
    words = data.draw(st.permutations(plain(phrase).split()))

    assert found(index().search(" ".join(words), language)) == found(index().search(phrase, language))


@given(data=st.data(), phrase=PHRASES, language=LANGUAGES)
def test_the_beginnings_of_its_words_find_whatever_the_whole_words_find(
    data: st.DataObject, phrase: str, language: Language
):
    whole = plain(phrase)
    shortened = " ".join(word[: data.draw(st.integers(1, len(word)))] for word in whole.split())

    assert found(index().search(shortened, language)) >= found(index().search(whole, language))


@given(data=st.data(), claim_type=st.sampled_from(list(shipped().types.values())), language=LANGUAGES)
def test_a_letter_more_less_or_swapped_still_finds_a_long_word(
    data: st.DataObject, claim_type: ClaimType, language: Language
):
    word = max((word for phrase in phrases(claim_type) for word in plain(phrase).split()), key=len)
    place = data.draw(st.integers(1, len(word) - 2))
    typed = data.draw(
        st.sampled_from(
            [
                word[:place] + word[place + 1 :],
                word[:place] + "q" + word[place:],
                word[:place] + "q" + word[place + 1 :],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            ]
        )
    )

    exact = found(index().search(word, language))
    assert claim_type.code in exact
    # a mistake may make another word of the catalogue: then that one is meant
    assert claim_type.code in found(index().search(typed, language)) or any(
        plain(typed) in plain(" ".join(phrases(shipped().types[code])))
        for code in found(index().search(typed, language))
    )


@pytest.mark.wide
@settings(max_examples=50)
@given(text=st.text(max_size=80) | st.text("aeiprst ", max_size=80), language=LANGUAGES)
def test_anything_may_be_typed_and_the_answer_is_always_the_same(text: str, language: Language):
    first, again = index().search(text, language), another_index().search(text, language)

    assert first == again
    assert all(each.common for each in first.common)
    assert not any(each.common for each in first.other)
    everything = [each.code for each in (*first.common, *first.other)]
    assert len(everything) == len(set(everything))


def found(result: SearchResult) -> set[str]:
    return {each.code for each in (*result.common, *result.other)}

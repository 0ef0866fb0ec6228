"""Finding drugs: by any words in any order, sorted, filtered, page by page (COV-1)."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.sample.drugs import sample_drugs
from services.claims.domain.drug_search import FACET_VALUES, DrugQuery, DrugSearch, DrugSort, Facet
from services.claims.domain.drug_words import WordIndex, drug_words, words_of
from tests.support.drug_extracts import BY_NAME, METFORMIN, drugs, product

pytestmark = pytest.mark.req("COV-1")
MANY = DrugSearch(drugs(*sample_drugs()))
FEW = DrugSearch(
    drugs(
        product("MÉTRIOL XR", (METFORMIN, "500"), din="99900001", company="PINS"),
        product("BOREAL-METFORMIN", (METFORMIN, "850"), din="99900002", company="BORÉAL"),
        product("METFORMIN FORTE", (METFORMIN, "1000"), din="99900003", company="BORÉAL"),
        product("ZORVAN", (METFORMIN, "500"), (BY_NAME["RAMIPRIL"], "2.5"), din="99900004", company="ZED"),
        product("ÉRICID", (BY_NAME["HYDROCORTISONE"], "0.5"), din="99900005", company="AÉRO"),
        product("Œstrol", (BY_NAME["AMOXICILLIN"], "250"), din="99900006", name_fr="Œstrol pédiatrique"),
    )
)


def dins(text: str, index: DrugSearch = FEW, **query: Any) -> list[str]:
    return [drug.din[-1] for drug in index.search(DrugQuery(text, query.pop("language", "fr"), **query)).drugs]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("metriol", "1"),
        ("MÉTRIOL", "1"),
        ("xr metriol", "1"),
        ("met", "3124"),
        ("metformin", "1234"),
        ("metformine", "1234"),
        ("hydrochloride metformin", "3124"),
        ("metf 850", "2"),
        ("metf 500mg", "14"),
        ("metf 500 mg", "14"),
        ("2,5", "4"),
        ("ramipril 2.5", "4"),
        ("99900003", "3"),
        ("999000", "123456"),
        ("9990", "123456"),
        ("999", ""),
        ("oestrol", "6"),
        ("œstrol pediatrique", "6"),
        ("ericid", "5"),
        ("500 850", ""),
        ("tformin", ""),
        ("--", ""),
        ("", ""),
    ],
)
def test_what_is_typed_begins_words_in_any_order(text: str, found: str) -> None:
    assert sorted(dins(text)) == sorted(found), text


def test_names_that_begin_with_it_come_first_then_names_with_it_then_the_rest() -> None:
    assert dins("metformin") == ["3", "2", "1", "4"]
    assert dins("99900001") == ["1"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", "2314"),
        ("strength", "1423"),
        ("company", "2314"),
        ("din", "1234"),
        ("form", "2314"),
    ],
)
def test_results_are_sorted_as_asked(sort: str, order: str) -> None:
    assert "".join(dins("metformin chl", sort=DrugSort(sort))) == order


def test_facets_count_what_each_choice_would_leave() -> None:
    results = FEW.search(DrugQuery("9990", "fr"))
    assert results.total == 6
    forms = {each.value.names.fr: each.count for each in results.facets[Facet.FORM]}
    assert forms == {"Comprimé": 4, "Crème": 1, "Suspension": 1}

    chosen = FEW.search(DrugQuery("9990", "fr", {Facet.FORM: "85", Facet.STRENGTH: "500 MG"}))
    assert [drug.din for drug in chosen.drugs] == ["99900001"]
    strengths = {each.value.code: each.count for each in chosen.facets[Facet.STRENGTH]}
    assert strengths == {"500 MG": 1, "850 MG": 1, "1000 MG": 1, "500 MG / 2.5 MG": 1}
    assert {each.value.code: each.count for each in chosen.facets[Facet.FORM]} == {"85": 1}


@pytest.mark.parametrize("facet", Facet)
def test_every_value_of_a_facet_leaves_as_many_as_it_says(facet: Facet) -> None:
    for counted in MANY.search(DrugQuery("bor", "en")).facets[facet]:
        assert MANY.search(DrugQuery("bor", "en", {facet: counted.value.code})).total == counted.count
    assert MANY.search(DrugQuery("bor", "en", {facet: "nothing"})).total == 0


def test_a_facet_has_no_more_values_than_somebody_reads() -> None:
    many = DrugSearch(drugs(*(product("ALPHA", (METFORMIN, str(number))) for number in range(1, 80))))
    assert len(many.search(DrugQuery("alpha", "fr")).facets[Facet.STRENGTH]) == FACET_VALUES


def test_products_with_many_ingredients_have_a_strength_to_filter_by() -> None:
    parts = tuple((METFORMIN, str(number)) for number in range(1, 6))
    index = DrugSearch(drugs(product("MULTI", *parts)))
    assert [each.value.code for each in index.search(DrugQuery("multi", "fr")).facets[Facet.STRENGTH]] == ["several"]
    assert index.search(DrugQuery("multi", "fr", {Facet.STRENGTH: "several"})).total == 1


def pages(sort: DrugSort, limit: int, index: DrugSearch = MANY) -> list[str]:
    found, after = list[str](), None
    while True:
        results = index.search(DrugQuery("9900", "fr", sort=sort, limit=limit, after=after))
        found += [drug.din for drug in results.drugs]
        if results.last is None:
            return found
        after = results.last


@given(st.sampled_from(DrugSort), st.integers(17, 90))
def test_pages_put_together_are_the_whole(sort: DrugSort, limit: int) -> None:
    whole = [drug.din for drug in MANY.search(DrugQuery("9900", "fr", sort=sort, limit=1_000)).drugs]
    assert len(whole) == 200
    assert pages(sort, limit) == whole


def test_a_page_goes_on_where_the_one_before_ended_although_the_list_has_changed() -> None:
    first = FEW.search(DrugQuery("metformin", "fr", sort=DrugSort.NAME, limit=2))
    assert [drug.names.en for drug in first.drugs] == ["BOREAL-METFORMIN", "METFORMIN FORTE"]
    changed = DrugSearch(drugs(product("ALPHA", (METFORMIN, "1")), product("NOVEL", (METFORMIN, "1"))))
    following = changed.search(DrugQuery("metformin", "fr", sort=DrugSort.NAME, limit=2, after=first.last))
    assert [drug.names.en for drug in following.drugs] == ["NOVEL"]


def test_a_product_is_found_by_its_din() -> None:
    found = FEW.get("99900004")
    assert found is not None
    assert found.names.en == "ZORVAN"
    assert FEW.get("00000000") is None


ACCENTS = str.maketrans("aceiou", "âçéïôü")


@given(st.data())
def test_order_case_and_accents_of_words_do_not_count(data: st.DataObject) -> None:
    drug = data.draw(st.sampled_from(MANY.drugs))
    words = data.draw(st.lists(st.sampled_from(sorted(drug_words(drug))), min_size=1, max_size=4))
    shuffled = data.draw(st.permutations(words))
    typed = " ".join(data.draw(st.sampled_from([word, word.upper(), word.translate(ACCENTS)])) for word in shuffled)
    plain = MANY.search(DrugQuery(" ".join(words), "fr", limit=1_000))
    found = MANY.search(DrugQuery(typed, "fr", limit=1_000))
    assert drug in plain.drugs
    assert {each.din for each in found.drugs} == {each.din for each in plain.drugs}


@given(st.data())
def test_a_longer_beginning_finds_no_more(data: st.DataObject) -> None:
    drug = data.draw(st.sampled_from(MANY.drugs))
    word = data.draw(st.sampled_from(sorted(drug_words(drug))))
    totals = [MANY.search(DrugQuery(word[: length + 1], "en")).total for length in range(len(word))]
    assert all(shorter >= longer >= 1 for shorter, longer in pairwise([len(MANY.drugs), *totals]))


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=3), max_size=4), max_size=8), st.text("abc", max_size=2))
def test_the_index_finds_what_looking_at_everything_finds(things: list[list[str]], start: str) -> None:
    expected = {place for place, words in enumerate(things) if any(word.startswith(start) for word in words)}
    assert WordIndex(things).beginning_with(start) == expected


@given(st.text(max_size=60))
def test_whatever_is_typed_is_searched(text: str) -> None:
    results = MANY.search(DrugQuery(text, "fr"))
    assert results.total >= len(results.drugs)
    assert all(word == word.casefold() for word in words_of(text))

"""Questions about the catalogue, in the language asked for (CLM-1)."""

from functools import cache

import pytest

from services.claims.data import load_catalogue
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.errors import ClaimTypeNotFound
from services.claims.domain.search import CatalogueSearch
from services.claims.handlers.catalogue import get_claim_type, search_claim_types
from shared.contracts.claims.catalogue import ClaimTypeDetail, ClaimTypesView, GetClaimType, SearchClaimTypes
from tests.support.claims_desk import received

pytestmark = pytest.mark.req("CLM-1")


@cache
def shipped() -> Catalogue:
    return load_catalogue()


@cache
def index() -> CatalogueSearch:
    return CatalogueSearch(shipped())


async def searched(text: str, language) -> ClaimTypesView:
    query = received(SearchClaimTypes(text=text, language=language))
    return await search_claim_types(query, catalogue=shipped(), search=index())


async def got(code: str, language="fr") -> ClaimTypeDetail:
    return await get_claim_type(received(GetClaimType(claim_type=code, language=language)), catalogue=shipped())


async def test_claim_types_are_found_without_accents_and_named_in_the_language_asked_for():
    french, english = await searched("PHYSIOTHERAPIE", "fr"), await searched("physio", "en")

    assert french.claim_types[0].code == english.claim_types[0].code == "physiotherapy"
    assert (french.claim_types[0].name, english.claim_types[0].name) == ("Physiothérapie", "Physiotherapy")
    assert (french.claim_types[0].unit, english.claim_types[0].unit) == ("visite", "visit")


async def test_common_types_come_first_and_questions_are_told_with_their_choices():
    found = await searched("a", "en")
    commons = [each.common for each in found.claim_types]

    assert commons == sorted(commons, reverse=True)
    assert {True, False} == set(commons)
    for shown in found.claim_types:
        known = shipped().types[shown.code]
        assert [(each.id, each.text, each.required) for each in shown.questions] == [
            (each.id, each.text.en, each.required) for each in known.questions
        ]
        told = [[(option.code, option.name) for option in each.options] for each in shown.questions]
        assert told == [[(option.code, option.names.en) for option in each.options] for each in known.questions]
        assert [list(each.choices) for each in shown.questions] == [[code for code, _ in options] for options in told]
        flags = (shown.needs_receipt, shown.needs_prescription, shown.needs_referral)
        assert flags == (known.needs_receipt, known.needs_prescription, known.needs_referral)


async def test_headings_are_told_in_their_order_whatever_was_found():
    found = await searched("physio", "en")

    assert [(each.code, each.name) for each in found.categories] == [
        (each.code, each.names.en) for each in shipped().categories.values()
    ]
    assert found.catalogue_version == shipped().version


@pytest.mark.parametrize("code", list(load_catalogue().types))
async def test_every_claim_type_can_be_read_by_its_code(code: str):
    detail = await got(code)
    shown, known = detail.claim_type, shipped().types[code]

    assert (shown.code, shown.name, shown.other) == (code, known.names.fr, known.other)
    assert shown.category_name == shipped().categories[known.category].names.fr
    assert shown.asks == tuple(ask.value for ask in known.asks)
    assert [(each.code, each.name) for each in shown.services] == [
        (each.code, each.names.fr) for each in known.services
    ]
    assert detail.catalogue_version == shipped().version


async def test_a_service_tells_what_a_line_with_it_needs():
    filling = {each.code: each for each in (await got("dental_filling")).claim_type.services}
    scaling = {each.code: each for each in (await got("dental_scaling")).claim_type.services}

    assert (filling["20913"].asks, filling["20913"].surfaces) == (("tooth", "surfaces"), 3)
    assert (scaling["10314"].units, scaling["10314"].unit_minutes, scaling["10314"].asks) == (4, 15, ())


async def test_a_code_that_the_catalogue_does_not_have_is_not_found():
    with pytest.raises(ClaimTypeNotFound) as refused:
        await got("dental_magic")

    assert refused.value.code == "claims.claim_type_not_found"

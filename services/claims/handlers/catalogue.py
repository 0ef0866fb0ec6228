"""Questions about the catalogue of claim types, answered in the language asked for (CLM-1)."""

from typing import cast

from services.claims.domain.bilingual import Language
from services.claims.domain.catalogue import Ask, Catalogue, ClaimType, Question, Service
from services.claims.domain.errors import ClaimTypeNotFound
from services.claims.domain.search import CatalogueSearch
from shared.contracts.claims.catalogue import (
    Asks,
    CategoryView,
    ChoiceView,
    ClaimTypeDetail,
    ClaimTypesView,
    ClaimTypeView,
    GetClaimType,
    QuestionView,
    SearchClaimTypes,
    ServiceView,
)
from shared.envelopes import Received


async def search_claim_types(
    received: Received[SearchClaimTypes], *, catalogue: Catalogue, search: CatalogueSearch
) -> ClaimTypesView:
    """Claim types by text, common ones first."""
    query = received.message
    language = cast("Language", query.language)
    found = search.search(query.text, language)
    return ClaimTypesView(
        claim_types=tuple(_type_view(each, catalogue, language) for each in (*found.common, *found.other)),
        categories=tuple(
            CategoryView(code=each.code, name=each.names.of(language)) for each in catalogue.categories.values()
        ),
        catalogue_version=catalogue.version,
    )


async def get_claim_type(received: Received[GetClaimType], *, catalogue: Catalogue) -> ClaimTypeDetail:
    """One claim type with all that a claim of it needs."""
    query = received.message
    claim_type = catalogue.types.get(query.claim_type)
    if claim_type is None:
        raise ClaimTypeNotFound(query.claim_type)
    view = _type_view(claim_type, catalogue, cast("Language", query.language))
    return ClaimTypeDetail(claim_type=view, catalogue_version=catalogue.version)


def _type_view(claim_type: ClaimType, catalogue: Catalogue, language: Language) -> ClaimTypeView:
    return ClaimTypeView(
        code=claim_type.code,
        name=claim_type.names.of(language),
        category=claim_type.category,
        category_name=catalogue.categories[claim_type.category].names.of(language),
        common=claim_type.common,
        other=claim_type.other,
        unit=claim_type.unit.of(language),
        needs_receipt=claim_type.needs_receipt,
        needs_prescription=claim_type.needs_prescription,
        needs_referral=claim_type.needs_referral,
        asks=_asks(claim_type.asks),
        questions=tuple(_question_view(each, language) for each in claim_type.questions),
        services=tuple(_service_view(each, language) for each in claim_type.services),
    )


def _question_view(question: Question, language: Language) -> QuestionView:
    return QuestionView(
        id=question.id,
        text=question.text.of(language),
        kind=question.kind.value,
        required=question.required,
        choices=tuple(option.code for option in question.options),
        options=tuple(ChoiceView(code=option.code, name=option.names.of(language)) for option in question.options),
    )


def _service_view(service: Service, language: Language) -> ServiceView:
    return ServiceView(
        code=service.code,
        name=service.names.of(language),
        asks=_asks(service.asks),
        surfaces=service.surfaces,
        units=service.units,
        unit_minutes=service.unit_minutes,
    )


def _asks(asks: tuple[Ask, ...]) -> Asks:
    return tuple(ask.value for ask in asks)

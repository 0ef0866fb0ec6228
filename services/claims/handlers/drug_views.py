"""The drug list in the words of the caller."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from services.claims.domain.bilingual import Bilingual, Language
from services.claims.domain.catalogue import Named
from services.claims.domain.drug_search import DrugResults, Facet, FacetCount
from services.claims.domain.drugs import SCHEDULE_NAMES, Drug, ListInfo
from shared.contracts.claims.drugs import (
    CodedName,
    DrugFacets,
    DrugListView,
    DrugsPage,
    DrugSummary,
    DrugView,
    FacetValue,
    IngredientView,
)

ATTRIBUTION = Bilingual(
    fr="Contient de l’information visée par la Licence du gouvernement ouvert – Canada : Base de données sur les "
    "produits pharmaceutiques, Santé Canada.",
    en="Contains information licensed under the Open Government Licence – Canada: Drug Product Database, "
    "Health Canada.",
)


def list_view(info: ListInfo, language: str) -> DrugListView:
    """Which list it is, with the acknowledgement that its licence asks for."""
    return DrugListView(
        version=info.version,
        status=info.status.value,
        extracted_on=info.extracted_on,
        loaded_at=info.loaded_at,
        products=info.products,
        skipped=info.skipped,
        bad_rows=info.bad_rows,
        digest=info.digest,
        attribution=ATTRIBUTION.of(cast("Language", language)),
    )


def page_view(results: DrugResults, language: Language, *, next_after: str | None) -> DrugsPage:
    """A page of results."""
    return DrugsPage(
        drugs=tuple(DrugSummary(**_summary(drug, language)) for drug in results.drugs),
        total=results.total,
        facets=_facets(results.facets, language),
        next_after=next_after,
    )


def drug_view(drug: Drug, language: Language) -> DrugView:
    """All about a product."""
    return DrugView(
        **_summary(drug, language),
        ingredients=tuple(
            IngredientView(name=each.names.of(language), strength=each.strength.of(language))
            for each in drug.ingredients
        ),
        packages=drug.packages,
        group=drug.group,
        biosimilar=drug.biosimilar,
        updated_on=drug.updated_on,
    )


def _summary(drug: Drug, language: Language) -> dict[str, Any]:
    return {
        "din": drug.din,
        "name": drug.names.of(language),
        "description": drug.description(language),
        "strength": drug.strength(language),
        "forms": _coded(drug.forms, language),
        "routes": _coded(drug.routes, language),
        "schedules": tuple(
            CodedName(code=schedule.value, name=SCHEDULE_NAMES[schedule].of(language)) for schedule in drug.schedules
        ),
        "atc": _coded(drug.atc, language),
        "company": drug.company,
    }


def _coded(values: Iterable[Named], language: Language) -> tuple[CodedName, ...]:
    return tuple(CodedName(code=value.code, name=value.names.of(language)) for value in values)


def _facets(facets: Mapping[Facet, Sequence[FacetCount]], language: Language) -> DrugFacets:
    return DrugFacets(
        **{
            facet.value: tuple(
                FacetValue(code=each.value.code, name=each.value.names.of(language), count=each.count)
                for each in counts
            )
            for facet, counts in facets.items()
        }
    )

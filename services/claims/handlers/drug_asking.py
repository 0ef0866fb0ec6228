"""Looking up drugs (COV-1)."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, cast

import orjson

from services.claims.domain.bilingual import Language
from services.claims.domain.drug_errors import DrugListMissingError, DrugNotFoundError
from services.claims.domain.drug_search import DrugQuery, DrugSort, Facet, SortKey
from services.claims.handlers.drug_views import drug_view, list_view, page_view
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from shared.contracts.claims.drugs import (
    DrugFacets,
    DrugListView,
    DrugsPage,
    DrugView,
    GetDrug,
    GetDrugList,
    SearchDrugs,
)
from shared.envelopes import Received

_SHAPES: Final[Mapping[DrugSort, tuple[type, ...]]] = {
    DrugSort.RELEVANCE: (int, str, str),
    DrugSort.NAME: (str, str),
    DrugSort.STRENGTH: (str, float, str, str),
    DrugSort.FORM: (str, str, str),
    DrugSort.COMPANY: (str, str, str),
    DrugSort.DIN: (str,),
}
"""What a sort key is made of."""
_NOTHING: Final = DrugsPage(drugs=(), total=0, facets=DrugFacets())


async def search_drugs(received: Received[SearchDrugs], *, at_hand: DrugsAtHand) -> DrugsPage:
    """A page of products of the present list."""
    asked, language = received.message, cast("Language", received.require_actor().language)
    held, sort = await at_hand.held(), DrugSort(asked.sort)
    after = None if asked.after is None else _position(asked.after, sort)
    if held is None or (asked.after is not None and after is None):
        return _NOTHING
    chosen = {facet: code for facet in Facet if (code := getattr(asked, facet.value)) is not None}
    results = held.search.search(DrugQuery(asked.text, language, chosen, sort, asked.limit, after))
    return page_view(results, language, next_after=None if results.last is None else _cursor(results.last))


async def get_drug(received: Received[GetDrug], *, at_hand: DrugsAtHand) -> DrugView:
    """One product.

    Raises:
        DrugNotFoundError.
    """
    held, din = await at_hand.held(), received.message.din
    drug = None if held is None else held.search.get(din)
    if drug is None:
        raise DrugNotFoundError(din)
    return drug_view(drug, cast("Language", received.require_actor().language))


async def get_drug_list(received: Received[GetDrugList], *, at_hand: DrugsAtHand) -> DrugListView:
    """Which list is at hand.

    Raises:
        DrugListMissingError: none was loaded yet.
    """
    held = await at_hand.held()
    if held is None:
        raise DrugListMissingError
    return list_view(held.info, received.require_actor().language)


def _cursor(last: SortKey) -> str:
    return urlsafe_b64encode(orjson.dumps(last)).decode()


def _position(cursor: str, sort: DrugSort) -> SortKey | None:
    """The sort key that ``_cursor`` wrote in this order; nothing stands after what it never wrote."""
    try:
        read = orjson.loads(urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(read, list) or tuple(map(type, read)) != _SHAPES[sort]:
        return None
    return tuple(read)

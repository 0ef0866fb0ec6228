"""The drug list: looking up, and replacing it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.claims.handlers.drug_loading import PreparedDrugList
from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.drugs import (
    DrugListSliceStored,
    DrugListView,
    DrugsPage,
    DrugView,
    GetDrug,
    GetDrugList,
    LoadDrugList,
    SearchDrugs,
    StoreDrugListSlice,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

ASKING_TTL_MS: Final = 10_000
LOADING_TTL_MS: Final = 60_000

DRUGS = Queue("claims.drugs", (SearchDrugs, GetDrug, GetDrugList), message_ttl_ms=ASKING_TTL_MS)
DRUG_LIST = Queue("claims.drug_list", (StoreDrugListSlice, LoadDrugList), message_ttl_ms=LOADING_TTL_MS)

TOPOLOGY: Final = ServiceTopology("claims", queues=(DRUGS, DRUG_LIST), publishes=(ActRecorded,))


@dataclass(frozen=True, slots=True)
class DrugHandlers:
    """Use cases with their dependencies filled in; ``prepare_drug_list`` comes before the transaction of a load."""

    search_drugs: Callable[[Received[SearchDrugs]], Awaitable[DrugsPage]]
    get_drug: Callable[[Received[GetDrug]], Awaitable[DrugView]]
    get_drug_list: Callable[[Received[GetDrugList]], Awaitable[DrugListView]]
    store_drug_list_slice: Callable[[Received[StoreDrugListSlice]], Awaitable[DrugListSliceStored]]
    prepare_drug_list: Callable[[Received[LoadDrugList]], Awaitable[Received[PreparedDrugList]]]
    load_drug_list: SingleHandler


def drug_routes(handlers: DrugHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for questions, one for loading."""
    asked: dict[type[Message], Handler] = {
        SearchDrugs: answering(handlers.search_drugs),
        GetDrug: answering(handlers.get_drug),
        GetDrugList: answering(handlers.get_drug_list),
    }
    join = outbox.group(DRUG_LIST.name, each(handlers.load_drug_list)).submit

    async def load(received: Received[LoadDrugList]) -> bytes | None:
        return await join(await handlers.prepare_drug_list(received))

    loading: dict[type[Message], Handler] = {
        StoreDrugListSlice: answering(handlers.store_drug_list_slice),
        LoadDrugList: load,
    }
    return [consume_each(DRUGS, asked, publisher), consume_each(DRUG_LIST, loading, publisher)]

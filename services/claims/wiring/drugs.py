"""The drug list, put together."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import drug_asking, drug_loading
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from services.claims.routes.drugs import DrugHandlers, drug_routes
from services.claims.storage import MongoDrugs, MongoDrugUploads
from services.claims.wiring.ground import Ground
from shared.clock import Clock, IdMaker, new_id
from shared.mongo import Database


def drug_list_routes(ground: Ground) -> list[RabbitRoute]:
    """Searching and loading the drug list (COV-1, COV-4)."""
    handlers = handlers_over(ground.database, ground.drugs, clock=ground.clock)
    return drug_routes(handlers, ground.outbox, ground.publisher)


def handlers_over(database: Database, at_hand: DrugsAtHand, *, clock: Clock, ids: IdMaker = new_id) -> DrugHandlers:
    """The use cases with their dependencies filled in."""
    drugs, uploads = MongoDrugs(database), MongoDrugUploads(database)
    return DrugHandlers(
        search_drugs=partial(drug_asking.search_drugs, at_hand=at_hand),
        get_drug=partial(drug_asking.get_drug, at_hand=at_hand),
        get_drug_list=partial(drug_asking.get_drug_list, at_hand=at_hand),
        store_drug_list_slice=partial(drug_loading.store_drug_list_slice, uploads=uploads, clock=clock),
        prepare_drug_list=partial(drug_loading.prepare_drug_list, drugs=drugs, uploads=uploads, clock=clock, ids=ids),
        load_drug_list=partial(drug_loading.load_drug_list, drugs=drugs, clock=clock),
    )

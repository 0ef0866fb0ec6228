"""The drug list, put together."""

from functools import partial

from services.claims.handlers import drug_asking, drug_loading
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from services.claims.routes.drugs import DrugHandlers
from services.claims.storage import MongoDrugs, MongoDrugUploads
from shared.clock import Clock, IdMaker, new_id
from shared.mongo import Database


def at_hand_over(database: Database) -> DrugsAtHand:
    """The list that this process answers with; also what adjudication looks into."""
    return DrugsAtHand(MongoDrugs(database))


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

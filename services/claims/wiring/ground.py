"""What the features of claims stand on: data, repositories, time."""

from dataclasses import dataclass
from datetime import timedelta

from services.claims.data import load_catalogue, load_plans, load_professions, load_wording
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.professions import Professions
from services.claims.domain.receipts import Lifetimes
from services.claims.gateways import ClamdScanner
from services.claims.handlers.asking import Words
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.directory import ProviderDirectory
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from services.claims.handlers.timing import Times
from services.claims.handlers.uploading import Stores
from services.claims.settings import Settings
from services.claims.storage import (
    MongoAccumulators,
    MongoClaims,
    MongoCoverages,
    MongoDirectory,
    MongoDrugs,
    MongoOtherCoverages,
    MongoReceipts,
    MongoUploads,
)
from services.claims.storage.times import MongoTimes
from shared.clock import Clock
from shared.messaging import Publisher
from shared.mongo import Database
from shared.outbox import Outbox
from shared.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Shared by all features of one process."""

    settings: Settings
    database: Database
    outbox: Outbox
    publisher: Publisher
    clock: Clock
    catalogue: Catalogue
    professions: Professions
    plans: Plans
    words: Words
    claims: MongoClaims
    papers: Stores
    drugs: DrugsAtHand
    measured: MongoTimes
    times: Times
    other_coverages: MongoOtherCoverages
    stores: Repositories


def stores_over(database: Database, settings: Settings) -> Stores:
    """Where papers are kept, and how they are scanned."""
    return Stores(
        receipts=MongoReceipts(database),
        uploads=MongoUploads(database),
        scanner=None if settings.clamd is None else ClamdScanner(*settings.clamd),
        lifetimes=Lifetimes(
            unfinished=timedelta(hours=settings.upload_unfinished_hours),
            waiting=timedelta(days=settings.receipt_waiting_days),
        ),
    )


def ground_of(service: Service, settings: Settings, *, clock: Clock) -> Ground:
    """Data read and checked, repositories on the service's database.

    Raises:
        InvalidDocumentError: a file of the data directory is not valid.
    """
    database, directory = service.database, settings.data_directory
    catalogue = load_catalogue(directory)
    measured = MongoTimes(database)
    papers = stores_over(database, settings)
    drugs = DrugsAtHand(MongoDrugs(database))
    claims, declared = MongoClaims(database), MongoOtherCoverages(database)
    providers = ProviderDirectory(MongoDirectory(database))
    return Ground(
        settings=settings,
        database=database,
        outbox=service.outbox,
        publisher=service.publisher,
        clock=clock,
        catalogue=catalogue,
        professions=load_professions(catalogue, directory),
        plans=load_plans(catalogue, directory),
        words=Words(catalogue, load_wording(directory, catalogue=catalogue)),
        claims=claims,
        papers=papers,
        drugs=drugs,
        measured=measured,
        times=Times(measured, catalogue, clock=clock),
        other_coverages=declared,
        stores=Repositories(
            claims,
            MongoCoverages(database),
            MongoAccumulators(database),
            drugs=drugs,
            standings=providers,
            other_coverages=declared,
            providers=providers,
            receipts=papers.receipts,
        ),
    )

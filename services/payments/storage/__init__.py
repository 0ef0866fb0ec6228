"""Repositories of payments on MongoDB, and the schema that the deployer creates for them."""

from typing import Final

from services.payments.storage import (
    books,
    claim_versions,
    drafts,
    feed,
    ledger,
    payables,
    payees,
    payments,
    records,
    returns,
    runs,
    statement_documents,
    statements,
    webhook_deliveries,
    webhooks,
)
from services.payments.storage.books import MongoBooks
from services.payments.storage.claim_versions import MongoClaimVersions
from services.payments.storage.drafts import MongoDrafts
from services.payments.storage.feed import MongoFeed
from services.payments.storage.ledger import MongoLedger
from services.payments.storage.payables import MongoPayables
from services.payments.storage.payees import MongoPayees
from services.payments.storage.payments import MongoPayments
from services.payments.storage.records import MongoRecords
from services.payments.storage.returns import MongoCheques, MongoReturns
from services.payments.storage.runs import MongoRuns
from services.payments.storage.statement_documents import (
    MongoPaperCopies,
    MongoStatementDeliveries,
    MongoStatementDocuments,
    MongoStatementPersons,
    MongoStatementReaders,
)
from services.payments.storage.statements import MongoStatements
from services.payments.storage.webhook_deliveries import MongoWebhookDeliveries
from services.payments.storage.webhooks import MongoWebhooks
from shared import outbox
from shared.mongo import Database
from shared.schema import Schema

SCHEMA: Final = Schema(
    collections=(
        payables.COLLECTION,
        payees.COLLECTION,
        runs.COLLECTION,
        runs.COUNTERS,
        payments.COLLECTION,
        returns.CHEQUES,
        outbox.COLLECTION,
        *drafts.SCHEMA.collections,
        statement_documents.READERS,
        statement_documents.DELIVERIES,
        statement_documents.PAPER,
        statement_documents.PERSONS,
        feed.COUNTERS,
        webhooks.COLLECTION,
        webhook_deliveries.COLLECTION,
        books.TURNS,
    ),
    append_only=(
        claim_versions.COLLECTION,
        ledger.COLLECTION,
        statements.COLLECTION,
        statement_documents.DOCUMENTS,
        feed.COLLECTION,
        books.SNAPSHOTS,
        books.ACCOUNTS,
        records.WORDS,
    ),
    indexes=(
        *outbox.INDEXES,
        *claim_versions.INDEXES,
        *payables.INDEXES,
        *payments.INDEXES,
        *statement_documents.INDEXES,
        *drafts.SCHEMA.indexes,
        *returns.INDEXES,
        *feed.INDEXES,
        *webhook_deliveries.INDEXES,
        *ledger.INDEXES,
        *books.INDEXES,
        *records.INDEXES,
    ),
)


class Storage:
    """All repositories over one database."""

    def __init__(self, database: Database) -> None:
        self.claims = MongoClaimVersions(database)
        self.payables = MongoPayables(database)
        self.ledger = MongoLedger(database)
        self.payees = MongoPayees(database)
        self.runs = MongoRuns(database)
        self.payments = MongoPayments(database)
        self.statements = MongoStatements(database)
        self.drafts = MongoDrafts(database)
        self.books = MongoBooks(database)
        self.records = MongoRecords(database)
        self.returns = MongoReturns(database)
        self.cheques = MongoCheques(database)
        self.statement_documents = MongoStatementDocuments(database)
        self.statement_readers = MongoStatementReaders(database)
        self.statement_deliveries = MongoStatementDeliveries(database)
        self.paper_copies = MongoPaperCopies(database)
        self.statement_persons = MongoStatementPersons(database)
        self.feed = MongoFeed(database)
        self.webhooks = MongoWebhooks(database)
        self.webhook_deliveries = MongoWebhookDeliveries(database)

"""Papers, put together."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from services.claims.domain.receipts import Lifetimes
from services.claims.gateways import ClamdScanner
from services.claims.handlers import receipt_views, sweeping, uploading
from services.claims.handlers.uploading import Stores
from services.claims.routes.receipts import ReceiptHandlers
from services.claims.settings import Settings
from services.claims.storage import MongoReceipts, MongoUploads
from shared.clock import Clock
from shared.contracts.claims.receipts import (
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenReceipt,
    StoreReceiptSlice,
)
from shared.mongo import Database


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


def handlers_over(stores: Stores, *, clock: Clock) -> ReceiptHandlers:
    """The use cases with their dependencies filled in."""
    receipts, uploads = stores.receipts, stores.uploads
    return ReceiptHandlers(
        uploads={
            StoreReceiptSlice: partial(uploading.store_receipt_slice, stores=stores, clock=clock),
            FinishReceipt: partial(uploading.finish_receipt, stores=stores, clock=clock),
            DeleteReceipt: partial(uploading.delete_receipt, stores=stores),
        },
        looks={
            OpenReceipt: partial(receipt_views.open_receipt, receipts=receipts),
            GetReceiptSlice: partial(receipt_views.get_receipt_slice, receipts=receipts, uploads=uploads),
            ListClaimReceipts: partial(receipt_views.list_claim_receipts, receipts=receipts),
        },
        note_look=partial(receipt_views.note_look, receipts=receipts, clock=clock),
    )


def sweeping_over(stores: Stores, settings: Settings, *, clock: Clock) -> Callable[[], Awaitable[None]]:
    """What runs beside the handlers."""
    every = timedelta(seconds=settings.receipt_sweep_seconds)
    return partial(sweeping.keep_sweeping, uploads=stores.uploads, every=every, clock=clock)

"""Papers, put together."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import receipt_views, sweeping, uploading
from services.claims.handlers.uploading import Stores
from services.claims.routes.receipts import ReceiptHandlers, receipt_routes
from services.claims.wiring.ground import Ground
from shared.clock import Clock
from shared.contracts.claims.receipts import (
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenReceipt,
    StoreReceiptSlice,
)


def receipt_routes_of(ground: Ground) -> list[RabbitRoute]:
    """Uploading, joining and looking at papers (CLM-5)."""
    return receipt_routes(handlers_over(ground.papers, clock=ground.clock), ground.outbox, ground.publisher)


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


def sweeping_of(ground: Ground) -> Callable[[], Awaitable[None]]:
    """What runs beside the handlers."""
    every = timedelta(seconds=ground.settings.receipt_sweep_seconds)
    return partial(sweeping.keep_sweeping, uploads=ground.papers.uploads, every=every, clock=ground.clock)

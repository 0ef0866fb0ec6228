"""Plays messages about papers to their handlers, over any storage."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from services.claims.domain.receipts import Lifetimes
from services.claims.handlers.ports_receipts import Scanner
from services.claims.handlers.receipt_views import get_receipt_slice, list_claim_receipts, note_look, open_receipt
from services.claims.handlers.sweeping import sweep_receipts
from services.claims.handlers.uploading import Stores, delete_receipt, finish_receipt, store_receipt_slice
from shared.clock import new_id
from shared.contracts import Actor, Done
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.receipts import (
    RECEIPT_SLICE_BYTES,
    ClaimReceipts,
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenedReceipt,
    OpenReceipt,
    ReceiptView,
    StoreReceiptSlice,
)
from shared.outbox import Work
from tests.support.claims_desk import DOSSIER, NOON, member, received
from tests.support.receipt_files import pdf
from tests.support.receipts_memory import MemoryReceipts

LIFETIMES = Lifetimes(timedelta(hours=24), timedelta(days=30))


def claimant(dossier_id: str = DOSSIER, **overrides: Any) -> Actor:
    """A member who may claim."""
    return member(dossier_id, **{"features": ("claims",), **overrides})


def provider(provider_id: str = "provider-1", **overrides: Any) -> Actor:
    """A provider who may bill."""
    fields = {"account_id": "account-p", "roles": ("provider",), "provider_id": provider_id, "services": ("billing",)}
    return member(None, **{**fields, **overrides})


def agent() -> Actor:
    return member(None, account_id="agent-1", roles=("agent",))


def slices(content: bytes) -> list[bytes]:
    return [content[start : start + RECEIPT_SLICE_BYTES] for start in range(0, len(content), RECEIPT_SLICE_BYTES)]


class PaperDesk:
    """The handlers, with a clock that tests move."""

    def __init__(self, stores: Stores | None = None, *, scanner: Scanner | None = None) -> None:
        self.memory = MemoryReceipts()
        self.stores = stores or Stores(self.memory, self.memory, scanner, LIFETIMES)
        if scanner is not None:
            self.stores = replace(self.stores, scanner=scanner)
        self.now = NOON

    def clock(self) -> Any:
        return self.now

    async def send(self, receipt_id: str, position: int, part: bytes, *, actor: Actor, **changes: Any) -> None:
        fields: dict[str, Any] = {
            "receipt_id": receipt_id,
            "uploader": "provider" if actor.dossier_id is None else "member",
            "position": position,
            "data": b64encode(part).decode(),
            **changes,
        }
        command = StoreReceiptSlice(**fields)
        stored = await store_receipt_slice(received(command, actor=actor), stores=self.stores, clock=self.clock)
        assert stored.position == position

    async def finish(self, receipt_id: str, content: bytes, *, actor: Actor, **changes: Any) -> ReceiptView:
        fields: dict[str, Any] = {
            "receipt_id": receipt_id,
            "uploader": "provider" if actor.dossier_id is None else "member",
            "kind": "receipt",
            "slices": max(1, len(slices(content))),
            "size_bytes": max(1, len(content)),
            "sha256": sha256(content).hexdigest(),
            "file_name": "reçu.pdf",
            **changes,
        }
        command = FinishReceipt(**fields)
        return await finish_receipt(received(command, actor=actor), stores=self.stores, clock=self.clock)

    async def upload(
        self, content: bytes | None = None, *, actor: Actor | None = None, receipt_id: str | None = None, **changes: Any
    ) -> ReceiptView:
        """A whole file; a small PDF of a member where not said otherwise."""
        content, actor, receipt_id = content or pdf(), actor or claimant(), receipt_id or new_id()
        for position, part in enumerate(slices(content)):
            await self.send(receipt_id, position, part, actor=actor)
        return await self.finish(receipt_id, content, actor=actor, **changes)

    async def open(self, receipt_id: str, *, actor: Actor) -> OpenedReceipt:
        return await open_receipt(
            received(OpenReceipt(receipt_id=receipt_id), actor=actor), receipts=self.stores.receipts
        )

    async def slice(self, receipt_id: str, position: int, *, actor: Actor) -> str:
        query = GetReceiptSlice(receipt_id=receipt_id, position=position)
        view = await get_receipt_slice(
            received(query, actor=actor), receipts=self.stores.receipts, uploads=self.stores.uploads
        )
        return view.data

    async def of_claim(self, number: str, *, actor: Actor) -> ClaimReceipts:
        return await list_claim_receipts(
            received(ListClaimReceipts(claim_number=number), actor=actor), receipts=self.stores.receipts
        )

    async def noted(self, message: OpenReceipt | ListClaimReceipts, *, actor: Actor) -> ActRecorded:
        """The act that a look leaves."""
        cause = received(message, actor=actor)
        work = Work(None, cause, source="claims")
        await note_look(cause, work, receipts=self.stores.receipts, clock=self.clock)
        (act,) = work.events
        assert isinstance(act, ActRecorded)
        return act

    async def delete(self, receipt_id: str, *, actor: Actor) -> Done:
        return await delete_receipt(received(DeleteReceipt(receipt_id=receipt_id), actor=actor), stores=self.stores)

    async def sweep(self) -> int:
        return await sweep_receipts(uploads=self.stores.uploads, clock=self.clock)

"""Papers on their way to and from claims, slice by slice: no file is ever whole in here (CLM-5, docs/adr/0018)."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

from starlette.requests import ClientDisconnect

from services.edge.ports import Rpc
from services.edge.problems import TooLarge
from shared.clock import IdMaker
from shared.contracts import Actor, Command, Done, Query, View
from shared.contracts.claims.receipts import (
    RECEIPT_LIMIT_BYTES,
    RECEIPT_SLICE_BYTES,
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    OpenedReceipt,
    OpenReceipt,
    ReceiptKind,
    ReceiptSlice,
    ReceiptSliceStored,
    ReceiptView,
    StoreReceiptSlice,
    Uploader,
)
from shared.errors import AppError, Rejected
from shared.telemetry import current_trace

SLICES_AT_ONCE: Final = 8
"""Slices of a process on the bus at a time, about a megabyte each; further ones wait for their turn."""
SLICE_SECONDS: Final = 10.0
REMOVING_SECONDS: Final = 2.0
"""Whose upload failed is told soon: claims forgets by itself what could not be removed."""
LOOKING_SECONDS: Final = 30.0
"""Claims looks into the whole file, and has it scanned, before it answers."""

V = TypeVar("V", bound=View)


class EmptyFile(Rejected):
    """There is nothing in the body."""

    def __init__(self) -> None:
        super().__init__("receipt.empty")


@dataclass(frozen=True, slots=True)
class Upload:
    """What is said about a file beside its content."""

    kind: ReceiptKind
    uploader: Uploader
    file_name: str | None


async def slices_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file in slices of equal size, the last one shorter.

    Raises:
        EmptyFile, TooLarge.
    """
    held, received = bytearray(), 0
    async for chunk in chunks:
        received += len(chunk)
        if received > RECEIPT_LIMIT_BYTES:
            raise TooLarge(RECEIPT_LIMIT_BYTES)
        held += chunk
        while len(held) > RECEIPT_SLICE_BYTES:
            yield bytes(held[:RECEIPT_SLICE_BYTES])
            del held[:RECEIPT_SLICE_BYTES]
    if not received:
        raise EmptyFile
    yield bytes(held)


class Receipts:
    """Hands files through. Whoever sends or reads slowly holds a slice and no place on the bus."""

    def __init__(self, rpc: Rpc, *, ids: IdMaker) -> None:
        self._rpc = rpc
        self._ids = ids
        self._places = asyncio.Semaphore(SLICES_AT_ONCE)

    async def upload(self, chunks: AsyncIterator[bytes], upload: Upload, *, actor: Actor) -> ReceiptView:
        """A file, once it is kept; what does not get that far is removed again.

        Raises:
            EmptyFile, TooLarge.
            ClientDisconnect: the rest never came.
            AppError: what claims says of the file.
        """
        receipt_id = self._ids()
        try:
            return await self._through(receipt_id, chunks, upload, actor)
        except (AppError, ClientDisconnect):
            with suppress(AppError):
                await self._ask(DeleteReceipt(receipt_id=receipt_id), Done, actor, seconds=REMOVING_SECONDS)
            raise

    async def _through(
        self, receipt_id: str, chunks: AsyncIterator[bytes], upload: Upload, actor: Actor
    ) -> ReceiptView:
        digest, size, position = sha256(), 0, 0
        async for part in slices_of(chunks):
            async with self._places:
                command = StoreReceiptSlice(
                    receipt_id=receipt_id,
                    uploader=upload.uploader,
                    position=position,
                    data=b64encode(part).decode(),
                )
                await self._ask(command, ReceiptSliceStored, actor, seconds=SLICE_SECONDS)
                del command
            digest.update(part)
            size, position = size + len(part), position + 1
        finish = FinishReceipt(
            receipt_id=receipt_id,
            uploader=upload.uploader,
            kind=upload.kind,
            slices=position,
            size_bytes=size,
            sha256=digest.hexdigest(),
            file_name=upload.file_name,
        )
        return await self._ask(finish, ReceiptView, actor, seconds=LOOKING_SECONDS)

    async def open(self, receipt_id: str, *, actor: Actor) -> OpenedReceipt:
        """What a file is.

        Raises:
            AppError: what claims says.
        """
        return await self._ask(OpenReceipt(receipt_id=receipt_id), OpenedReceipt, actor, seconds=SLICE_SECONDS)

    async def download(self, opened: OpenedReceipt, *, actor: Actor) -> AsyncIterator[bytes]:
        """The bytes of a file that was opened."""
        for position in range(opened.slices):
            query = GetReceiptSlice(receipt_id=opened.receipt.receipt_id, position=position)
            async with self._places:
                data = b64decode((await self._ask(query, ReceiptSlice, actor, seconds=SLICE_SECONDS)).data)
            yield data

    async def _ask(self, message: Command | Query, view: type[V], actor: Actor, *, seconds: float) -> V:
        return await self._rpc.request(message, view, actor=actor, trace=current_trace(), timeout_seconds=seconds)

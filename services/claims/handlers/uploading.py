"""Papers come in part by part; the whole is looked into, and kept or refused (CLM-5).

No step needs a transaction of its own messages: each is one write that stays the same when it comes again.
"""

import binascii
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.claims.domain.facts import DocumentKind
from services.claims.domain.papers import Findings, Inspection, media_type_of
from services.claims.domain.receipt_errors import (
    ReceiptIncompleteError,
    ReceiptInfectedError,
    ReceiptJoinedError,
    ReceiptNotFoundError,
    ReceiptsWaitingError,
    ScannerUnavailableError,
)
from services.claims.domain.receipts import WAITING_AT_MOST, Lifetimes, Owner, Receipt, safe_name
from services.claims.handlers.ports_receipts import ReceiptRepository, Scanner, UploadRepository
from services.claims.handlers.receipt_owners import owner_of, owners_of
from services.claims.handlers.receipt_views import receipt_view
from shared.clock import Clock
from shared.contracts import Done
from shared.contracts.claims.receipts import (
    RECEIPT_SLICE_BYTES,
    DeleteReceipt,
    FinishReceipt,
    ReceiptSliceStored,
    ReceiptView,
    StoreReceiptSlice,
)
from shared.envelopes import Received
from shared.errors import Rejected


@dataclass(frozen=True, slots=True)
class Stores:
    """Where papers are on their way in, and where they are afterwards; ``scanner`` is none unless one is set up."""

    receipts: ReceiptRepository
    uploads: UploadRepository
    scanner: Scanner | None
    lifetimes: Lifetimes


async def store_receipt_slice(
    received: Received[StoreReceiptSlice], *, stores: Stores, clock: Clock
) -> ReceiptSliceStored:
    """Keep a part. The first one shows the type, so that nothing is kept of what will not be taken.

    Raises:
        UploaderRefusedError.
        ReceiptTypeError, ReceiptAmbiguousError: not a type that is taken.
        ReceiptsWaitingError: too many papers wait for a claim.
        ReceiptNotFoundError: nothing was begun under this id, or it is over.
        ReceiptIncompleteError: not Base64, or too much of it.
    """
    message = received.message
    owner, data = owner_of(received.require_actor(), message.uploader), _bytes_of(message)
    if message.position == 0:
        media_type_of(data)
        forget_at = clock() + stores.lifetimes.unfinished
        if not await stores.uploads.begin(message.receipt_id, owner, at_most=WAITING_AT_MOST, forget_at=forget_at):
            raise ReceiptsWaitingError(WAITING_AT_MOST)
    if not await stores.uploads.put_part(message.receipt_id, owner, message.position, data):
        raise ReceiptNotFoundError
    return ReceiptSliceStored(position=message.position)


def _bytes_of(message: StoreReceiptSlice) -> bytes:
    try:
        data = b64decode(message.data, validate=True)
    except binascii.Error as error:
        raise ReceiptIncompleteError from error
    if not 0 < len(data) <= RECEIPT_SLICE_BYTES:
        raise ReceiptIncompleteError
    return data


async def finish_receipt(received: Received[FinishReceipt], *, stores: Stores, clock: Clock) -> ReceiptView:
    """Look into the whole file and keep it. What is refused leaves nothing behind; asking again is answered the same.

    Raises:
        UploaderRefusedError, ReceiptNotFoundError.
        ReceiptIncompleteError: the parts are not the file that was announced.
        ReceiptDamagedError, ReceiptAmbiguousError, ReceiptEncryptedError, ReceiptInfectedError.
        ScannerUnavailableError: a scanner is set up and does not answer.
    """
    message = received.message
    owner = owner_of(received.require_actor(), message.uploader)
    kept = await stores.receipts.get(message.receipt_id)
    if kept is not None and kept.owner.same_as(owner) and kept.sha256 == message.sha256:
        return receipt_view(kept)
    if not await stores.uploads.is_under_way(message.receipt_id, owner):
        raise ReceiptNotFoundError
    try:
        findings = await _examined(message, stores)
    except (Rejected, ScannerUnavailableError):
        await _discard(message.receipt_id, stores.uploads)
        raise
    receipt = _receipt(message, findings, owner, clock=clock)
    if not await stores.uploads.keep(receipt, forget_at=receipt.uploaded_at + stores.lifetimes.waiting):
        raise ReceiptNotFoundError
    return receipt_view(receipt)


def _receipt(message: FinishReceipt, findings: Findings, owner: Owner, *, clock: Clock) -> Receipt:
    return Receipt(
        id=message.receipt_id,
        owner=owner,
        kind=DocumentKind(message.kind),
        media_type=findings.media_type,
        size_bytes=findings.size_bytes,
        sha256=findings.sha256,
        file_name=safe_name(message.file_name, findings.media_type),
        slices=message.slices,
        uploaded_at=clock(),
    )


async def _examined(message: FinishReceipt, stores: Stores) -> Findings:
    inspection = Inspection()
    async for part in _parts(message, stores.uploads):
        inspection.look_at(part)
    if inspection.arrived != (message.size_bytes, message.sha256):
        raise ReceiptIncompleteError
    findings = inspection.findings()
    if stores.scanner is not None and not await stores.scanner.is_clean(_parts(message, stores.uploads)):
        raise ReceiptInfectedError
    return findings


async def _parts(message: FinishReceipt, uploads: UploadRepository) -> AsyncIterator[bytes]:
    """One part at a time, so that no file is ever whole in here."""
    for position in range(message.slices):
        part = await uploads.part(message.receipt_id, position)
        is_last = position == message.slices - 1
        if part is None or (len(part) < RECEIPT_SLICE_BYTES and not is_last):
            raise ReceiptIncompleteError
        yield part


async def delete_receipt(received: Received[DeleteReceipt], *, stores: Stores) -> Done:
    """Remove a paper that no claim has, or what there is of an upload that will not be finished.

    Raises:
        ReceiptNotFoundError.
        ReceiptJoinedError: a claim has it.
    """
    receipt_id, owners = received.message.receipt_id, owners_of(received.require_actor())
    kept = await stores.receipts.get(receipt_id)
    if kept is not None:
        mine = any(kept.owner.same_as(owner) for owner in owners)
    else:
        mine = any([await stores.uploads.is_under_way(receipt_id, owner) for owner in owners])
    if not mine:
        raise ReceiptNotFoundError
    if not await _discard(receipt_id, stores.uploads):
        raise ReceiptJoinedError
    return Done()


async def _discard(receipt_id: str, uploads: UploadRepository) -> bool:
    released = await uploads.release(receipt_id)
    if released:
        await uploads.erase(receipt_id)
    return released

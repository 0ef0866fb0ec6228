"""Papers are shown: to their owner, to the parties of their claim, and to agents, who leave a note (CLM-5, CLM-12)."""

from base64 import b64encode
from typing import cast

from services.claims.domain.receipt_errors import ReceiptNotFoundError
from services.claims.domain.receipts import ClaimParties, Receipt
from services.claims.handlers.asking import ClaimNotFound
from services.claims.handlers.ports_receipts import ReceiptRepository, UploadRepository
from services.claims.handlers.receipt_owners import AGENT, owners_of
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.receipts import (
    ClaimReceipts,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenedReceipt,
    OpenReceipt,
    ReceiptDescription,
    ReceiptMediaType,
    ReceiptSlice,
    ReceiptView,
)
from shared.envelopes import Received
from shared.outbox import Work


async def open_receipt(received: Received[OpenReceipt], *, receipts: ReceiptRepository) -> OpenedReceipt:
    """What a paper is, and in how many slices it can be read.

    Raises:
        ReceiptNotFoundError.
    """
    receipt = await _visible(received.message.receipt_id, received.require_actor(), receipts)
    return OpenedReceipt(receipt=describe(receipt), slices=receipt.slices)


async def get_receipt_slice(
    received: Received[GetReceiptSlice], *, receipts: ReceiptRepository, uploads: UploadRepository
) -> ReceiptSlice:
    """A slice of a paper.

    Raises:
        ReceiptNotFoundError.
    """
    query = received.message
    await _visible(query.receipt_id, received.require_actor(), receipts)
    part = await uploads.part(query.receipt_id, query.position)
    if part is None:
        raise ReceiptNotFoundError
    return ReceiptSlice(data=b64encode(part).decode())


async def list_claim_receipts(received: Received[ListClaimReceipts], *, receipts: ReceiptRepository) -> ClaimReceipts:
    """The papers of a claim.

    Raises:
        ClaimNotFound.
    """
    parties = await _claim(received.message.claim_number, received.require_actor(), receipts)
    found = await receipts.list_of_claim(parties.claim_id)
    return ClaimReceipts(receipts=tuple(describe(receipt) for receipt in found))


async def note_look(
    received: Received[OpenReceipt | ListClaimReceipts], work: Work, *, receipts: ReceiptRepository, clock: Clock
) -> None:
    """An agent looks at papers: the people concerned can see that (U5).

    Raises:
        ReceiptNotFoundError, ClaimNotFound.
    """
    actor = received.require_actor()
    match received.message:
        case OpenReceipt() as message:
            receipt = await _visible(message.receipt_id, actor, receipts)
            parties, details = receipt.claim, {"receipt": receipt.id}
            about = receipt.owner.dossier_id or receipt.owner.provider_id if parties is None else parties.dossier_id
        case ListClaimReceipts() as message:
            about = (await _claim(message.claim_number, actor, receipts)).dossier_id
            details = {"receipts_of_claim": message.claim_number}
    work.publish(
        ActRecorded(
            act="sensitive_read",
            account_id=actor.account_id,
            on_behalf_of=actor.on_behalf_of,
            about=about,
            correlation_id=received.correlation_id,
            occurred_at=clock(),
            details=details,
        )
    )


async def _visible(receipt_id: str, actor: Actor, receipts: ReceiptRepository) -> Receipt:
    receipt = await receipts.get(receipt_id)
    if receipt is None or not (AGENT in actor.roles or receipt.seen_by(owners_of(actor))):
        raise ReceiptNotFoundError
    return receipt


async def _claim(number: str, actor: Actor, receipts: ReceiptRepository) -> ClaimParties:
    parties = await receipts.parties_of(number)
    if parties is None or not (AGENT in actor.roles or parties.seen_by(owners_of(actor))):
        raise ClaimNotFound(number)
    return parties


def describe(receipt: Receipt) -> ReceiptDescription:
    """A paper, for those who may see it."""
    return ReceiptDescription(
        receipt_id=receipt.id,
        kind=receipt.kind.value,
        media_type=cast("ReceiptMediaType", receipt.media_type),
        size_bytes=receipt.size_bytes,
        sha256=receipt.sha256,
        file_name=receipt.file_name,
        uploaded_at=receipt.uploaded_at,
    )


def receipt_view(receipt: Receipt) -> ReceiptView:
    """The same, as an answer of its own."""
    return ReceiptView(**dict(describe(receipt)))

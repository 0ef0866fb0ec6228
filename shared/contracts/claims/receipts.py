"""Papers for claims: uploaded in slices, named by claims, shown again (CLM-5)."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Part, Query, View
from shared.contracts.claims import ClaimNumber

RECEIPT_LIMIT_BYTES: Final = 10 * 1024 * 1024
RECEIPT_SLICE_BYTES: Final = 256 * 1024
"""How much of a file travels in one message."""
RECEIPT_SLICES: Final = RECEIPT_LIMIT_BYTES // RECEIPT_SLICE_BYTES

ReceiptKind = Literal["receipt", "prescription", "referral", "other_insurer_statement", "xray", "other"]
ReceiptMediaType = Literal["application/pdf", "image/jpeg", "image/png", "image/heic"]
Uploader = Literal["member", "provider"]
"""On which side somebody uploads who may be on both."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]
Slice64 = Annotated[
    str,
    Field(
        min_length=1,
        max_length=-(-RECEIPT_SLICE_BYTES // 3) * 4,
        repr=False,
        description="Bytes in Base64.",
        examples=["JVBERi0xLjcK"],
    ),
]


class StoreReceiptSlice(Command):
    """Bytes of a file that is being uploaded, in order of ``position``; all but the last are of full size."""

    wire_type: ClassVar[str] = "claims.store_receipt_slice.v1"
    receipt_id: Identifier
    uploader: Uploader
    position: int = Field(ge=0, lt=RECEIPT_SLICES)
    data: Slice64


class ReceiptSliceStored(View):
    """Kept until the file is complete, or for a day."""

    position: int


class FinishReceipt(Command):
    """All slices are there: this is the file. It is looked into, and kept or refused as a whole."""

    wire_type: ClassVar[str] = "claims.finish_receipt.v1"
    receipt_id: Identifier
    uploader: Uploader
    kind: ReceiptKind
    slices: int = Field(ge=1, le=RECEIPT_SLICES)
    size_bytes: int = Field(ge=1, le=RECEIPT_LIMIT_BYTES)
    sha256: Sha256
    file_name: str | None = Field(default=None, max_length=255, description="As the uploader calls it.")


class ReceiptDescription(Part):
    """An uploaded file; ``file_name`` is safe to be saved under."""

    receipt_id: Identifier
    kind: ReceiptKind
    media_type: ReceiptMediaType
    size_bytes: int
    sha256: Sha256
    file_name: str
    uploaded_at: Instant


class ReceiptView(ReceiptDescription, View):
    """The answer to an upload."""


class DeleteReceipt(Command):
    """Remove a file of the actor's that no claim has, or an upload that will not be finished."""

    wire_type: ClassVar[str] = "claims.delete_receipt.v1"
    receipt_id: Identifier


class OpenReceipt(Command):
    """Somebody opens a file; when an agent does, that is noted."""

    wire_type: ClassVar[str] = "claims.open_receipt.v1"
    receipt_id: Identifier


class OpenedReceipt(View):
    """A file that may be read slice by slice."""

    receipt: ReceiptDescription
    slices: int


class GetReceiptSlice(Query):
    """A slice of a file that was opened."""

    wire_type: ClassVar[str] = "claims.get_receipt_slice.v1"
    receipt_id: Identifier
    position: int = Field(ge=0, lt=RECEIPT_SLICES)


class ReceiptSlice(View):
    """Bytes of a file."""

    data: Slice64


class ListClaimReceipts(Command):
    """The files of a claim; when an agent looks, that is noted."""

    wire_type: ClassVar[str] = "claims.list_claim_receipts.v1"
    claim_number: ClaimNumber


class ClaimReceipts(View):
    """The files of a claim, in order of upload."""

    receipts: tuple[ReceiptDescription, ...]

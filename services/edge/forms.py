"""Signed delegation forms on their way to and from identity, slice by slice: no file is ever whole in here (DEL-4)."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from services.edge.ports import Rpc
from services.edge.problems import TooLarge
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.identity.delegation_forms import (
    FORM_LIMIT_BYTES,
    FORM_SLICE_BYTES,
    BytesView,
    FormSignature,
    FormView,
    GetFormSlice,
    SliceStored,
    StoreFormSlice,
    SubmitForm,
)
from shared.errors import Rejected
from shared.telemetry import current_trace

MAGIC: Final = b"%PDF-"
READING_SECONDS: Final = 9.0
"""Identity looks into the file before it answers."""


class NotPdf(Rejected):
    """The content is not a PDF, whatever its type says."""

    def __init__(self) -> None:
        super().__init__("form.not_pdf")


async def slices_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file in slices of equal size, the last one shorter; nothing is passed on of what is not a PDF.

    Raises:
        NotPdf, TooLarge.
    """
    held, received, recognised = bytearray(), 0, False
    async for chunk in chunks:
        received += len(chunk)
        if received > FORM_LIMIT_BYTES:
            raise TooLarge(FORM_LIMIT_BYTES)
        held += chunk
        if not recognised and len(held) >= len(MAGIC):
            recognised = held.startswith(MAGIC)
            if not recognised:
                raise NotPdf
        while len(held) > FORM_SLICE_BYTES:
            yield bytes(held[:FORM_SLICE_BYTES])
            del held[:FORM_SLICE_BYTES]
    if not recognised:
        raise NotPdf
    yield bytes(held)


async def upload(
    rpc: Rpc,
    chunks: AsyncIterator[bytes],
    *,
    request_id: str,
    signature: FormSignature,
    sending_id: str | None,
    actor: Actor,
    ids: IdMaker,
) -> bytes:
    """The request (JSON) with its form.

    Raises:
        NotPdf, TooLarge.
        AppError: what identity says of the request or of the file.
    """
    upload_id, digest, size, position = ids(), sha256(), 0, 0
    async for part in slices_of(chunks):
        command = StoreFormSlice(
            request_id=request_id, upload_id=upload_id, position=position, data=b64encode(part).decode()
        )
        await rpc.request(command, SliceStored, actor=actor, trace=current_trace())
        digest.update(part)
        size, position = size + len(part), position + 1
    submission = SubmitForm(
        request_id=request_id,
        upload_id=upload_id,
        slices=position,
        size=size,
        sha256=digest.hexdigest(),
        signature=signature,
        sending_id=sending_id,
    )
    return await rpc.request_raw(submission, actor=actor, trace=current_trace(), timeout_seconds=READING_SECONDS)


async def download(rpc: Rpc, form: FormView, *, request_id: str, actor: Actor) -> AsyncIterator[bytes]:
    """The bytes of a form that was opened."""
    for position in range(form.slices):
        query = GetFormSlice(request_id=request_id, position=position)
        view = await rpc.request(query, BytesView, actor=actor, trace=current_trace())
        yield b64decode(view.data)

"""An extract of Health Canada's drug list on its way to claims, slice by slice: it is never whole in here (COV-4)."""

from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from services.edge.ports import Rpc
from services.edge.problems import RowsRefused, TooLarge
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.claims.drugs import (
    UPLOAD_LIMIT_BYTES,
    UPLOAD_SLICE_BYTES,
    DrugListReport,
    DrugListSliceStored,
    LoadDrugList,
    StoreDrugListSlice,
)
from shared.errors import Rejected
from shared.telemetry import current_trace

MAGIC: Final = b"PK\x03\x04"
LOADING_SECONDS: Final = 60.0
"""Claims reads the extract and writes its products before it answers: some seconds."""


class NotZip(Rejected):
    """The content is not a zip archive, whatever its type says."""

    def __init__(self) -> None:
        super().__init__("drug_list.not_zip")


async def slices_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The archive in slices of equal size, the last one shorter; nothing is passed on of what is not one.

    Raises:
        NotZip, TooLarge.
    """
    held, received, recognised = bytearray(), 0, False
    async for chunk in chunks:
        received += len(chunk)
        if received > UPLOAD_LIMIT_BYTES:
            raise TooLarge(UPLOAD_LIMIT_BYTES)
        held += chunk
        if not recognised and len(held) >= len(MAGIC):
            recognised = held.startswith(MAGIC)
            if not recognised:
                raise NotZip
        while len(held) > UPLOAD_SLICE_BYTES:
            yield bytes(held[:UPLOAD_SLICE_BYTES])
            del held[:UPLOAD_SLICE_BYTES]
    if not recognised:
        raise NotZip
    yield bytes(held)


async def load(
    rpc: Rpc, chunks: AsyncIterator[bytes], *, skip_bad_rows: bool, actor: Actor, ids: IdMaker
) -> DrugListReport:
    """Replace the drug list by an extract.

    Raises:
        NotZip, TooLarge.
        RowsRefused: rows of it are malformed.
        AppError: what else claims says of the archive.
    """
    upload_id, digest, size, position = ids(), sha256(), 0, 0
    async for part in slices_of(chunks):
        command = StoreDrugListSlice(upload_id=upload_id, position=position, data=b64encode(part).decode())
        await rpc.request(command, DrugListSliceStored, actor=actor, trace=current_trace())
        digest.update(part)
        size, position = size + len(part), position + 1
    loading = LoadDrugList(
        upload_id=upload_id, slices=position, size=size, sha256=digest.hexdigest(), skip_bad_rows=skip_bad_rows
    )
    report = await rpc.request(
        loading, DrugListReport, actor=actor, trace=current_trace(), timeout_seconds=LOADING_SECONDS
    )
    if report.outcome == "refused":
        raise RowsRefused(
            "claims.drug_rows_refused", [(f"drug_row.{bad.problem}", bad.file, bad.line) for bad in report.bad_rows]
        )
    return report

"""Replacing the drug list by an extract, while the one before is being used (COV-4)."""

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Final

from services.claims.domain.drug_errors import (
    DrugListChangedError,
    DrugRowsRefusedError,
    DrugUploadIncompleteError,
)
from services.claims.domain.drug_list import Extract, read_extract
from services.claims.domain.drug_rows import BadRows
from services.claims.domain.drugs import ListInfo, ListStatus
from services.claims.handlers.drug_views import list_view
from services.claims.handlers.ports_drugs import DrugRepository, DrugUploadRepository
from shared.clock import Clock, IdMaker
from shared.contracts import Command
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.drugs import (
    UPLOAD_SLICE_BYTES,
    BadDrugRow,
    DrugListReport,
    DrugListSliceStored,
    LoadDrugList,
    StoreDrugListSlice,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

READABLE_AFTERWARDS: Final = timedelta(hours=1)
"""How long a version stays that another one has replaced, or that was written and never took its place."""


class PreparedDrugList(Command):
    """``LoadDrugList`` after its costly part: never on the wire. ``added`` waits to take the place of ``replaces``."""

    wire_type = "local.prepared_drug_list.v1"
    report: DrugListReport
    added: ListInfo | None = None
    replaces: str | None = None


async def store_drug_list_slice(
    received: Received[StoreDrugListSlice], *, uploads: DrugUploadRepository, clock: Clock
) -> DrugListSliceStored:
    """Keep a slice of an extract. One write, and the same one when it comes again.

    Raises:
        DrugUploadIncompleteError: not Base64, or too much of it.
    """
    message, actor = received.message, received.require_actor()
    try:
        data = b64decode(message.data, validate=True)
    except binascii.Error as error:
        raise DrugUploadIncompleteError from error
    if not 0 < len(data) <= UPLOAD_SLICE_BYTES:
        raise DrugUploadIncompleteError
    await uploads.put(message.upload_id, message.position, data, account_id=actor.account_id, now=clock())
    return DrugListSliceStored(position=message.position)


async def prepare_drug_list(
    received: Received[LoadDrugList],
    *,
    drugs: DrugRepository,
    uploads: DrugUploadRepository,
    clock: Clock,
    ids: IdMaker,
) -> Received[PreparedDrugList]:
    """Read the extract and write its products beside the present list, outside any transaction.

    Raises:
        DrugUploadIncompleteError: the slices are not the file that was announced.
        DrugArchiveError, DrugArchiveTooLargeError, DrugFileMissingError, DrugListEmptyError: not an extract.
    """
    message, actor = received.message, received.require_actor()
    content = _whole(await uploads.load(message.upload_id, account_id=actor.account_id), message)
    present = await drugs.current()
    if present is not None and present.digest == message.sha256:
        prepared = PreparedDrugList(report=DrugListReport(outcome="unchanged", list=list_view(present, actor.language)))
    else:
        try:
            bad = BadRows(skip=message.skip_bad_rows)
            extract = await asyncio.to_thread(read_extract, BytesIO(content), bad=bad)
            added = await add_version(extract, digest=message.sha256, drugs=drugs, clock=clock, ids=ids)
            report = DrugListReport(outcome="loaded", list=list_view(added, actor.language), bad_rows=_told(bad.found))
            replaces = None if present is None else present.version
            prepared = PreparedDrugList(report=report, added=added, replaces=replaces)
        except DrugRowsRefusedError as error:
            report = DrugListReport(outcome="refused", bad_rows=_told(error.rows), complete=error.complete)
            prepared = PreparedDrugList(report=report)
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def load_drug_list(
    received: Received[PreparedDrugList], work: Work, *, drugs: DrugRepository, clock: Clock
) -> DrugListReport:
    """The version that was written takes its place, in one step and with an act of the agent.

    Raises:
        DrugListChangedError: another load was faster.
    """
    message = received.message
    if message.added is None:
        return message.report
    await take_its_place(message.added, drugs=drugs, replaces=message.replaces, session=work.session)
    actor = received.require_actor()
    work.publish(
        ActRecorded(
            act="authz_admin",
            account_id=actor.account_id,
            correlation_id=received.correlation_id,
            occurred_at=clock(),
            details={"what": "drug_list", "version": message.added.version, "digest": message.added.digest},
        )
    )
    return message.report


async def add_version(
    extract: Extract,
    *,
    digest: str,
    drugs: DrugRepository,
    clock: Clock,
    ids: IdMaker,
    status: ListStatus = ListStatus.MARKETED,
) -> ListInfo:
    """Write the products of an extract beside the present list; a part that was written is taken away again."""
    now = clock()
    await drugs.discard_old(before=now - READABLE_AFTERWARDS)
    info = ListInfo(
        version=ids(),
        digest=digest,
        status=status,
        extracted_on=extract.written_on,
        loaded_at=now,
        products=len(extract.drugs),
        skipped=extract.skipped,
        bad_rows=len(extract.bad_rows),
    )
    try:
        await drugs.add(info.version, extract.drugs, now=now)
    except BaseException:
        await drugs.discard(info.version)
        raise
    return info


async def take_its_place(
    added: ListInfo, *, drugs: DrugRepository, replaces: str | None, session: Session | None
) -> None:
    """Raises:
    DrugListChangedError: another load was faster.
    """
    if not await drugs.switch(added, replaces=replaces, session=session):
        raise DrugListChangedError


def _whole(slices: Sequence[bytes], message: LoadDrugList) -> bytes:
    content = b"".join(slices)
    if (len(slices), len(content), sha256(content).hexdigest()) != (message.slices, message.size, message.sha256):
        raise DrugUploadIncompleteError
    return content


def _told(rows: Sequence[object]) -> tuple[BadDrugRow, ...]:
    return tuple(BadDrugRow.model_validate(row, from_attributes=True) for row in rows)

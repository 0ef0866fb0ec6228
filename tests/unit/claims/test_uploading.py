"""Papers come in, are kept or refused, joined, deleted and forgotten."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from services.claims.domain.facts import DocumentKind
from services.claims.domain.receipt_errors import (
    ReceiptEncryptedError,
    ReceiptIncompleteError,
    ReceiptInfectedError,
    ReceiptJoinedError,
    ReceiptNotFoundError,
    ReceiptsWaitingError,
    ReceiptTypeError,
    ScannerUnavailableError,
    UploaderRefusedError,
)
from services.claims.domain.receipts import RECEIPTS_PER_CLAIM, WAITING_AT_MOST
from services.claims.handlers.joining import with_receipts
from services.claims.handlers.ports_receipts import NO_RECEIPTS
from services.claims.handlers.sweeping import SWEPT_TOGETHER, keep_sweeping
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.claims.receipts import RECEIPT_SLICE_BYTES
from tests.support.claims_desk import DOSSIER
from tests.support.receipt_files import EACH_TYPE, encrypted_pdf, pdf, pdf_of
from tests.support.receipts_desk import LIFETIMES, PaperDesk, claimant, provider
from tests.support.receipts_repository_contract import a_claim
from tests.support.waiting import eventually

pytestmark = pytest.mark.req("CLM-5")

MEMBER = claimant()
OTHERS = [
    claimant("dossier-2"),
    claimant(account_id="account-2"),
    provider(),
    claimant(features=()),
]


class FakeScanner:
    def __init__(self, *, clean: bool = True, away: bool = False) -> None:
        self.clean, self.away = clean, away
        self.scanned: list[bytes] = []

    async def is_clean(self, parts: AsyncIterator[bytes]) -> bool:
        if self.away:
            raise ScannerUnavailableError
        self.scanned.append(b"".join([part async for part in parts]))
        return self.clean


def nothing_kept(desk: PaperDesk) -> bool:
    return not desk.memory.rows and not desk.memory.parts


async def swept(desk: PaperDesk) -> bool:
    return nothing_kept(desk)


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


@pytest.mark.parametrize("media_type", EACH_TYPE)
async def test_a_file_of_each_type_is_kept_as_it_is(desk: PaperDesk, media_type: str) -> None:
    content = EACH_TYPE[media_type]
    view = await desk.upload(content, kind="xray", file_name="../Radio.exe")
    assert (view.kind, view.media_type, view.size_bytes) == ("xray", media_type, len(content))
    assert (view.sha256, view.uploaded_at) == (sha256(content).hexdigest(), desk.now)
    assert view.file_name.startswith("Radio.")
    assert b64decode(await desk.slice(view.receipt_id, 0, actor=MEMBER)) == content
    kept = await desk.memory.get(view.receipt_id)
    assert kept is not None
    assert desk.memory.rows[kept.id].forget_at == desk.now + LIFETIMES.waiting


async def test_the_largest_file_comes_in_forty_slices(desk: PaperDesk) -> None:
    content = pdf_of(10 * 2**20)
    view = await desk.upload(content)
    opened = await desk.open(view.receipt_id, actor=MEMBER)
    assert opened.slices == 40
    parts = [b64decode(await desk.slice(view.receipt_id, each, actor=MEMBER)) for each in range(opened.slices)]
    assert b"".join(parts) == content


async def test_a_repeated_message_changes_nothing_and_is_answered_the_same(desk: PaperDesk) -> None:
    content, receipt_id = pdf_of(RECEIPT_SLICE_BYTES + 1), new_id()
    for position in (0, 0, 1, 1):
        part = content[position * RECEIPT_SLICE_BYTES :][:RECEIPT_SLICE_BYTES]
        await desk.send(receipt_id, position, part, actor=MEMBER)
    first = await desk.finish(receipt_id, content, actor=MEMBER)
    desk.now += timedelta(minutes=1)
    assert await desk.finish(receipt_id, content, actor=MEMBER) == first
    with pytest.raises(ReceiptNotFoundError):
        await desk.send(receipt_id, 2, b"more", actor=MEMBER)


async def test_of_a_wrong_type_not_even_the_first_slice_is_kept(desk: PaperDesk) -> None:
    with pytest.raises(ReceiptTypeError):
        await desk.send(new_id(), 0, b"MZ" + b"\0" * 5_000, actor=MEMBER)
    assert nothing_kept(desk)


async def test_nothing_is_left_of_what_is_refused_in_the_end(desk: PaperDesk) -> None:
    with pytest.raises(ReceiptEncryptedError):
        await desk.upload(encrypted_pdf(3 * RECEIPT_SLICE_BYTES))
    assert nothing_kept(desk)


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size_bytes": 5}, {"slices": 2}, {"slices": 4}], ids=str)
async def test_what_is_not_the_announced_file_is_refused(desk: PaperDesk, changes: dict[str, Any]) -> None:
    with pytest.raises(ReceiptIncompleteError):
        await desk.upload(pdf_of(2 * RECEIPT_SLICE_BYTES + 7), **changes)
    assert nothing_kept(desk)


async def test_a_slice_that_is_short_in_the_middle_makes_no_file(desk: PaperDesk) -> None:
    receipt_id = new_id()
    await desk.send(receipt_id, 0, pdf(), actor=MEMBER)
    await desk.send(receipt_id, 1, pdf(), actor=MEMBER)
    with pytest.raises(ReceiptIncompleteError):
        await desk.finish(receipt_id, pdf() * 2, actor=MEMBER, slices=2)


@pytest.mark.parametrize("data", ["%%%%", b64encode(b"%PDF-1.4" * 2**16).decode()[:349_528]])
async def test_what_is_no_slice_is_refused(desk: PaperDesk, data: str) -> None:
    with pytest.raises((ReceiptIncompleteError, ValueError)):
        await desk.send(new_id(), 0, b"", actor=MEMBER, data=data + "AAAA")
    assert nothing_kept(desk)


async def test_what_nobody_began_is_not_there(desk: PaperDesk) -> None:
    for attempt in (
        desk.send(new_id(), 1, pdf(), actor=MEMBER),
        desk.finish(new_id(), pdf(), actor=MEMBER),
        desk.delete(new_id(), actor=MEMBER),
        desk.open(new_id(), actor=MEMBER),
        desk.slice(new_id(), 0, actor=MEMBER),
    ):
        with pytest.raises(ReceiptNotFoundError):
            await attempt
    view = await desk.upload()
    with pytest.raises(ReceiptNotFoundError):
        await desk.slice(view.receipt_id, 1, actor=MEMBER)


@pytest.mark.parametrize("other", OTHERS, ids=["dossier", "account", "provider", "no feature"])
async def test_nobody_else_goes_on_with_an_upload_or_removes_it(desk: PaperDesk, other: Actor) -> None:
    receipt_id = new_id()
    await desk.send(receipt_id, 0, pdf(), actor=MEMBER)
    for attempt in (
        desk.send(receipt_id, 1, b"more", actor=other),
        desk.finish(receipt_id, pdf(), actor=other),
        desk.delete(receipt_id, actor=other),
    ):
        with pytest.raises((ReceiptNotFoundError, UploaderRefusedError)):
            await attempt
    assert (await desk.finish(receipt_id, pdf(), actor=MEMBER)).receipt_id == receipt_id


@pytest.mark.parametrize(
    "actor",
    [
        claimant(features=()),
        provider(services=("payments",)),
        provider(roles=("delegate",), services=()),
        provider(roles=("agent",)),
        claimant(roles=("agent",)),
    ],
)
async def test_who_may_not_claim_uploads_nothing(desk: PaperDesk, actor: Actor) -> None:
    with pytest.raises(UploaderRefusedError):
        await desk.upload(actor=actor)
    assert nothing_kept(desk)


@pytest.mark.parametrize(
    "actor",
    [
        provider(),
        provider(roles=("delegate",), account_id="delegate-1", on_behalf_of="provider-1"),
        provider(roles=("client",), account_id="client-1", services=(), scopes=("claims:submit",)),
    ],
    ids=["provider", "delegate", "client"],
)
async def test_a_providers_paper_is_the_providers(desk: PaperDesk, actor: Actor) -> None:
    view = await desk.upload(actor=actor)
    await desk.open(view.receipt_id, actor=provider(account_id="somebody-of-the-office"))
    with pytest.raises(ReceiptNotFoundError):
        await desk.open(view.receipt_id, actor=provider("provider-2"))
    await desk.delete(view.receipt_id, actor=provider())
    assert nothing_kept(desk)


async def test_somebody_who_is_both_says_as_whom(desk: PaperDesk) -> None:
    both = claimant(roles=("member", "provider"), provider_id="provider-1", services=("billing",))
    own, billed = new_id(), new_id()
    for receipt_id, uploader in ((own, "member"), (billed, "provider")):
        await desk.send(receipt_id, 0, pdf(), actor=both, uploader=uploader)
        await desk.finish(receipt_id, pdf(), actor=both, uploader=uploader)
    await desk.open(billed, actor=provider())
    with pytest.raises(ReceiptNotFoundError):
        await desk.open(own, actor=provider())
    assert (await desk.open(own, actor=both)).receipt.receipt_id == own


async def test_so_many_papers_wait_and_no_more(desk: PaperDesk) -> None:
    for _ in range(WAITING_AT_MOST):
        await desk.upload()
    with pytest.raises(ReceiptsWaitingError):
        await desk.upload()
    await desk.upload(actor=claimant(account_id="account-2"))


async def test_what_is_infected_is_refused_and_nothing_is_kept() -> None:
    desk = PaperDesk(scanner=FakeScanner(clean=False))
    with pytest.raises(ReceiptInfectedError):
        await desk.upload()
    assert nothing_kept(desk)


async def test_while_the_scanner_is_away_nothing_is_kept() -> None:
    scanner = FakeScanner(away=True)
    desk = PaperDesk(scanner=scanner)
    with pytest.raises(ScannerUnavailableError):
        await desk.upload()
    assert nothing_kept(desk)
    scanner.away = False
    content = pdf_of(RECEIPT_SLICE_BYTES * 2 + 1)
    assert (await desk.upload(content)).size_bytes == len(content)
    assert scanner.scanned == [content]


async def test_a_paper_that_no_claim_has_can_be_deleted_and_one_of_a_claim_cannot(desk: PaperDesk) -> None:
    view = await desk.upload()
    claim = a_claim(account_id=MEMBER.account_id, dossier_id=DOSSIER, receipts=(view.receipt_id,))
    await with_receipts(claim, desk.memory, session=None)
    with pytest.raises(ReceiptJoinedError):
        await desk.delete(view.receipt_id, actor=MEMBER)
    other = await desk.upload()
    await desk.delete(other.receipt_id, actor=MEMBER)
    assert list(desk.memory.rows) == [view.receipt_id]
    with pytest.raises(ReceiptNotFoundError):
        await desk.delete(other.receipt_id, actor=MEMBER)


async def test_a_claim_gets_those_of_the_papers_it_names_that_are_its_own(desk: PaperDesk) -> None:
    mine = [await desk.upload(kind=kind) for kind in ("receipt", "prescription")]
    foreign = await desk.upload(actor=claimant("dossier-2"))
    named = (mine[1].receipt_id, new_id(), foreign.receipt_id, mine[0].receipt_id)
    claim = a_claim(account_id=MEMBER.account_id, dossier_id=DOSSIER, receipts=named)
    stored = await with_receipts(claim, desk.memory, session=None)
    assert stored.receipts == (mine[1].receipt_id, mine[0].receipt_id)
    assert stored.documents >= {DocumentKind.RECEIPT, DocumentKind.PRESCRIPTION}
    later = await with_receipts(replace(claim, id=new_id()), desk.memory, session=None)
    assert later.receipts == ()


async def test_a_claim_has_so_many_papers_at_most(desk: PaperDesk) -> None:
    papers = tuple([(await desk.upload()).receipt_id for _ in range(RECEIPTS_PER_CLAIM + 1)])
    claim = a_claim(account_id=MEMBER.account_id, dossier_id=DOSSIER, receipts=papers)
    stored = await with_receipts(claim, desk.memory, session=None)
    assert stored.receipts == papers[:RECEIPTS_PER_CLAIM]


async def test_where_nobody_uploads_claims_have_no_papers() -> None:
    naming = a_claim(receipts=(new_id(),))
    assert (await with_receipts(naming, NO_RECEIPTS, session=None)).receipts == ()
    without = a_claim()
    assert await with_receipts(without, NO_RECEIPTS, session=None) is without


async def test_unfinished_uploads_go_after_a_day_and_papers_without_claim_after_a_month(desk: PaperDesk) -> None:
    unfinished, waiting = new_id(), await desk.upload()
    await desk.send(unfinished, 0, pdf(), actor=MEMBER)
    joined = await desk.upload()
    claim = a_claim(account_id=MEMBER.account_id, dossier_id=DOSSIER)
    await desk.memory.attach([joined.receipt_id], claim, owner=desk.memory.rows[unfinished].owner, session=None)

    assert await desk.sweep() == 0
    desk.now += LIFETIMES.unfinished
    assert await desk.sweep() == 1
    assert set(desk.memory.rows) == {waiting.receipt_id, joined.receipt_id}
    desk.now += LIFETIMES.waiting
    assert await desk.sweep() == 1
    assert set(desk.memory.rows) == {joined.receipt_id}
    assert {receipt_id for receipt_id, _ in desk.memory.parts} == {joined.receipt_id}
    assert await desk.sweep() == 0


async def test_a_sweep_goes_on_until_nothing_is_overdue_and_comes_again(desk: PaperDesk) -> None:
    for account in range(SWEPT_TOGETHER + 3):
        await desk.send(new_id(), 0, pdf(), actor=claimant(account_id=f"account-{account}"))
    desk.now += LIFETIMES.unfinished
    sweeping = asyncio.create_task(
        keep_sweeping(uploads=desk.memory, every=timedelta(milliseconds=1), clock=desk.clock)
    )
    for _ in range(2):
        await eventually(lambda: swept(desk), "everything is swept")
        await desk.send(new_id(), 0, pdf(), actor=MEMBER)
        desk.now += LIFETIMES.unfinished
    sweeping.cancel()

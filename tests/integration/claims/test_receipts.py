"""Papers on a real MongoDB and RabbitMQ: the format, the rights, races, memory."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from gridfs import GridFSBucket
from pymongo import MongoClient

from deploy.local.stack import Stack
from services.claims.app import build
from services.claims.domain.receipt_errors import ReceiptInfectedError, ScannerUnavailableError
from services.claims.domain.receipts import Owner, Receipt, owner_of_claim
from services.claims.gateways import ClamdScanner
from services.claims.handlers.uploading import Stores
from services.claims.settings import Settings
from services.claims.storage import SCHEMA, MongoReceipts, MongoUploads
from services.edge.receipts import Receipts, Upload
from shared.clock import new_id, utc_now
from shared.contracts.claims.receipts import RECEIPT_LIMIT_BYTES, RECEIPT_SLICE_BYTES
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, Document, DuplicateKey, Session, opened
from shared.rpc import RpcClient
from shared.schema import Schema
from tests.support.clamd import fake_clamd
from tests.support.receipt_files import EICAR, pdf, pdf_of
from tests.support.receipts_desk import LIFETIMES, PaperDesk, claimant
from tests.support.receipts_repository_contract import MANY, ReceiptsRepositoryContract, a_claim, kept

MakeDatabase = Callable[[Schema], Awaitable[Database]]
MiB = 2**20

pytestmark = pytest.mark.req("CLM-5")


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


def stores_on(database: Database) -> Stores:
    return Stores(MongoReceipts(database), MongoUploads(database), None, LIFETIMES)


class TestMongoReceipts(ReceiptsRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> Stores:
        return stores_on(database)


async def counts(database: Database) -> tuple[int, int, int]:
    names = ("receipts", "receipts.files", "receipts.chunks")
    records, files, parts = [await database.collection(name).count({}) for name in names]
    return records, files, parts


async def test_a_paper_is_a_file_that_any_driver_reads(stack: Stack, database: Database) -> None:
    desk, content = PaperDesk(stores_on(database)), pdf_of(2 * RECEIPT_SLICE_BYTES + 3)
    view = await desk.upload(content, file_name="reçu.pdf")

    def read() -> tuple[bytes, str, str]:
        with (
            MongoClient[Document](stack.servers.mongodb_admin_url) as admin,
            GridFSBucket(admin[database.name], "receipts").open_download_stream(view.receipt_id) as file,
        ):
            metadata = file.metadata or {}
            return file.read(), str(file.filename), str(metadata["sha256"])

    assert await asyncio.to_thread(read) == (content, "reçu.pdf", sha256(content).hexdigest())
    await desk.delete(view.receipt_id, actor=claimant())
    assert await counts(database) == (0, 0, 0)


async def test_what_is_refused_leaves_no_document(database: Database) -> None:
    content = pdf_of(3 * RECEIPT_SLICE_BYTES)
    infected = content[:500_000] + EICAR + content[500_000 + len(EICAR) :]
    async with fake_clamd() as clamd:
        desk = PaperDesk(stores_on(database), scanner=ClamdScanner("127.0.0.1", clamd.port))
        with pytest.raises(ReceiptInfectedError):
            await desk.upload(infected)
        assert await counts(database) == (0, 0, 0)
        await desk.upload(content)
        assert await counts(database) == (1, 1, 3)
    with pytest.raises(ScannerUnavailableError):
        await desk.upload(content)
    assert await counts(database) == (1, 1, 3)


async def test_the_rights_of_the_service_are_enough(stack: Stack) -> None:
    """Its role may find, insert, update and remove; not even list indexes."""
    async with opened(stack.mongodb_url("claims"), "claims") as database:
        stores, claim = stores_on(database), a_claim()
        owner = owner_of_claim(claim)
        made = await kept(stores, owner)
        assert await stores.receipts.attach([made.id], claim, owner=owner, session=None)
        other = await kept(stores, owner)
        assert await stores.uploads.release(other.id)
        await stores.uploads.erase(other.id)
        assert await stores.receipts.get(other.id) is None


async def test_two_claims_that_name_a_paper_at_once_share_it_out(database: Database) -> None:
    stores, first = stores_on(database), a_claim()
    owner = owner_of_claim(first)
    papers = [(await kept(stores, owner)).id for _ in range(5)]
    rivals = [replace(first, id=new_id(), receipts=tuple(papers)) for _ in range(6)]

    async def join(rival: int) -> Collection[Receipt]:
        async def work(session: Session) -> Collection[Receipt]:
            return await stores.receipts.attach(papers, rivals[rival], owner=owner, session=session)

        return await database.with_transaction(work)

    joined = await asyncio.gather(*(join(rival) for rival in range(6)))
    assert sorted(receipt.id for each in joined for receipt in each) == sorted(papers)
    for rival, mine in zip(rivals, joined, strict=True):
        assert [each.id for each in await stores.receipts.list_of_claim(rival.id)] == [each.id for each in mine]


async def test_a_claim_that_is_not_stored_in_the_end_leaves_its_papers_free(database: Database) -> None:
    stores, claim = stores_on(database), a_claim()
    owner = owner_of_claim(claim)
    made = await kept(stores, owner)

    async def work(session: Session) -> None:
        assert await stores.receipts.attach([made.id], claim, owner=owner, session=session)
        raise DuplicateKey

    with pytest.raises(DuplicateKey):
        await database.with_transaction(work)
    assert await stores.receipts.get(made.id) == made


async def test_a_sweep_and_a_claim_at_the_same_moment_exclude_each_other(database: Database) -> None:
    stores, claim = stores_on(database), a_claim()
    owner, much_later = owner_of_claim(claim), utc_now() + timedelta(days=365)
    papers = [(await kept(stores, owner)).id for _ in range(20)]

    async def join() -> set[str]:
        joined = set()
        for paper in papers:
            joined |= {each.id for each in await stores.receipts.attach([paper], claim, owner=owner, session=None)}
        return joined

    async def sweep() -> set[str]:
        released = set(await stores.uploads.release_overdue(much_later, limit=MANY))
        for paper in released:
            await stores.uploads.erase(paper)
        return released

    joined, *swept = await asyncio.gather(join(), sweep(), sweep(), sweep())
    gone = set[str]().union(*swept)
    assert joined | gone == set(papers)
    assert not joined & gone
    left = {each.id for each in await stores.receipts.list_of_claim(claim.id)}
    assert left == joined
    assert await counts(database) == (len(joined), len(joined), len(joined))


async def test_a_slice_that_comes_while_its_upload_is_removed_leaves_nothing(database: Database) -> None:
    stores, owner = stores_on(database), Owner("account", dossier_id="dossier")

    async def removed(upload: str) -> None:
        assert await stores.uploads.release(upload)
        await stores.uploads.erase(upload)

    for _ in range(20):
        upload = new_id()
        assert await stores.uploads.begin(upload, owner, at_most=MANY, forget_at=utc_now())
        await asyncio.gather(
            removed(upload), *(stores.uploads.put_part(upload, owner, position, b"late") for position in range(8))
        )
    assert await counts(database) == (0, 0, 0)


async def test_what_is_not_under_way_becomes_no_file(database: Database) -> None:
    stores = stores_on(database)
    made = replace(await kept(stores, Owner("a", dossier_id="d")), id=new_id())
    assert not await stores.uploads.keep(made, forget_at=utc_now())
    assert await counts(database) == (1, 1, 1)


@pytest.fixture
async def through_the_bus(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receipts]:
    """Claims as it runs, with its users and rights, and the edge's side of the bus; both in this process."""
    for name, value in stack.environment("claims").items():
        if name.startswith("ACQUIT_"):
            monkeypatch.setenv(name, value)
    service = build(Settings())
    await service.start()
    broker = make_broker(stack.rabbitmq_url("edge"), prefetch=50, app_id="edge")
    rpc = RpcClient(Publisher(broker, user="edge"))
    rpc.attach(broker)
    await broker.start()
    yield Receipts(rpc, ids=new_id)
    await broker.stop()
    await service.outbox.drain()
    await service.broker.stop()
    service.database.close()


async def test_several_files_of_ten_megabytes_pass_edge_and_claims_in_constant_memory(
    through_the_bus: Receipts,
) -> None:
    actor, content = claimant(new_id(), account_id=new_id()), pdf_of(RECEIPT_LIMIT_BYTES)
    about = Upload(kind="receipt", uploader="member", file_name="reçu.pdf")
    small = memoryview(content)

    async def file() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield bytes(small[start : start + 65_536])

    async def small_file() -> AsyncIterator[bytes]:
        yield pdf()

    await through_the_bus.upload(small_file(), about, actor=actor)
    tracemalloc.start()
    try:
        views = await asyncio.gather(*(through_the_bus.upload(file(), about, actor=actor) for _ in range(5)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {view.sha256 for view in views} == {sha256(content).hexdigest()}
    assert peak < 24 * MiB, "five files of 10 MB, both ends in one process"

    digest, opened_file = sha256(), await through_the_bus.open(views[0].receipt_id, actor=actor)
    async for part in through_the_bus.download(opened_file, actor=actor):
        digest.update(part)
    assert digest.hexdigest() == views[0].sha256

"""Papers at the edge: the file is the body; it goes on in slices, and comes back in slices."""

import asyncio
import tracemalloc
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.openapi import document
from services.edge.problems import TooLarge
from services.edge.receipts import SLICES_AT_ONCE, Receipts, Upload, slices_of
from shared.clock import new_id
from shared.contracts import Actor, Command, Done, Query, View
from shared.contracts.claims.receipts import (
    RECEIPT_LIMIT_BYTES,
    RECEIPT_SLICE_BYTES,
    ClaimReceipts,
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenedReceipt,
    OpenReceipt,
    ReceiptDescription,
    ReceiptSlice,
    ReceiptSliceStored,
    ReceiptView,
    StoreReceiptSlice,
)
from shared.errors import Rejected, Transient
from tests.support.edge_api import Edge

pytestmark = pytest.mark.req("CLM-5")

MiB = 2**20


def kept(message: FinishReceipt) -> ReceiptView:
    return ReceiptView(
        receipt_id=message.receipt_id,
        kind=message.kind,
        media_type="application/pdf",
        size_bytes=message.size_bytes,
        sha256=message.sha256,
        file_name=message.file_name or "document.pdf",
        uploaded_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


def description(**changes: Any) -> ReceiptDescription:
    values: dict[str, Any] = {
        "receipt_id": "receipt-1",
        "kind": "receipt",
        "media_type": "image/png",
        "size_bytes": 8,
        "sha256": "0" * 64,
        "file_name": "reçu d’été.png",
        "uploaded_at": datetime(2026, 11, 22, tzinfo=UTC),
        **changes,
    }
    return ReceiptDescription(**values)


@pytest.fixture
def taking(edge: Edge) -> Edge:
    """Claims takes everything."""
    edge.rpc.replies |= {
        StoreReceiptSlice: lambda m: ReceiptSliceStored(position=m.position),
        FinishReceipt: kept,
        DeleteReceipt: Done(),
    }
    return edge


async def post(edge: Edge, content: Any, *, query: str = "?kind=receipt", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await edge.client.post(f"/receipts{query}", content=content, headers=edge.bearer() | named)


async def in_pieces(content: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_a_file_goes_on_in_slices_and_is_answered_with_what_it_is(taking: Edge) -> None:
    content = bytes(range(256)) * 3_000
    answer = await post(taking, content, query="?kind=xray", x_file_name="re%C3%A7u.pdf", content_type="text/html")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["kind"], body["size_bytes"], body["sha256"]) == ("xray", len(content), sha256(content).hexdigest())
    assert body["file_name"] == "reçu.pdf"
    assert answer.headers["location"] == f"/receipts/{body['receipt_id']}"
    sent = taking.rpc.of(StoreReceiptSlice)
    assert [each.position for each in sent] == [0, 1, 2]
    assert b"".join(b64decode(each.data) for each in sent) == content
    (finished,) = taking.rpc.of(FinishReceipt)
    assert {each.receipt_id for each in sent} == {finished.receipt_id} == {body["receipt_id"]}
    assert (finished.slices, finished.uploader) == (3, "member")
    assert taking.rpc.of(DeleteReceipt) == []


@pytest.mark.parametrize(
    ("roles", "features", "query", "uploader"),
    [
        (("member",), ("claims",), "", "member"),
        (("provider",), (), "", "provider"),
        (("member", "provider"), ("claims",), "", "member"),
        (("member", "provider"), (), "", "provider"),
        (("member", "provider"), ("claims",), "&uploader=provider", "provider"),
    ],
)
async def test_whoever_is_both_says_as_whom(
    taking: Edge, roles: tuple[str, ...], features: tuple[str, ...], query: str, uploader: str
) -> None:
    actor = Actor(
        account_id=new_id(),
        session_id=new_id(),
        roles=roles,
        dossier_id="dossier-1" if "member" in roles else None,
        features=features,
        provider_id="provider-1" if "provider" in roles else None,
        services=("billing",) if "provider" in roles else (),
    )
    expires_at = taking.clock() + timedelta(minutes=10)
    headers = {"authorization": f"Bearer {taking.backend.access.issue(actor, expires_at=expires_at)}"}
    answer = await taking.client.post(f"/receipts?kind=other{query}", content=b"x", headers=headers)
    assert answer.status_code == 201, answer.text
    assert taking.rpc.of(FinishReceipt)[0].uploader == uploader


@pytest.mark.parametrize("query", ["", "?kind=invoice", "?kind=receipt&uploader=agent", "?kind=receipt&more=1"])
async def test_what_is_not_said_properly_is_refused_before_anything_is_read(taking: Edge, query: str) -> None:
    answer = await post(taking, b"x", query=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert taking.rpc.asked == []


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "stated"])
async def test_an_empty_file_is_refused(taking: Edge, chunked: bool) -> None:  # noqa: FBT001
    answer = await post(taking, in_pieces(b"") if chunked else b"")
    assert (answer.status_code, answer.json()["code"]) == (422, "receipt.empty")
    assert taking.rpc.of(StoreReceiptSlice) == []


async def test_ten_megabytes_are_taken_and_one_byte_more_is_not(taking: Edge) -> None:
    content = b"x" * RECEIPT_LIMIT_BYTES
    assert (await post(taking, in_pieces(content))).status_code == 201
    assert len(taking.rpc.of(StoreReceiptSlice)) == 40
    taking.rpc.asked.clear()
    stated = await post(taking, content + b"x")
    assert (stated.status_code, stated.json()["code"]) == (413, "request.too_large")
    assert taking.rpc.asked == []


@pytest.mark.parametrize("lie", [{}, {"content_length": "5"}], ids=["chunked", "lying"])
async def test_what_goes_beyond_is_refused_whatever_was_said_of_its_length(taking: Edge, lie: dict[str, str]) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 100_000
            yield b"x" * 100_000

    answer = await post(taking, endless(), **lie)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert read <= RECEIPT_LIMIT_BYTES + 2 * 100_000
    assert taking.rpc.of(FinishReceipt) == []
    assert {each.receipt_id for each in taking.rpc.of(DeleteReceipt)} == {
        each.receipt_id for each in taking.rpc.of(StoreReceiptSlice)
    }


@pytest.mark.parametrize(
    ("message", "error", "status"),
    [
        (StoreReceiptSlice, Rejected("claims.receipt_type_refused"), 422),
        (FinishReceipt, Rejected("claims.receipt_infected"), 422),
        (FinishReceipt, Transient("claims.scanner_unavailable"), 503),
        (StoreReceiptSlice, Transient("bus.no_answer"), 503),
    ],
)
async def test_what_claims_refuses_is_told_and_removed(
    taking: Edge, message: type[Command], error: Rejected | Transient, status: int
) -> None:
    taking.rpc.replies |= {message: error, DeleteReceipt: Transient("bus.no_answer")}
    answer = await post(taking, b"x" * (RECEIPT_SLICE_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (status, error.code)
    assert answer.json()["title"] != answer.json()["code"]
    assert len(taking.rpc.of(DeleteReceipt)) == 1


@given(sizes=st.lists(st.integers(0, 400_000), min_size=1, max_size=8).filter(any))
async def test_slices_of_any_stream_are_full_but_the_last_and_nothing_is_lost(sizes: list[int]) -> None:
    content = b"z" * sum(sizes)
    edges = [0, *(sum(sizes[: n + 1]) for n in range(len(sizes)))]

    async def chunks() -> AsyncIterator[bytes]:
        for start, end in pairwise(edges):
            yield content[start:end]

    slices = [part async for part in slices_of(chunks())]
    assert b"".join(slices) == content
    assert all(len(part) == RECEIPT_SLICE_BYTES for part in slices[:-1])
    assert 0 < len(slices[-1]) <= RECEIPT_SLICE_BYTES


async def test_one_chunk_of_any_size_is_not_above_the_limit_unseen() -> None:
    with pytest.raises(TooLarge):
        [part async for part in slices_of(in_pieces(b"x" * (RECEIPT_LIMIT_BYTES + 1), RECEIPT_LIMIT_BYTES * 2))]


class Sink:
    """A bus that takes its time, and forgets."""

    def __init__(self) -> None:
        self.under_way = self.most = 0

    async def request(self, request: Command | Query, _view: type[View], **_: Any) -> View:
        if isinstance(request, FinishReceipt):
            return kept(request)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        body = request.model_dump_json()
        await asyncio.sleep(0.001)
        del body
        self.under_way -= 1
        return ReceiptSliceStored(position=0)


async def sent_at_once(sink: Sink, files: int, *, size: int) -> list[ReceiptView]:
    receipts = Receipts(cast("Any", sink), ids=new_id)
    actor = Actor(account_id="a", session_id="s", roles=("member",), dossier_id="d")
    about = Upload(kind="receipt", uploader="member", file_name=None)
    piece = b"x" * 65_536

    async def file() -> AsyncIterator[bytes]:
        for _ in range(size // len(piece)):
            yield piece

    return list(await asyncio.gather(*(receipts.upload(file(), about, actor=actor) for _ in range(files))))


async def test_several_large_files_at_once_pass_in_less_memory_than_one_of_them_has() -> None:
    tracemalloc.start()
    try:
        views = await sent_at_once(Sink(), 3, size=RECEIPT_LIMIT_BYTES)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {view.size_bytes for view in views} == {RECEIPT_LIMIT_BYTES}
    assert peak < 6 * MiB


async def test_few_slices_are_on_the_bus_however_many_files_come() -> None:
    sink = Sink()
    await sent_at_once(sink, 3 * SLICES_AT_ONCE, size=65_536)
    assert sink.most == SLICES_AT_ONCE


async def test_a_file_comes_back_to_be_saved_and_never_to_be_shown(edge: Edge) -> None:
    parts = [b"one ", b"two."]
    edge.rpc.replies |= {
        OpenReceipt: OpenedReceipt(receipt=description(), slices=2),
        GetReceiptSlice: lambda m: ReceiptSlice(data=b64encode(parts[m.position]).decode()),
    }
    answer = await edge.client.get("/receipts/receipt-1", headers=edge.bearer())
    assert answer.content == b"one two."
    headers = answer.headers
    assert (headers["content-type"], headers["content-length"]) == ("image/png", "8")
    assert headers["content-disposition"] == (
        "attachment; filename=\"recu dete.png\"; filename*=UTF-8''re%C3%A7u%20d%E2%80%99%C3%A9t%C3%A9.png"
    )
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert headers["etag"] == f'"{"0" * 64}"'


@pytest.mark.parametrize("name", ['a"b\r\nSet-Cookie: x.pdf', "日本語.pdf", "..%2f.pdf"])
async def test_no_name_breaks_out_of_its_header(edge: Edge, name: str) -> None:
    edge.rpc.replies |= {
        OpenReceipt: OpenedReceipt(receipt=description(file_name=name, size_bytes=1), slices=1),
        GetReceiptSlice: ReceiptSlice(data="eA=="),
    }
    answer = await edge.client.get("/receipts/receipt-1", headers=edge.bearer())
    assert answer.content == b"x"
    disposition = answer.headers["content-disposition"]
    assert disposition.count('"') == 2
    assert "set-cookie" not in answer.headers


async def test_an_id_that_no_file_can_have_is_refused(edge: Edge) -> None:
    answer = await edge.client.get("/receipts/%24where", headers=edge.bearer())
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert edge.rpc.asked == []


async def test_the_list_and_the_removal_are_one_message_each(edge: Edge) -> None:
    edge.rpc.replies[ListClaimReceipts] = ClaimReceipts(receipts=(description(),))
    edge.rpc.replies[DeleteReceipt] = Done()
    listed = await edge.client.get("/claims/7K2M-9QXA-4T1B/receipts", headers=edge.bearer())
    assert listed.json()["receipts"][0]["receipt_id"] == "receipt-1"
    assert (await edge.client.delete("/receipts/receipt-1", headers=edge.bearer())).status_code == 200
    assert edge.rpc.of(DeleteReceipt) == [DeleteReceipt(receipt_id="receipt-1")]


def test_the_document_tells_what_the_query_holds() -> None:
    operation = document("en")["paths"]["/receipts"]["post"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert parameters["kind"]["required"]
    assert not parameters["uploader"]["required"]
    assert "prescription" in parameters["kind"]["schema"]["enum"]
    assert operation["requestBody"]["content"].keys() == {"application/octet-stream"}

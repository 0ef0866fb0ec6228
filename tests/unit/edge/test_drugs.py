"""Looking up drugs, and the extract of the drug list on its way (COV-1, COV-3, COV-4)."""

from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.drug_errors import RowProblem
from services.edge.drug_list import MAGIC, slices_of
from services.edge.problems import catalogue
from shared.contracts.claims.drugs import (
    UPLOAD_LIMIT_BYTES,
    UPLOAD_SLICE_BYTES,
    BadDrugRow,
    DrugFacets,
    DrugListReport,
    DrugListSliceStored,
    DrugListView,
    DrugsPage,
    GetDrugList,
    LoadDrugList,
    SearchDrugs,
    StoreDrugListSlice,
)
from shared.errors import Rejected
from tests.support.edge_api import FEATURES, Edge

LIST = DrugListView(
    version="v1",
    status="marketed",
    extracted_on=date(2026, 4, 1),
    loaded_at=datetime(2026, 6, 15, tzinfo=UTC),
    products=2,
    skipped=1,
    digest="a" * 64,
    attribution="…",
)
PAGE = DrugsPage(drugs=(), total=0, facets=DrugFacets())
CONTENT = MAGIC + bytes(range(256)) * 3_000


def agent(edge: Edge) -> dict[str, str]:
    return edge.bearer(roles=("agent",), dossier_id=None)


async def put(edge: Edge, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    named = {"content-type": "application/zip"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await edge.client.put("/drug-list", content=content, headers=agent(edge) | named)


@pytest.fixture
def claims(edge: Edge) -> Edge:
    edge.rpc.replies |= {
        StoreDrugListSlice: lambda message: DrugListSliceStored(position=message.position),
        LoadDrugList: DrugListReport(outcome="loaded", list=LIST),
        SearchDrugs: PAGE,
        GetDrugList: LIST,
    }
    return edge


@pytest.mark.req("COV-1", "COV-3")
async def test_a_member_searches_if_the_plan_offers_it(claims: Edge) -> None:
    query = {"text": "metformine 500", "form": "85", "strength": "500 MG", "sort": "company", "limit": "5"}
    answer = await claims.client.get("/drugs", params=query, headers=claims.bearer())
    assert (answer.status_code, answer.json()["total"]) == (200, 0)
    assert claims.rpc.of(SearchDrugs) == [
        SearchDrugs(text="metformine 500", form="85", strength="500 MG", sort="company", limit=5)
    ]
    features = tuple(feature for feature in FEATURES if feature != "drug_lookup")
    refused = await claims.client.get("/drugs", params=query, headers=claims.bearer(features=features))
    assert (refused.status_code, refused.json()["code"]) == (403, "access.feature_missing")


@pytest.mark.req("COV-1")
async def test_an_agent_searches_too(claims: Edge) -> None:
    answer = await claims.client.get("/administration/drugs", params={"text": "met"}, headers=agent(claims))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "query", [{}, {"text": "m"}, {"text": "met", "limit": "101"}, {"text": "met", "sort": "price"}, {"text": "m" * 81}]
)
async def test_a_search_needs_two_signs_and_known_words(claims: Edge, query: dict[str, str]) -> None:
    answer = await claims.client.get("/drugs", params=query, headers=claims.bearer())
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


@pytest.mark.req("COV-4")
async def test_everybody_signed_in_sees_whose_data_it_is(claims: Edge) -> None:
    for headers in (agent(claims), claims.bearer(), claims.bearer(roles=("provider",), dossier_id=None)):
        answer = await claims.client.get("/drug-list", headers=headers)
        assert (answer.status_code, answer.json()["extracted_on"]) == (200, "2026-04-01")


@pytest.mark.req("COV-4")
async def test_an_extract_goes_out_in_slices_and_is_announced(claims: Edge) -> None:
    answer = await put(claims, CONTENT)

    assert (answer.status_code, answer.json()["outcome"]) == (200, "loaded")
    slices = claims.rpc.of(StoreDrugListSlice)
    assert b"".join(b64decode(each.data) for each in slices) == CONTENT
    assert [each.position for each in slices] == [0, 1, 2]
    (loading,) = claims.rpc.of(LoadDrugList)
    assert (loading.slices, loading.size, loading.skip_bad_rows) == (3, len(CONTENT), False)
    assert {each.upload_id for each in slices} == {loading.upload_id}


@pytest.mark.req("COV-4")
async def test_slices_are_sent_while_the_archive_still_comes_in(claims: Edge) -> None:
    sent: list[int] = []

    async def archive() -> AsyncIterator[bytes]:
        yield CONTENT
        sent.append(len(claims.rpc.asked))
        yield CONTENT

    assert (await put(claims, archive())).status_code == 200
    assert sent == [2]


@pytest.mark.req("COV-4")
async def test_bad_rows_are_skipped_when_the_agent_says_so(claims: Edge) -> None:
    await put(claims, CONTENT, skip_bad_rows="true")
    assert [each.skip_bad_rows for each in claims.rpc.of(LoadDrugList)] == [True]


@pytest.mark.req("COV-4")
async def test_malformed_rows_are_named_by_file_and_line_in_both_languages(claims: Edge) -> None:
    rows = tuple(
        BadDrugRow(file="drug.txt", line=number, problem=problem.value)
        for number, problem in enumerate(RowProblem, start=1)
    )
    claims.rpc.replies[LoadDrugList] = DrugListReport(outcome="refused", bad_rows=rows)

    french = await put(claims, CONTENT, accept_language="fr")
    english = (await put(claims, CONTENT, accept_language="en")).json()

    assert (french.status_code, french.json()["code"]) == (422, "claims.drug_rows_refused")
    assert [each["code"] for each in english["errors"]] == [f"drug_row.{problem.value}" for problem in RowProblem]
    assert english["errors"][0]["detail"] == "drug.txt, line 1: is not UTF-8."
    assert french.json()["errors"][0]["detail"] == "drug.txt, ligne 1 : n’est pas en UTF-8."
    assert f"{len(rows)} rows" in english["detail"]


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7 not a zip"])
async def test_what_is_no_zip_is_not_passed_on(claims: Edge, content: bytes) -> None:
    answer = await put(claims, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "drug_list.not_zip")
    assert claims.rpc.asked == []


async def test_an_archive_beyond_the_limit_is_refused(claims: Edge) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield MAGIC
        for _ in range(UPLOAD_LIMIT_BYTES // 4_000_000 + 1):
            yield bytes(4_000_000)

    assert (await put(claims, endless())).status_code == 413
    assert claims.rpc.of(LoadDrugList) == []


async def test_another_content_type_is_refused(claims: Edge) -> None:
    assert (await put(claims, CONTENT, content_type="text/csv")).status_code == 415


@pytest.mark.req("COV-4")
async def test_what_claims_says_of_the_archive_has_words(claims: Edge) -> None:
    claims.rpc.replies[LoadDrugList] = Rejected("claims.drug_file_missing", file="ingred.txt")
    problem: dict[str, Any] = (await put(claims, CONTENT, accept_language="en")).json()
    assert problem["detail"] == "The archive lacks the file ingred.txt. The list in force has not changed."


def test_every_problem_of_a_row_has_words() -> None:
    assert {f"drug_row.{problem.value}" for problem in RowProblem} <= set(catalogue())


@given(lengths=st.lists(st.integers(0, 400_000), max_size=6))
async def test_cutting_loses_nothing(lengths: list[int]) -> None:
    pieces = [MAGIC, *(bytes([number]) * length for number, length in enumerate(lengths))]

    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    parts = [part async for part in slices_of(chunks())]
    assert b"".join(parts) == b"".join(pieces)
    assert {len(part) for part in parts[:-1]} <= {UPLOAD_SLICE_BYTES}
    assert 0 < len(parts[-1]) <= UPLOAD_SLICE_BYTES

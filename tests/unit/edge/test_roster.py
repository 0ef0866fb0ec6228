"""Loading a roster slice by slice (REG-20)."""

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.roster import lines_of, slices_of
from shared.contracts.identity import LoadRosterRows, RosterLineError, RosterReport
from shared.errors import Transient
from tests.support.edge_api import Edge

HEADER = "contract_number,certificate_number"


async def post(edge: Edge, content: bytes | AsyncIterator[bytes], media_type: str = "text/csv") -> httpx.Response:
    headers = edge.bearer(roles=("agent",), dossier_id=None) | {"content-type": media_type}
    return await edge.client.post("/roster", content=content, headers=headers)


def report(message: LoadRosterRows) -> RosterReport:
    rejected = tuple(
        RosterLineError(line=message.first_line + offset, field=None, code="roster.line")
        for offset, line in enumerate(message.lines)
        if line == "bad"
    )
    return RosterReport(accepted=len(message.lines) - len(rejected), unchanged=0, rejected=rejected)


@pytest.mark.req("REG-20")
async def test_a_long_roster_goes_out_in_slices_with_the_lines_numbered_as_in_the_file(edge: Edge) -> None:
    edge.rpc.replies[LoadRosterRows] = report
    lines = [f"{n},1" for n in range(1_234)]
    lines[700] = "bad"

    answer = await post(edge, "\r\n".join(["\ufeff" + HEADER, *lines, ""]).encode(), "text/csv; charset=utf-8")

    assert answer.json() == {
        "accepted": 1_233,
        "unchanged": 0,
        "rejected": [{"line": 702, "field": None, "code": "roster.line"}],
        "rejected_total": 1,
    }
    messages = edge.rpc.of(LoadRosterRows)
    assert [(message.first_line, len(message.lines)) for message in messages] == [(2, 500), (502, 500), (1002, 234)]
    assert {message.header for message in messages} == {HEADER}
    assert [line for message in messages for line in message.lines] == lines
    assert {asked.timeout_seconds for asked in edge.rpc.asked} == {30.0}


@pytest.mark.req("REG-20")
async def test_slices_are_sent_while_the_file_still_comes_in(edge: Edge) -> None:
    edge.rpc.replies[LoadRosterRows] = report
    sent_before_the_end: list[int] = []

    async def file() -> AsyncIterator[bytes]:
        yield f"{HEADER}\n".encode()
        for n in range(2_000):
            yield f"{n},1\n".encode()
        sent_before_the_end.append(len(edge.rpc.asked))

    answer = await post(edge, file())

    assert answer.json()["accepted"] == 2_000
    assert sent_before_the_end == [4]


@pytest.mark.req("REG-20")
async def test_refused_lines_are_counted_all_and_shown_up_to_a_thousand(edge: Edge) -> None:
    edge.rpc.replies[LoadRosterRows] = report

    answer = (await post(edge, "\n".join([HEADER, *["bad"] * 1_700]).encode())).json()

    assert (answer["rejected_total"], len(answer["rejected"])) == (1_700, 1_000)
    assert answer["rejected"][-1]["line"] == 1_001


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "roster.empty"),
        (b"\n1,2\n", "roster.empty"),
        (HEADER.encode() + b"\nQu\xe9bec,1\n", "roster.not_utf8"),
        (HEADER.encode() + b"\nok,1\n" + b"x" * 5_000, "roster.line_too_long"),
        (HEADER.encode() + b"\nQu\xc3", "roster.not_utf8"),
    ],
)
@pytest.mark.req("REG-20")
async def test_files_that_are_no_roster(edge: Edge, content: bytes, code: str) -> None:
    edge.rpc.replies[LoadRosterRows] = report

    answer = await post(edge, content)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_another_content_type_is_refused(edge: Edge) -> None:
    assert (await post(edge, b"{}", "application/json")).status_code == 415


async def test_an_outage_half_way_is_told(edge: Edge) -> None:
    def second_fails(message: LoadRosterRows) -> RosterReport:
        if message.first_line > 2:
            raise Transient("bus.no_answer")
        return report(message)

    edge.rpc.replies[LoadRosterRows] = second_fails

    answer = await post(edge, "\n".join([HEADER, *["1,1"] * 600]).encode())

    assert answer.status_code == 503


@given(text=st.text(alphabet="aé\r\n,", max_size=80), cut=st.integers(1, 7), size=st.integers(1, 5))
async def test_cutting_into_chunks_and_slices_loses_no_line(text: str, cut: int, size: int) -> None:
    content = text.encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), cut):
            yield content[start : start + cut]

    parts = [part async for part in slices_of(lines_of(chunks(), limit=1_000), size=size)]

    expected = [line.removesuffix("\r") for line in text.split("\n")]
    if expected[-1] == "" and not text.endswith("\r"):
        expected.pop()
    assert [line for part in parts for line in part.lines] == expected
    assert [part.first_line for part in parts] == [2 + size * n for n in range(len(parts))]

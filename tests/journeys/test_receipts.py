"""Papers over HTTP: uploaded, named by a claim, seen by those who may, and by nobody else."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from tests.journeys.test_audit import recorded
from tests.support.receipt_files import EACH_TYPE, encrypted_pdf, jpeg, pdf, pdf_of, png
from tests.support.world import Member, World, claim_body, yesterday

LIMIT = 10 * 2**20
UNKNOWN = "019ab1c2-0000-7000-8000-000000000001"
GROWTH_KIB = 64 * 1024


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    return await world.member()


async def download(person: Person, receipt_id: str) -> httpx.Response:
    return await person.http.get(f"/receipts/{receipt_id}", headers=person.headers())


async def orthotics(member: Member, *receipts: str, days_ago: int = 1) -> Json:
    """A claim for which a receipt and a prescription are needed, decided; another day is another service."""
    day = (yesterday() - timedelta(days=days_ago)).isoformat()
    line = {"code": "OR-PLT", "answers": {}, "amount_cents": 30_000, "service_date": day}
    body = claim_body(member.persons[0], claim_type="orthotics", line=line, receipts=list(receipts))
    number = await member.submit(body)
    return await member.decided(number)


def missing_papers(claim: Json) -> set[str]:
    codes = {reason["code"] for line in claim["lines"] for reason in line["reasons"]}
    return codes & {"receipt_missing", "prescription_missing", "referral_missing"}


@pytest.mark.req("CLM-5")
@pytest.mark.parametrize("media_type", EACH_TYPE)
async def test_each_type_comes_back_as_it_was(member: Member, media_type: str) -> None:
    content = EACH_TYPE[media_type]
    kept = await member.upload(content, kind="other", name="reçu d’été.exe")
    assert (kept["media_type"], kept["sha256"]) == (media_type, sha256(content).hexdigest())
    assert kept["file_name"].startswith("reçu d’été.")
    answer = await download(member.person, kept["receipt_id"])
    assert answer.content == content
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (media_type, "nosniff")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.req("CLM-5")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00" + b"\0" * 1_000, "claims.receipt_type_refused"),
        (b"<html><script>alert(1)</script></html>", "claims.receipt_type_refused"),
        (encrypted_pdf(), "claims.receipt_encrypted"),
        (jpeg()[:20] + b"%PDF-1.4" + jpeg()[20:], "claims.receipt_ambiguous"),
        (png()[:-6], "claims.receipt_damaged"),
        (b"", "receipt.empty"),
    ],
    ids=["program", "page", "encrypted", "polyglot", "cut off", "empty"],
)
async def test_other_content_under_a_right_name_is_refused_with_a_reason(
    member: Member, content: bytes, code: str
) -> None:
    with pytest.raises(HttpProblem) as refused:
        await member.upload(content, name="recu.pdf")
    assert (refused.value.status, refused.value.code) == (422, code)
    assert len(refused.value.response.json()["detail"]) > 20


@pytest.mark.req("CLM-5")
async def test_ten_megabytes_are_taken_and_one_byte_more_is_not_however_it_is_sent(
    world: World, member: Member
) -> None:
    kept = await member.upload(pdf_of(LIMIT))
    assert kept["size_bytes"] == LIMIT
    assert sha256((await download(member.person, kept["receipt_id"])).content).hexdigest() == kept["sha256"]
    content = pdf_of(LIMIT + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    receipts = world.database("claims")["receipts"]
    before = receipts.count_documents({"state": "under_way"})
    for body in (content, chunks()):
        answer = await world.http.post("/receipts?kind=receipt", content=body, headers=member.person.headers())
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert receipts.count_documents({"state": "under_way"}) <= before


@pytest.mark.req("CLM-5", "CLM-9")
async def test_a_claim_with_its_papers_is_asked_for_none_and_shows_them(member: Member) -> None:
    without = await orthotics(member)
    assert missing_papers(without) == {"receipt_missing"}
    papers = [
        await member.upload(pdf(), kind="receipt", name="Reçu.pdf"),
        await member.upload(jpeg(), kind="prescription", name="Ordonnance.jpg"),
    ]
    ids = [paper["receipt_id"] for paper in papers]
    claim = await orthotics(member, *ids, UNKNOWN)
    assert missing_papers(claim) == set()
    listed = (await member.person.get(f"/claims/{claim['claim_number']}/receipts"))["receipts"]
    assert listed == papers
    assert (await member.person.get(f"/claims/{without['claim_number']}/receipts"))["receipts"] == []

    again = await orthotics(member, *ids, days_ago=2)
    assert missing_papers(again) == {"receipt_missing"}, "a paper belongs to one claim"
    answer = await member.person.http.delete(f"/receipts/{ids[0]}", headers=member.person.headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "claims.receipt_joined")


@pytest.mark.req("CLM-5")
async def test_an_eleventh_paper_is_refused(member: Member) -> None:
    papers = [(await member.upload(pdf()))["receipt_id"] for _ in range(11)]
    with pytest.raises(HttpProblem) as refused:
        await member.submit(claim_body(member.persons[0], receipts=papers))
    assert refused.value.status == httpx.codes.UNPROCESSABLE_ENTITY
    number = await member.submit(claim_body(member.persons[0], receipts=papers[:10]))
    await member.decided(number)
    assert len((await member.person.get(f"/claims/{number}/receipts"))["receipts"]) == 10
    deleted = await member.person.http.delete(f"/receipts/{papers[10]}", headers=member.person.headers())
    assert deleted.status_code == httpx.codes.OK
    assert (await download(member.person, papers[10])).status_code == httpx.codes.NOT_FOUND


@pytest.mark.req("CLM-5", "R7")
async def test_another_members_paper_is_neither_seen_nor_claimed_with(world: World, member: Member) -> None:
    paper, stranger = await member.upload(pdf()), await world.member()
    answer = await download(stranger.person, paper["receipt_id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "claims.receipt_not_found")
    claim = await orthotics(stranger, paper["receipt_id"])
    assert missing_papers(claim) == {"receipt_missing"}
    claim = await orthotics(member, paper["receipt_id"], days_ago=3)
    assert missing_papers(claim) == {"prescription_missing"}


@pytest.mark.req("CLM-12", "OPS-7", "U5")
async def test_u5_an_agent_sees_papers_and_the_member_sees_that(world: World) -> None:
    member, agent = await world.member(), await world.agent()
    paper = await member.upload(png())
    claim = await orthotics(member, paper["receipt_id"])
    listed = await agent.get(f"/claims/{claim['claim_number']}/receipts")
    assert listed["receipts"] == [paper]
    assert (await download(agent, paper["receipt_id"])).content == png()

    looks = [
        each
        for each in await recorded(member.person, "sensitive_read")
        if each["act"] == "sensitive_read" and each["about"] == member.dossier_id
    ]
    assert {each["by_role"] for each in looks} == {"agent"}
    told = [each["details"] for each in looks]
    assert {"receipts_of_claim": claim["claim_number"]} in told or {"receipt": paper["receipt_id"]} in told


@pytest.mark.req("CLM-5")
async def test_many_large_files_at_once_need_no_more_memory_than_a_few_slices(world: World, member: Member) -> None:
    peaks = {name: peak_kib(world, name) for name in ("edge", "claims")}
    kept = await asyncio.gather(*(member.upload(pdf_of(LIMIT)) for _ in range(8)))
    assert {each["size_bytes"] for each in kept} == {LIMIT}
    grown = {name: peak_kib(world, name) - before for name, before in peaks.items()}
    assert max(grown.values()) < GROWTH_KIB, grown


def peak_kib(world: World, service: str) -> int:
    """The most memory that a process of ours has had."""
    status = Path(f"/proc/{world.stack.supervisor[service].pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])

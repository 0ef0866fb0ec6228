"""The life of a claim after its submission: reviewed by agents, corrected, voided; money follows each version."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from deploy.local.agents import add_agent
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body

ACCIDENT = {"answers": {"work_accident": "yes"}}
BENEFIT_CENTS = 2_800
"""Customary charge in QC 85.00, less the deductible of 50.00, at 80 %."""
CORRECTED_CENTS = 800
"""60.00, less the deductible of 50.00, at 80 %."""


@pytest.fixture(scope="module")
async def second_agent(world: World) -> Person:
    visitor = world.visitor(language="en")
    visitor.password = await asyncio.to_thread(add_agent, world.stack, visitor.email, name="Paul Côté")
    await visitor.sign_in()
    await visitor.set_up_app()
    return visitor


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    made = await world.member()
    await made.enrol()
    return made


async def booked(world: World, number: str, version: int) -> list[int]:
    """Amounts that payments booked for the claim, version by version, once it knows this one."""
    claim_id = world.database("claims")["claims"].find_one({"number": number})["_id"]  # type: ignore[index]
    payments = world.database("payments")

    async def probe() -> bool:
        return payments["claim_versions"].count_documents({"claim_id": claim_id, "version": version}) == 1

    await eventually(probe, f"payments knows version {version} of {number}")
    rows = payments["payables"].find({"claim_id": claim_id}).sort("version", 1)
    return [row["amount_cents"] for row in rows]


async def refused(act: Callable[[], Awaitable[Json]]) -> tuple[int, str]:
    with pytest.raises(HttpProblem) as problem:
        await act()
    return problem.value.status, problem.value.code


async def paid(world: World, member: Member, number: str) -> Json:
    """The claim, paid and deposited by a run of its own."""
    await world.settled((await world.close_run())["run_id"])

    async def probe() -> Json | None:
        claim = await member.claim(number)
        return claim if claim["status"] == "deposited" else None

    claim = await eventually(probe, f"claim {number} is deposited")
    assert claim is not None
    return claim


@pytest.mark.req("CLM-9", "CLM-10", "CLM-11", "CLM-12", "PAY-7")
async def test_a_claim_is_reviewed_paid_corrected_and_voided(
    world: World, member: Member, second_agent: Person
) -> None:
    agent = await world.agent()
    pended = await member.decided(await member.submit(claim_body(member.persons[0], line=ACCIDENT)))
    number = pended["claim_number"]
    assert (pended["status"], pended["outcome"]) == ("in_review", "pended")
    review = f"/review/claims/{number}"

    queue = await agent.get("/review/claims", reason="work_accident", claim_type="physiotherapy", limit="100")
    assert number in [each["claim"]["claim_number"] for each in queue["claims"]]
    await agent.post(f"{review}/lock", {})
    assert await refused(lambda: second_agent.post(f"{review}/lock", {})) == (409, "claims.review_locked")
    await second_agent.post(f"{review}/notes", {"text": "CNESST says no"})
    shown = await agent.get(review)
    assert [each["text"] for each in shown["notes"]] == ["CNESST says no"]
    assert (shown["person"]["relationship"], shown["claim"]["version"]) == ("self", pended["version"])
    verdicts = [{"line": 1, "act": "approve"}]
    decided = await agent.post(f"{review}/decision", {"expected_version": pended["version"], "verdicts": verdicts})
    assert (decided["state"], decided["benefit_cents"]) == ("decided", BENEFIT_CENTS)

    await booked(world, number, decided["version"])
    await world.payable(member)
    claim = await paid(world, member, number)
    assert (await member.person.get("/claims/times"))["days"] == 30
    body = claim_body(member.persons[0], line={"amount_cents": 6_000})
    correction = {"expected_version": claim["version"], "provider": body["provider"], "lines": body["lines"]}
    corrected = await member.person.put(f"/claims/{number}", correction)
    assert (corrected["claim_number"], corrected["benefit_cents"]) == (number, CORRECTED_CENTS)
    assert await member.person.put(f"/claims/{number}", correction) == corrected
    assert await booked(world, number, corrected["version"]) == [BENEFIT_CENTS, CORRECTED_CENTS - BENEFIT_CENTS]
    stale = correction | {"lines": claim_body(member.persons[0], line={"amount_cents": 5_500})["lines"]}
    assert await refused(lambda: member.person.put(f"/claims/{number}", stale)) == (409, "claims.changed_meanwhile")

    voided = await member.person.post(f"/claims/{number}/void", {"reason": "Paid by the employer"})
    assert (voided["status"], voided["benefit_cents"]) == ("voided", 0)
    assert sum(await booked(world, number, voided["version"])) == 0
    assert await refused(lambda: member.person.put(f"/claims/{number}", stale)) == (409, "claims.voided")
    again = await member.decided(await member.submit(claim_body(member.persons[0])))
    assert (again["outcome"], again["benefit_cents"]) == ("reduced", BENEFIT_CENTS)
    await world.mail_about(member.person.email, number, "annulée")

    async def told() -> bool:
        about = str(member.account["account_id"])
        acts = (await agent.get("/administration/audit", about=about, limit=100))["acts"]
        return {"review_locked", "review_read", "review_decided"} <= {act["details"].get("what") for act in acts}

    await eventually(told, "the audit has what agents did")


@pytest.mark.req("CLM-12")
async def test_many_claims_are_decided_at_once_and_a_member_may_not(world: World, member: Member) -> None:
    agent = await world.agent()
    bodies = [claim_body(person, line=ACCIDENT) for person in member.persons[1:]]
    numbers = [(await member.decided(await member.submit(body)))["claim_number"] for body in bodies]
    judgement = {"act": "ask", "document": "referral"}
    body = {"claim_numbers": numbers, "judgement": judgement}
    assert await refused(lambda: member.person.post("/review/decisions", body)) == (403, "access.forbidden")

    done = await agent.post("/review/decisions", body)

    assert [each["state"] for each in done["results"]] == ["decided"] * len(numbers)
    claim = await member.claim(numbers[0])
    assert "referral_missing" in [reason["code"] for reason in claim["lines"][0]["reasons"]]
    unknown = {"receipts": [secrets.token_hex(8)]}
    assert await refused(lambda: member.person.post(f"/claims/{numbers[0]}/documents", unknown)) == (
        httpx.codes.UNPROCESSABLE_ENTITY,
        "claims.papers_unknown",
    )

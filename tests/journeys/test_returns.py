"""A deposit that comes back: told, flagged, corrected, paid anew; and everything sums to zero (BNK-5, PAY-5, PAY-6)."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person, code_in
from deploy.local.bank_returns import Order, Returns
from deploy.local.bank_simulator import Bank
from shared.clock import utc_now
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body

BENEFIT = 2_800
"""Of the claim of ``claim_body`` in the standard plan; see ``test_claim_to_deposit``."""

RETURNED = "/administration/returned-payments"
EXCEPTIONS = "/administration/bank-exceptions"
CHEQUES = "/administration/cheques"


async def paid(world: World, members: Sequence[Member]) -> dict[str, Json]:
    """Their payments, settled, by dossier."""
    for member in members:
        await member.enrol()
        await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(*members)
    await world.settled((await world.close_run())["run_id"])
    return {member.dossier_id: await payment_of(member, "settled") for member in members}


async def payment_of(member: Member, status: str, *, but: str = "") -> Json:
    """The member's payment in that status, other than batch ``but``."""

    async def probe() -> Json | None:
        payments: list[Json] = (await member.person.get("/payments"))["payments"]
        found = [one for one in payments if one["status"] == status and one["batch_number"] != but]
        return found[0] if found else None

    payment = await eventually(probe, f"a payment is {status}", timeout_s=40.0)
    assert payment is not None
    return payment


async def change_details(world: World, member: Member) -> None:
    """As a member does it, with a code from the mail; then time passes until the hold is over."""
    person, account = member.person, f"{secrets.randbelow(9 * 10**11) + 10**11}"
    shown = await person.get("/direct-deposit")
    body = {"transit": "30123", "institution": "002", "account": account, "replaces": shown["version"]}
    token = await step_up(person, body)
    await person.post("/direct-deposit/changes", body, Step_Up=token)
    payees = world.database("payments")["payees"]

    async def told() -> bool:
        over = {"$set": {"held_until": utc_now() - timedelta(seconds=1)}}
        return payees.update_one({"_id": member.dossier_id, "details_version": 2}, over).matched_count == 1

    await eventually(told, "payments knows of the change")


async def step_up(person: Person, body: Json) -> str:
    started = await person.post("/step-ups", {"action": "direct_deposit_change", "direct_deposit": body})
    mail = await person.mailbox.wait_for(person.email, subject_contains=started["reference"])
    granted = await person.post(f"/step-ups/{started['step_up_id']}/code", {"code": code_in(mail)})
    return str(granted["step_up_token"])


async def returned_item(agent: Person, batch_number: str, *, reissued: bool = False) -> Json:
    async def probe() -> Json | None:
        page = await agent.get(RETURNED, limit=100, reissued=str(reissued).lower())
        return next((one for one in page["payments"] if one["batch_number"] == batch_number), None)

    found = await eventually(probe, f"batch {batch_number} is listed", timeout_s=40.0)
    assert found is not None
    return found


async def refusal(answer: object) -> tuple[int, str]:
    with pytest.raises(HttpProblem) as refused:
        await answer  # type: ignore[misc]
    return refused.value.status, refused.value.code


async def assert_balanced(agent: Person) -> Json:
    ledger = await agent.get("/ledger")
    assert (ledger["sum_cents"], ledger["unbalanced_transfers"]) == (0, 0)
    return ledger


@pytest.mark.req("BNK-5", "PAY-6", "PAY-7", "SUB-1", "MSG-1", "CLM-11")
@pytest.mark.timeout(240)
async def test_a_deposit_comes_back_is_flagged_corrected_and_paid_anew(world: World) -> None:
    members = await world.members(3)
    unlucky, *others = members
    first = (await paid(world, members))[unlucky.dossier_id]
    batch_number, agent = first["batch_number"], await world.agent()
    await assert_balanced(agent)

    Returns(world.stack.folders.bank_inbox).order(Order(batch_number=batch_number, reason=905, misbehave="duplicate"))
    back = await payment_of(unlucky, "returned")
    assert (back["batch_number"], back["amount_cents"]) == (batch_number, BENEFIT)
    for other in others:
        await payment_of(other, "settled")
    await world.mail_about(unlucky.person.email, batch_number, "Dépôt retourné", "coordonnées bancaires")
    assert (await unlucky.person.get("/direct-deposit"))["flagged"]
    assert not (await others[0].person.get("/direct-deposit"))["flagged"]
    item = await returned_item(agent, batch_number)
    assert (item["reason_code"], item["details_flagged"], item["reissue"]) == (905, True, None)
    assert item["file_number"]
    (claim_number,) = [one["claim_number"] for one in (await unlucky.person.get("/claims"))["claims"]]
    await claim_is(unlucky, claim_number, "returned")

    reissue = {"method": "deposit"}
    path = f"{RETURNED}/{batch_number}/reissue"
    assert await refusal(agent.post(path, reissue)) == (httpx.codes.CONFLICT, "payments.details_not_changed")
    await change_details(world, unlucky)
    assert not (await unlucky.person.get("/direct-deposit"))["flagged"]
    answers = await asyncio.gather(*(asked_twice(agent, path, reissue) for _ in range(2)))
    assert len({answer["reissue"]["batch_number"] for answer in answers}) == 1
    assert await refusal(agent.post(path, {"method": "cheque"})) == (httpx.codes.CONFLICT, "payments.already_reissued")

    again = await payment_of(unlucky, "settled", but=batch_number)
    assert (again["batch_number"], again["amount_cents"]) == (answers[0]["reissue"]["batch_number"], BENEFIT)
    statement = await unlucky.person.get(f"/statements/{again['batch_number']}")
    assert [claim["claim_number"] for claim in statement["claims"]] == [claim_number]
    traced = await returned_item(agent, batch_number, reissued=True)
    assert (traced["reissue"]["status"], traced["reissue"]["method"]) == ("settled", "deposit")
    timeline = await claim_is(unlucky, claim_number, "deposited")
    assert timeline[-4:] == ["returned", "scheduled", "paid", "deposited"]
    await assert_balanced(agent)
    owed = world.database("payments")["transfers"].find({"postings.account": f"returned:{unlucky.dossier_id}"})
    legs = [leg for one in owed for leg in one["postings"] if leg["account"] == f"returned:{unlucky.dossier_id}"]
    assert sorted(leg["amount_cents"] for leg in legs) == [-BENEFIT, BENEFIT]


async def asked_twice(agent: Person, path: str, body: Json) -> Json:
    return await agent.post(path, body)


async def claim_is(member: Member, number: str, status: str) -> list[str]:
    async def probe() -> Json | None:
        claim = await member.claim(number)
        return claim if claim["status"] == status else None

    claim = await eventually(probe, f"the claim is {status}", timeout_s=40.0)
    assert claim is not None
    return [step["status"] for step in claim["timeline"]]


@pytest.mark.req("BNK-5", "PAY-5", "PAY-6", "BNK-2")
@pytest.mark.timeout(240)
async def test_an_agent_uploads_a_file_closes_its_exception_and_issues_a_cheque(world: World) -> None:
    (member,) = await world.members(1)
    payment = (await paid(world, [member]))[member.dossier_id]
    agent, folders = await world.agent(), world.stack.folders
    bank = Bank(folders.bank_outbox, folders.bank_inbox)
    (taken,) = [one for one in bank.payments() if one.batch_number == payment["batch_number"]]
    elsewhere = Returns(folders.root / "bank" / f"by-mail-{secrets.token_hex(4)}")
    content = elsewhere.send({taken.cross_reference: 912}, [taken], misbehave="unknown").read_bytes()

    cut = await upload(world, agent, content[:2_000])
    assert (cut.status_code, cut.json()["code"]) == (httpx.codes.UNPROCESSABLE_ENTITY, "banking.return_file_refused")
    report = await upload(world, agent, content)
    assert report.status_code == httpx.codes.OK, report.text
    figures = {name: report.json()[name] for name in ("items", "applied", "repeated", "exceptions")}
    assert figures == {"items": 2, "applied": 1, "repeated": 0, "exceptions": 1}
    assert (await upload(world, agent, content)).json() == report.json()
    assert (await upload(world, member.person, content)).status_code == httpx.codes.FORBIDDEN
    large = await upload(world, agent, b"A" * (1024 * 1024 + 1))
    assert large.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE

    listed = (await agent.get(EXCEPTIONS, limit=100))["exceptions"]
    (found,) = [one for one in listed if one["source"] == report.json()["sha256"]]
    closing = f"{EXCEPTIONS}/{found['exception_id']}/closing"
    closed = await agent.post(closing, {"note": "La banque s’est trompée."})
    assert closed["exception"]["note"] == "La banque s’est trompée."

    await payment_of(member, "returned")
    issued = await agent.post(f"{RETURNED}/{payment['batch_number']}/reissue", {"method": "cheque"})
    number = issued["reissue"]["cheque_number"]
    (cheque,) = [
        one for one in (await agent.get(f"{CHEQUES}?status=issued"))["cheques"] if one["cheque_number"] == number
    ]
    assert (cheque["payee_id"], cheque["amount_cents"]) == (member.dossier_id, BENEFIT)
    await agent.post(f"{CHEQUES}/{number}/outcome", {"outcome": "cashed", "on": utc_now().date().isoformat()})
    shown = await payment_of(member, "settled")
    assert (shown["method"], shown["batch_number"]) == ("cheque", issued["reissue"]["batch_number"])
    await assert_balanced(agent)


async def upload(world: World, person: Person, content: bytes) -> httpx.Response:
    headers = {**person.headers(), "content-type": "text/plain"}
    return await world.http.post("/administration/bank-returns", content=content, headers=headers)

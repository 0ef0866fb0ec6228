"""Two members claim, are decided, are paid: the whole way of a cent, read back from every side."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json
from tests.support import cpa005_reader as cpa005
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body

BENEFITS = {
    # Customary charge in QC 85.00, less the deductible of 50.00, at 80 %.
    "physiotherapy": 2_800,
    # 85.00 a visit, the deductible is used up, at 80 %.
    "osteopathy": 6_800,
    # 100.00 at 80 %, no deductible.
    "eye_exam": 8_000,
}
"""What the standard plan pays of the claims below, worked out by hand from its figures."""

TOTAL = sum(BENEFITS.values())
STEPS = ["received", "decided", "scheduled", "paid", "deposited"]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened: claims by name, for each of two members with the same claims, and the run that paid them."""

    french: Member
    english: Member
    stranger: Member
    claims: Mapping[str, Mapping[str, Json]]
    accounts: Mapping[str, str]
    run: Json

    def payees(self) -> tuple[Member, Member]:
        return self.french, self.english

    def claims_of(self, member: Member) -> Mapping[str, Json]:
        return self.claims[member.dossier_id]


async def submit_all(member: Member) -> dict[str, Json]:
    """One claim of each kind, each decided before the next, because the deductible goes to the first."""
    own, spouse, _ = member.persons
    bodies = {
        "physiotherapy": claim_body(own),
        "osteopathy": claim_body(own, claim_type="osteopathy", line={"code": "OS-TRT", "amount_cents": 9_000}),
        "eye_exam": claim_body(spouse, claim_type="eye_exam", line={"code": "VX-EXM", "answers": {}}),
        "naturopathy": claim_body(own, claim_type="naturopathy", line={"code": "NA-CON"}),
        "same_service_again": claim_body(own),
        "work_accident": claim_body(spouse, line={"answers": {"work_accident": "yes"}}),
    }
    return {name: await member.decided(await member.submit(body)) for name, body in bodies.items()}


@pytest.fixture(scope="module")
async def story(world: World) -> Story:
    french, stranger = await world.members(2)
    english = await world.member(language="en")
    accounts = {member.dossier_id: await member.enrol() for member in (french, english)}
    claims = {member.dossier_id: await submit_all(member) for member in (french, english)}
    await world.payable(french, english)
    run = await world.settled((await world.close_run())["run_id"])
    return Story(french, english, stranger, claims, accounts, run)


async def payment_of(member: Member) -> Json:
    """The member's only payment."""
    payments: list[Json] = (await member.person.get("/payments"))["payments"]
    assert len(payments) == 1
    return payments[0]


@pytest.mark.req("PAY-8")
async def test_the_run_was_prepared_by_one_agent_and_approved_by_another(story: Story, world: World) -> None:
    agent = await world.agent()
    run = await agent.get(f"/runs/{story.run['run_id']}")
    assert run["state"] == "released"
    assert len(set(run["agents"])) == run["approvals_needed"] == 2
    assert run["prepared_by"] == run["agents"][0]
    assert run["released_cents"] == story.run["amount_cents"]
    paid = (await agent.get(f"/runs/{run['run_id']}/payees", outcome="deposit"))["payees"]
    amounts = {payee["payee_id"]: payee["amount_cents"] for payee in paid}
    assert {amounts[member.dossier_id] for member in story.payees()} == {TOTAL}


@pytest.mark.req("CLM-8", "CLM-9")
async def test_every_kind_of_claim_gets_the_outcome_and_the_amount_that_the_plan_gives(story: Story) -> None:
    expected = {
        "physiotherapy": ("reduced", ["above_customary_charge", "deductible_applied"]),
        "osteopathy": ("reduced", ["above_visit_cap"]),
        "eye_exam": ("approved", []),
        "naturopathy": ("denied", ["benefit_not_covered"]),
        "same_service_again": ("denied", ["already_claimed"]),
        "work_accident": ("pended", ["work_accident"]),
    }
    for member in story.payees():
        claims = story.claims_of(member)
        assert {name: (claim["outcome"], codes_of(claim)) for name, claim in claims.items()} == expected
        assert {name: claim["benefit_cents"] for name, claim in claims.items()} == dict.fromkeys(expected, 0) | BENEFITS
        traced = claims["physiotherapy"]["lines"][0]["trace"]
        assert [step["figures"]["allowed_cents"] for step in traced if step["rule"] == "allowed.customary_charge"] == [
            8_500
        ]


def codes_of(claim: Json) -> list[str]:
    return [reason["code"] for line in claim["lines"] for reason in line["reasons"]]


@pytest.mark.req("CLM-9")
async def test_the_same_decision_is_explained_in_french_and_in_english(story: Story) -> None:
    french, english = story.claims_of(story.french), story.claims_of(story.english)
    denied = french["naturopathy"]["lines"][0]["reasons"][0], english["naturopathy"]["lines"][0]["reasons"][0]
    assert [reason["text"] for reason in denied] == [
        "Votre régime ne couvre pas ce service.",
        "Your plan does not cover this service.",
    ]
    for name in ("physiotherapy", "osteopathy", "naturopathy", "same_service_again", "work_accident"):
        assert codes_of(french[name]) == codes_of(english[name])
        for one, other in zip(reasons_of(french[name]), reasons_of(english[name]), strict=True):
            assert one["text"] != other["text"]
            assert one["next_step"] != other["next_step"]
            assert all((one["next_step"], other["next_step"]))
        assert set(french[name]["explanation"]).isdisjoint(english[name]["explanation"])


def reasons_of(claim: Json) -> list[Json]:
    return [reason for line in claim["lines"] for reason in line["reasons"]]


@pytest.mark.req("BNK-4", "PAY-1")
async def test_the_deposit_file_pays_every_payee_what_the_claims_came_to(world: World, story: Story) -> None:
    content = (world.stack.folders.bank_outbox / story.run["file_name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == story.run["file_sha256"]
    file = cpa005.read(content)
    amounts = [int(segment.amount) for segment in file.segments]
    assert int(file.header.number) == story.run["file_number"]
    assert sum(amounts) == int(file.trailer.value_c_i) == story.run["amount_cents"]
    assert len(amounts) == int(file.trailer.number_c_i) == story.run["payments"]
    for member in story.payees():
        payment = await payment_of(member)
        (segment,) = [one for one in file.segments if one.sundry.strip() == payment["batch_number"]]
        assert int(segment.amount) == payment["amount_cents"] == TOTAL
        assert segment.account.strip() == story.accounts[member.dossier_id]
        assert segment.institution == "000230123"
        assert segment.name.strip() == f"BEATRICE {member.dossier.last_name.upper()}"


@pytest.mark.req("CLM-11")
async def test_a_paid_claim_goes_through_every_status_in_order_and_an_unpaid_one_stays(story: Story) -> None:
    for name in BENEFITS:
        number = story.claims_of(story.french)[name]["claim_number"]

        async def complete(number: str = number) -> Json | None:
            claim = await story.french.claim(number)
            return claim if [step["status"] for step in claim["timeline"]] == STEPS else None

        claim = await eventually(complete, f"claim {number} has every step")
        assert claim is not None
        timeline = claim["timeline"]
        assert claim["status"] == "deposited"
        assert [step["at"] for step in timeline] == sorted(step["at"] for step in timeline)
    denied = await story.french.claim(story.claims_of(story.french)["naturopathy"]["claim_number"])
    waiting = await story.french.claim(story.claims_of(story.french)["work_accident"]["claim_number"])
    assert (denied["status"], waiting["status"]) == ("decided", "in_review")


@pytest.mark.req("PAY-1", "PAY-3")
async def test_payment_and_statement_say_what_the_claims_say(story: Story) -> None:
    for member in story.payees():
        payment = await payment_of(member)
        assert (payment["claims"], payment["amount_cents"], payment["status"]) == (len(BENEFITS), TOTAL, "settled")
        assert payment["settled_on"] == payment["payable_on"] == story.run["payable_on"]
        statement = await member.person.get(f"/statements/{payment['batch_number']}")
        assert statement["amount_cents"] == TOTAL
        paid = {claim["claim_number"]: claim for claim in statement["claims"]}
        decided = [story.claims_of(member)[name] for name in BENEFITS]
        assert paid.keys() == {claim["claim_number"] for claim in decided}
        for claim in decided:
            lines = paid[claim["claim_number"]]["lines"]
            assert [figures_of(line) for line in lines] == [figures_of(line) for line in claim["lines"]]
            assert [code for line in lines for code in line["reason_codes"]] == codes_of(claim)


def figures_of(line: Json) -> Json:
    names = ("submitted_cents", "eligible_cents", "deductible_cents", "share_basis_points", "benefit_cents", "outcome")
    return {name: line[name] for name in names}


@pytest.mark.req("MSG-1")
async def test_each_decision_and_the_payment_are_mailed_once_in_the_member_s_language(
    world: World, story: Story
) -> None:
    words = {
        "fr": ("décision rendue", "à l’étude", "Dépôt envoyé"),
        "en": ("decision made", "under review", "Deposit sent"),
    }
    for member in story.payees():
        decided, pended, sent = words[member.dossier.language]
        numbers = {name: claim["claim_number"] for name, claim in story.claims_of(member).items()}
        for name, number in numbers.items():
            text = await world.mail_about(member.person.email, number, pended if name == "work_accident" else decided)
            assert "http" not in text
        payment = await payment_of(member)
        await world.mail_about(member.person.email, payment["batch_number"], sent)
        subjects = Counter(str(mail["Subject"]) for mail in world.mailbox.messages_to(member.person.email))
        about = [number for subject in subjects.elements() for number in numbers.values() if number in subject]
        assert sorted(about) == sorted(numbers.values())
        assert sum(payment["batch_number"] in subject for subject in subjects.elements()) == 1


@pytest.mark.req("PAY-6")
async def test_the_ledger_sums_to_zero_and_owes_nothing_to_those_who_were_paid(world: World, story: Story) -> None:
    ledger = await (await world.agent()).get("/ledger")
    assert (ledger["sum_cents"], ledger["unbalanced_transfers"]) == (0, 0)
    assert ledger["balances"]["bank"] == -sum(
        run["amount_cents"] for run in world.database("payments")["payments"].find({"status": "settled"})
    )
    owners = [*(f"payable:{member.dossier_id}" for member in story.payees()), f"in_transit:{story.run['run_id']}"]
    for account in owners:
        postings = [
            posting["amount_cents"]
            for transfer in world.database("payments")["transfers"].find({"postings.account": account})
            for posting in transfer["postings"]
            if posting["account"] == account
        ]
        assert sum(postings) == 0
        assert sum(amount for amount in postings if amount > 0) >= TOTAL


@pytest.mark.req("LOG-6")
async def test_nobody_else_can_read_the_claims_payments_and_statements(world: World, story: Story) -> None:
    payment = await payment_of(story.french)
    number = story.claims_of(story.french)["physiotherapy"]["claim_number"]
    for path in (f"/claims/{number}", f"/statements/{payment['batch_number']}"):
        assert (await answer_to(story.french, path)).status_code == httpx.codes.OK
        for other in (story.stranger, story.english):
            assert (await answer_to(other, path)).status_code == httpx.codes.NOT_FOUND
        agent = await world.agent()
        assert (await world.http.get(path, headers=agent.headers())).status_code == httpx.codes.FORBIDDEN
        assert (await world.http.get(path)).status_code == httpx.codes.UNAUTHORIZED
    assert (await story.stranger.person.get("/claims"))["claims"] == []
    assert (await story.stranger.person.get("/payments"))["payments"] == []
    listed = {claim["claim_number"] for claim in (await story.english.person.get("/claims"))["claims"]}
    assert listed == {claim["claim_number"] for claim in story.claims_of(story.english).values()}
    for path in (f"/payment-runs/{story.run['run_id']}", "/ledger"):
        assert (await answer_to(story.french, path)).status_code == httpx.codes.FORBIDDEN


async def answer_to(member: Member, path: str) -> httpx.Response:
    return await member.person.http.get(path, headers=member.person.headers())


@pytest.mark.req("BNK-1", "BNK-2")
async def test_direct_deposit_is_shown_masked_and_cannot_be_replaced(story: Story) -> None:
    account = story.accounts[story.french.dossier_id]
    shown = await answer_to(story.french, "/direct-deposit")
    assert (shown.json()["enrolled"], shown.json()["account_ending"]) == (True, account[-3:])
    assert account not in shown.text
    with pytest.raises(HttpProblem) as refused:
        await story.french.enrol()
    assert (refused.value.status, refused.value.code) == (httpx.codes.CONFLICT, "banking.already_enrolled")
    assert (await story.french.person.get("/direct-deposit"))["account_ending"] == account[-3:]
    assert (await story.stranger.person.get("/direct-deposit"))["enrolled"] is False

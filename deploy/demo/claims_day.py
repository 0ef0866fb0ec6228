"""What an office does with claims on one day: drugs, receipts, another insurer, corrections, reviews, an estimate, a
practice that bills in batches.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import httpx

from deploy.demo.bodies import OTHERS_PAID_CENTS, PROVIDER, Bodies
from deploy.demo.client import HttpProblem, Json, Person
from deploy.demo.observer import Observer
from deploy.demo.people import Member
from deploy.demo.story import Story, dollars
from deploy.demo.summary import Summary
from deploy.sample.billing import sample_batch
from deploy.sample.drugs import extract_of, sample_drugs
from deploy.sample.papers import photo_png, receipt_pdf

BATCH: Final = 300
DECISION_SECONDS: Final = 60.0
COVERED: Final = {"yes": "covered", "conditions": "covered under conditions", "no": "not covered"}
PHARMACY: Final = "Pharmacie du Vieux-Port"


@dataclass(slots=True)
class ClaimsDay:
    """The scenes of the chapter. ``agent`` and ``second`` are agents of the insurer, ``dentist`` bills by batches."""

    agent: Person
    second: Person
    dentist: Person
    members: Sequence[Member]
    observer: Observer
    today: date
    summary: Summary
    bodies: Bodies = field(init=False)
    _keys: int = field(default=0, init=False)
    _standing: dict[str, int] = field(default_factory=dict, init=False)
    """The version in which each changed claim stands."""

    def __post_init__(self) -> None:
        self.bodies = Bodies(self.today)

    async def tell(self, story: Story) -> None:
        """All scenes, and what is worth saying about them."""
        french, english = self.speaking("fr"), self.speaking("en")
        story.tell(f"An agent loaded the drug list: {await self.drug_list()} products.")
        drug, answer = await self.look_up(french, "metformine")
        balance = await self.balance(french, "drugs")
        left = next(limit["remaining"] for limit in balance["limits"] if limit["kind"] == "maximum")
        story.tell(
            f"A member looked up {drug['name']} {drug['strength']}: {COVERED[answer['covered']]}, "
            f"{dollars(answer['benefit_cents'])} of {dollars(answer['amount_cents'])}; "
            f"{dollars(left)} left for drugs this year."
        )
        explained = await self.drug_claim(french, drug)
        narcotic, _ = await self.look_up(french, "morphine")
        waiting, complete = await self.completed_claim(french, narcotic)
        story.tell(
            f"Drug claim {explained['claim_number']} with a PDF and a picture: {explained['outcome']}, "
            f"{dollars(explained['benefit_cents'])}. A narcotic without prescription: {waiting['outcome']}; "
            f"once it was added: {complete['outcome']}."
        )
        coordinated = await self.coordinated_claim(english)
        story.tell(
            f"A spouse’s filling of {dollars(coordinated['submitted_cents'])}, of which another insurer had paid "
            f"{dollars(OTHERS_PAID_CENTS)}: {coordinated['outcome']}, {dollars(coordinated['benefit_cents'])}."
        )
        before, after = await self.corrected_claim(english)
        voided = await self.voided_claim(french)
        story.tell(
            f"Claim {after['claim_number']} was corrected from {dollars(before['submitted_cents'])} to "
            f"{dollars(after['submitted_cents'])} under its number; {voided['claim_number']} was voided."
        )
        alone, confirmed = await self.reviewed_claim(french), await self.confirmed_claim(english)
        story.tell(
            f"An agent reviewed a claim after an accident ({dollars(alone['benefit_cents'])}); a wheelchair "
            f"({dollars(confirmed['benefit_cents'])}) needed a second agent, who confirmed."
        )
        estimated = await self.estimate(english)
        story.tell(
            f"A crown was estimated at {dollars(estimated['benefit_cents'])} until {estimated['valid_through']}; "
            "nothing is reserved."
        )
        await self._tell_batch(story)
        await self.observer.wait_for(self._standing, timeout_seconds=DECISION_SECONDS)
        for claim in explained, coordinated:
            story.tell(f"Claim {claim['claim_number']}, {claim['claim_type_name']}, as its member reads it:")
            story.quote(claim["explanation"])

    async def _tell_batch(self, story: Story) -> None:
        with story.console.status("billing a batch"):
            batch = await self.batch()
        refused = next(each for each in batch["results"] if each["status"] == "refused")
        story.tell(
            f"A dentist billed {BATCH} claims at once: {batch['accepted']} accepted and decided, {batch['refused']} "
            f"refused by row, the first in row {refused['line']}:"
        )
        story.quote([refused["detail"]])

    def speaking(self, language: str) -> Member:
        """A member of the standard plan with a spouse who reads this language; another one where there is none."""
        fitting = [each for each in self.members if each.facts.language == language] or self.members
        standard = [each for each in fitting if each.facts.plan_code == "STANDARD"] or fitting
        return max(standard, key=lambda each: len(each.persons) > 1)

    async def drug_list(self) -> int:
        """The agent loads an extract in the form of Health Canada's; how many products are listed (COV-4)."""
        headers = {**self.agent.headers(), "content-type": "application/zip"}
        archive = extract_of(sample_drugs())
        response = await self.agent.http.put("/drug-list", content=archive, headers=headers, timeout=60.0)
        if response.is_error:
            raise HttpProblem(response)
        listed = response.json()["list"]
        deadline = time.monotonic() + DECISION_SECONDS
        while not await self._at_hand(listed["version"]):
            if time.monotonic() > deadline:
                raise TimeoutError("the drug list is not in use")
            await asyncio.sleep(0.2)
        self.summary.drugs_loaded = int(listed["products"])
        return self.summary.drugs_loaded

    async def _at_hand(self, version: str) -> bool:
        """Whether the list is in use: every process of claims looks for another one now and then."""
        try:
            return bool((await self.agent.get("/drug-list"))["version"] == version)
        except HttpProblem as problem:
            if problem.status != httpx.codes.NOT_FOUND:
                raise
            return False

    async def look_up(self, member: Member, text: str) -> tuple[Json, Json]:
        """A drug of this name, and whether it is paid for the member today (COV-1, COV-2)."""
        drug = (await member.person.get("/drugs", text=text, limit=1))["drugs"][0]
        path = f"/drugs/{drug['din']}/eligibility"
        return drug, await member.person.get(path, person_id=member.persons[0], amount_cents=3_600)

    async def balance(self, member: Member, benefit: str) -> Json:
        """How a member stands with a benefit today (COV-5)."""
        balances = await member.person.get("/balances", person_id=member.persons[0])
        found: Json = next(each for each in balances["benefits"] if each["benefit"] == benefit)
        return found

    async def drug_claim(self, member: Member, drug: Json) -> Json:
        """A drug with the pharmacy's receipt as PDF and the label as picture (CLM-5)."""
        lines = [f"{drug['name']} (DIN {drug['din']})", "Quantité : 90 pour 90 jours", "Total : 36,50 $"]
        receipt = await self._upload(member, receipt_pdf(PHARMACY, lines), "receipt", "Reçu de pharmacie.pdf")
        label = await self._upload(member, photo_png(), "other", "Étiquette.png")
        return await self._decided(member, self.bodies.drug(member.persons[0], drug["din"], receipt, label))

    async def completed_claim(self, member: Member, drug: Json) -> tuple[Json, Json]:
        """A narcotic without its prescription waits for it; the member adds it to the same claim (CLM-10)."""
        receipt = await self._upload(member, receipt_pdf(PHARMACY, [drug["name"]]), "receipt", "recu.pdf")
        waiting = await self._decided(member, self.bodies.drug(member.persons[0], drug["din"], receipt))
        prescription = await self._upload(member, photo_png(96, 128), "prescription", "ordonnance.png")
        path = f"/claims/{waiting['claim_number']}/documents"
        return waiting, self._changed(await member.person.post(path, {"receipts": [prescription]}))

    async def coordinated_claim(self, member: Member) -> Json:
        """A filling of the spouse, whose own insurer paid its part first (CLM-8)."""
        spouse = member.persons[min(1, len(member.persons) - 1)]
        declared = {
            "insurer": "Assurance Mutuelle Boréale",
            "person_ids": [spouse],
            "ours": {"held_as": "dependant"},
            "theirs": {"held_as": "member_full_time"},
            "effective_from": f"{self.today.year - 1}-01-01",
        }
        await member.person.put(f"/other-coverages/{uuid4()}", declared)
        claim = await self._decided(member, self.bodies.filling(spouse))
        self.summary.paid_after_other_insurer_cents = claim["benefit_cents"]
        return claim

    async def corrected_claim(self, member: Member) -> tuple[Json, Json]:
        """A member typed an amount ten times too small, and corrects it under the same number (CLM-10)."""
        line = self.bodies.line({"code": "DI-CON", "amount_cents": 900})
        before = await self._decided(member, self.bodies.claim("dietitian", member.persons[0], line))
        correction = {
            "expected_version": before["version"],
            "provider": PROVIDER,
            "lines": [{**line, "amount_cents": 9_000}],
        }
        after = self._changed(await member.person.put(f"/claims/{before['claim_number']}", correction))
        self.summary.claims_corrected += after["version"] > before["version"]
        return before, after

    async def voided_claim(self, member: Member) -> Json:
        """A member withdraws a claim that the employer paid for (CLM-10)."""
        line = {"code": "OS-TRT", "amount_cents": 8_000, "answers": {"work_accident": "no"}}
        claim = await self._decided(member, self.bodies.claim("osteopathy", member.persons[0], line))
        path = f"/claims/{claim['claim_number']}/void"
        voided = self._changed(await member.person.post(path, {"reason": "Payé par l’employeur"}))
        self.summary.claims_voided += voided["status"] == "voided"
        return voided

    async def reviewed_claim(self, member: Member) -> Json:
        """An agent takes a claim after an accident in hand and approves it (CLM-12)."""
        line = {"code": "PH-TRT", "amount_cents": 8_000, "answers": {"work_accident": "yes"}}
        pended = await self._decided(member, self.bodies.claim("physiotherapy", member.persons[0], line))
        return self._reviewed(await self._approve(pended))

    async def confirmed_claim(self, member: Member) -> Json:
        """A wheelchair above what one agent may decide alone: a second one confirms (CLM-12)."""
        receipt = await self._upload(member, receipt_pdf("Orthèses Laval", ["Fauteuil roulant"]), "receipt", "recu.pdf")
        line = {"code": "WC-MAN", "amount_cents": 189_900, "answers": {"work_accident": "no", "rental": "bought"}}
        pended = await self._decided(
            member, self.bodies.claim("wheelchair", member.persons[0], line, receipts=[receipt])
        )
        await self._approve(pended)
        return self._reviewed(await self.second.post(f"/review/claims/{pended['claim_number']}/confirm"))

    async def estimate(self, member: Member) -> Json:
        """What a crown would be paid, before the dentist begins (CLM-10)."""
        line = {"code": "DM-CRN", "amount_cents": 118_000, "tooth": "14", "lab_fee_cents": 30_000}
        body = self.bodies.claim("dental_crown", member.persons[0], line, kind="predetermination")
        estimated = await self._decided(member, body)
        self.summary.predeterminations += estimated["kind"] == "predetermination"
        return estimated

    async def batch(self) -> Json:
        """The dentist bills a batch in which some claims are typed wrongly; the right ones are decided (CLM-6)."""
        headers = {**self.dentist.headers(), "content-type": "text/csv; charset=utf-8"}
        response = await self.dentist.http.post(
            "/provider/claims/batches",
            content=sample_batch(BATCH, today=self.today),
            headers={**headers, "idempotency-key": "demo-batch-1"},
            timeout=60.0,
        )
        if response.is_error:
            raise HttpProblem(response)
        answer: Json = response.json()
        numbers = [each["claim_number"] for each in answer["results"] if each["status"] == "accepted"]
        await self.observer.wait_for(numbers, timeout_seconds=DECISION_SECONDS)
        self.summary.batch_accepted, self.summary.batch_refused = answer["accepted"], answer["refused"]
        self.summary.provider_claims_decided = sum(
            self.observer.decided[number]["pay_to"] == "provider" for number in numbers
        )
        return answer

    async def _upload(self, member: Member, content: bytes, kind: str, name: str) -> str:
        headers = {**member.person.headers(), "x-file-name": quote(name)}
        answer = await member.person.http.post(f"/receipts?kind={kind}", content=content, headers=headers)
        if answer.status_code != httpx.codes.CREATED:
            raise HttpProblem(answer)
        self.summary.receipts_uploaded += 1
        return str(answer.json()["receipt_id"])

    async def _decided(self, member: Member, body: Json) -> Json:
        """The claim with its decision, as its member reads it."""
        self._keys += 1
        number = (await member.person.submit_claim(body, key=f"demo-day-{self._keys:04d}"))["claim_number"]
        await self.observer.wait_for([number], timeout_seconds=DECISION_SECONDS)
        return await member.person.get(f"/claims/{number}")

    async def _approve(self, pended: Json) -> Json:
        """Take the claim in hand and approve all of its lines."""
        path = f"/review/claims/{pended['claim_number']}"
        await self.agent.post(f"{path}/lock")
        await self.agent.post(f"{path}/notes", {"text": "Called the member: papers are complete."})
        verdicts = [{"line": line["line"], "act": "approve"} for line in pended["lines"]]
        decision = {"expected_version": pended["version"], "verdicts": verdicts}
        return await self.agent.post(f"{path}/decision", decision)

    def _reviewed(self, decided: Json) -> Json:
        self.summary.claims_reviewed += decided["state"] == "decided" and decided["outcome"] != "pended"
        return self._changed(decided)

    def _changed(self, claim: Json) -> Json:
        self._standing[claim["claim_number"]] = claim["version"]
        return claim

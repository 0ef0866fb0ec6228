"""The running system from outside: an agent, members with certificates of their own, claims, payment runs.

Everything that is made here has random numbers, so that tests can share one system without meeting each other.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import quote

import httpx
from pymongo import MongoClient
from pymongo.database import Database

from deploy.demo.client import HttpProblem, Json, Person, RosterFacts, plain_text
from deploy.local.agents import add_agent
from deploy.local.mailbox import Mailbox
from deploy.local.stack import Stack
from services.identity.domain.roster_rows import COLUMNS
from shared.clock import business_day, utc_now
from tests.support.waiting import eventually

BIRTH_DATE = date(1984, 3, 17)
SIDE_BY_SIDE = 6
SIGNED_IN_SECONDS = 240.0
"""An agent's access token lives ten minutes; it is replaced well before."""
SECOND_AGENT = "Paul Roy"
"""Who approves what the first agent prepared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A certificate of the roster with a member, a spouse and a child."""

    contract_number: str = field(default_factory=lambda: f"T{secrets.randbelow(10**10):010d}")
    certificate_number: str = field(default_factory=lambda: f"{secrets.randbelow(10**10):010d}")
    last_name: str = field(default_factory=lambda: "".join(secrets.choice("aeilnorstu") for _ in range(10)).title())
    language: str = "fr"
    plan_code: str = "STANDARD"
    province: str = "QC"

    @property
    def facts(self) -> RosterFacts:
        """What its member types to register."""
        return RosterFacts(self.contract_number, self.certificate_number, BIRTH_DATE)

    @property
    def holder_name(self) -> str:
        return f"Béatrice {self.last_name}"

    def rows(self) -> list[str]:
        """Its lines of a roster."""
        persons = (
            ("00", "self", "Béatrice", BIRTH_DATE),
            ("01", "spouse", "Noé", date(1983, 9, 2)),
            ("02", "child", "Maïka", date(utc_now().year - 8, 5, 20)),
        )
        return [
            f"{self.contract_number},{self.certificate_number},{number},{relationship},{first_name},{self.last_name},"
            f"{born},{self.language},{self.province},{self.plan_code},no,2020-01-01,"
            for number, relationship, first_name, born in persons
        ]


@dataclass(slots=True)
class Member:
    """A member who is signed in; ``persons`` are ids, the member's own first."""

    dossier: Dossier
    person: Person
    account: Json
    persons: list[str]

    @property
    def dossier_id(self) -> str:
        return str(self.person.tokens["dossier_id"])

    async def submit(self, body: Json, *, key: str | None = None) -> str:
        """Submit a claim, under a new key unless one is given; its number."""
        accepted = await self.person.submit_claim(body, key=key or secrets.token_urlsafe(16))
        return str(accepted["claim_number"])

    async def upload(self, content: bytes, *, kind: str = "receipt", name: str = "recu.pdf") -> Json:
        """Upload a paper; what it is."""
        return await upload(self.person, content, kind=kind, name=name)

    async def claim(self, number: str) -> Json:
        return await self.person.get(f"/claims/{number}")

    async def decided(self, number: str, *, timeout_s: float = 30.0) -> Json:
        """The claim as soon as it has a decision."""

        async def probe() -> Json | None:
            claim = await found_or_none(self.claim(number))
            return claim if claim is not None and claim["outcome"] is not None else None

        claim = await eventually(probe, f"claim {number} is decided", timeout_s=timeout_s)
        assert claim is not None
        return claim

    async def enrol(self, **boxes: str) -> str:
        """Direct deposit at a random account of twelve digits; the account number."""
        account = f"{secrets.randbelow(9 * 10**11) + 10**11}"
        details = {"transit": "30123", "institution": "002", "account": account} | boxes
        await self.person.put("/direct-deposit", dict(details))
        return details["account"]


async def upload(person: Person, content: bytes, *, kind: str = "receipt", name: str = "recu.pdf") -> Json:
    """Upload a paper of whoever is signed in; what it is."""
    headers = {**person.headers(), "x-file-name": quote(name)}
    answer = await person.http.post(f"/receipts?kind={kind}", content=content, headers=headers)
    if answer.status_code != httpx.codes.CREATED:
        raise HttpProblem(answer)
    kept: Json = answer.json()
    return kept


async def found_or_none(asked: Any) -> Json | None:
    """The answer, or None where the API says 404."""
    try:
        answer: Json = await asked
    except HttpProblem as problem:
        if problem.status != httpx.codes.NOT_FOUND:
            raise
        return None
    return answer


def yesterday() -> date:
    """A service date for which a claim is in time, by the business calendar."""
    return business_day(utc_now()) - timedelta(days=1)


def claim_body(person_id: str, **changes: Any) -> Json:
    """A claim for one physiotherapy treatment of $100.00; ``line`` changes the line, the rest the claim."""
    line = {
        "service_date": yesterday().isoformat(),
        "code": "PH-TRT",
        "units": 1,
        "amount_cents": 10_000,
        "answers": {"work_accident": "no"},
    } | changes.pop("line", {})
    return {
        "claim_type": "physiotherapy",
        "person_id": person_id,
        "provider": {"name": "Clinique du Vieux-Moulin", "phone": "418 555-0110"},
        "lines": [line],
        "authorisation": {"accepted": True, "text_version": "2026-01"},
    } | changes


def provider_body(**changes: Any) -> Json:
    """A physiotherapist of a random name and number, as a member types it."""
    return {
        "profession": "physiotherapist",
        "first_name": "Noémie",
        "last_name": "".join(secrets.choice("aeilnorstu") for _ in range(10)),
        "phone": f"418 {secrets.randbelow(800) + 200}-{secrets.randbelow(10_000):04d}",
        "address": {"street": "12, rue du Moulin", "city": "Lévis", "province": "QC", "postal_code": "g6v 1a1"},
    } | changes


class World:
    """The system that the fixture ``running`` started, seen by its users and by its operator."""

    def __init__(self, stack: Stack) -> None:
        limits = httpx.Limits(max_connections=60, max_keepalive_connections=60)
        self.stack = stack
        self.http = httpx.AsyncClient(base_url=stack.base_url, timeout=60.0, limits=limits)
        self.mailbox: Mailbox = stack.servers.mailbox()
        self._administrator: MongoClient[Json] = MongoClient(stack.servers.mongodb_admin_url)
        self._agents: dict[str, tuple[Person, float]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        self._administrator.close()

    def database(self, service: str) -> Database[Json]:
        """A service's database as its administrator sees it."""
        return self._administrator[service]

    def databases(self) -> list[str]:
        """The names of all databases with data of services."""
        return [name for name in self._administrator.list_database_names() if name in self.stack.services]

    def visitor(self, *, language: str = "fr") -> Person:
        """Somebody with a mailbox and a password, and no account."""
        address = f"{secrets.token_hex(6)}@example.org"
        return Person(self.http, self.mailbox, address, f"{secrets.token_urlsafe(15)}-Aa1", language)

    async def agent(self, name: str = "Rose Gagnon") -> Person:
        """An agent of the insurer, signed in: always the same person under the same name."""
        person, signed_in_at = self._agents.get(name, (None, 0.0))
        if person is None:
            person = self.visitor(language="en")
            person.password = await asyncio.to_thread(add_agent, self.stack, person.email, name=name)
            await person.sign_in()
            await person.set_up_app()
            self._agents[name] = (person, time.monotonic())
        elif time.monotonic() - signed_in_at > SIGNED_IN_SECONDS:
            await person.sign_in()
            self._agents[name] = (person, time.monotonic())
        return person

    async def load(self, *dossiers: Dossier) -> Json:
        """Load these certificates as an agent does; the report."""
        agent = await self.agent()
        lines = [",".join(COLUMNS), *(row for dossier in dossiers for row in dossier.rows())]
        content = ("\n".join(lines) + "\n").encode()
        headers = {**agent.headers(), "content-type": "text/csv; charset=utf-8"}
        response = await self.http.post("/roster", content=content, headers=headers)
        assert response.status_code == httpx.codes.OK, response.text
        report: Json = response.json()
        return report

    async def member(self, **dossier: str) -> Member:
        """A member of a new certificate, registered with a code from the mail and signed in with another."""
        return (await self.members(1, **dossier))[0]

    async def members(self, count: int, **dossier: str) -> list[Member]:
        """Several of them at once; what they claim can be decided from the start."""
        dossiers = [Dossier(**dossier) for _ in range(count)]
        await self.load(*dossiers)
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(dossier: Dossier) -> Member:
            async with places:
                person = self.visitor(language=dossier.language)
                account = await person.register(dossier.facts)
                await person.sign_in()
                covered = (await person.get("/persons"))["persons"]
                return Member(dossier, person, account, [each["person_id"] for each in covered])

        found = list(await asyncio.gather(*(one(dossier) for dossier in dossiers)))
        await self._known_to_claims([member.dossier_id for member in found])
        return found

    async def _known_to_claims(self, dossier_ids: Sequence[str]) -> None:
        coverages = self.database("claims")["coverages"]

        async def probe() -> bool:
            return coverages.count_documents({"_id": {"$in": list(dossier_ids)}}) == len(dossier_ids)

        await eventually(probe, "claims knows the dossiers")

    async def payable(self, *members: Member) -> None:
        """Wait until payments knows every decision on these members' claims, and that they can be paid."""
        ids = [member.dossier_id for member in members]
        decided = self.database("claims")["claims"].distinct("_id", {"dossier_id": {"$in": ids}})

        async def probe() -> bool:
            payments = self.database("payments")
            known = payments["claim_versions"].distinct("claim_id", {"payee_id": {"$in": ids}})
            enrolled = payments["payees"].count_documents({"_id": {"$in": ids}})
            return set(known) >= set(decided) and enrolled == len(ids)

        await eventually(probe, f"payments knows {len(decided)} decisions and {len(ids)} payees")

    async def close_run(self, *, key: str | None = None, payee_class: str = "member") -> Json:
        """A run of members, or of providers, prepared by one agent and approved by another; asked again under the same
        key while nobody answers.
        """
        body, headers = {"payee_class": payee_class}, {"Idempotency_Key": key or secrets.token_urlsafe(16)}
        prepared = await self._asked(await self.agent(), "/runs", body, **headers)
        return await self.approve_run(str(prepared["run_id"]))

    async def approve_run(self, run_id: str) -> Json:
        """The second agent approves; the run as soon as all of it went out."""
        second = await self.agent(SECOND_AGENT)

        async def prepared() -> bool:
            return bool((await second.get(f"/runs/{run_id}"))["state"] != "preparing")

        await eventually(prepared, f"run {run_id} is prepared", timeout_s=60.0)
        await self._asked(second, f"/runs/{run_id}/approval", None)

        async def probe() -> Json | None:
            return await found_or_none(second.get(f"/payment-runs/{run_id}"))

        run = await eventually(probe, f"run {run_id} went out", timeout_s=60.0)
        assert run is not None
        return run

    async def _asked(self, agent: Person, path: str, body: Json | None, **headers: str) -> Json:
        while True:
            try:
                return await agent.post(path, body, **headers)
            except HttpProblem as problem:
                if problem.status != httpx.codes.SERVICE_UNAVAILABLE:
                    raise

    async def settled(self, run_id: str, *, timeout_s: float = 40.0) -> Json:
        """The run as soon as the bank has settled all of it."""
        agent = await self.agent()

        async def probe() -> Json | None:
            run = await agent.get(f"/payment-runs/{run_id}")
            return run if run["status"] == "settled" else None

        run = await eventually(probe, f"run {run_id} is settled", timeout_s=timeout_s)
        assert run is not None
        return run

    async def mail_about(self, address: str, *words: str) -> str:
        """The text of the newest mail to the address with all of these words, once there is one."""

        def matches(message: Any) -> bool:
            text = f"{message['Subject']}\n{plain_text(message)}"
            return all(word in text for word in words)

        found = await self.mailbox.wait_for(address, predicate=matches, timeout_s=30.0)
        return f"{found['Subject']}\n{plain_text(found)}"

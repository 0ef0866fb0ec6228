"""The first part of the day: the roster is loaded, members register, sign in, enrol for direct deposit."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

import httpx

from deploy.demo.client import Json, Person, RosterFacts
from deploy.demo.story import Counter
from deploy.local.agents import add_agent
from deploy.local.mailbox import Mailbox
from deploy.local.stack import Stack
from deploy.sample.generate import ROSTER
from deploy.sample.members import SampleMember

AGENT: Final = "agent@acquit.example.org"
SECOND_AGENT: Final = "second.agent@acquit.example.org"
SIDE_BY_SIDE: Final = 8


@dataclass(slots=True)
class Member:
    """A sample member who is signed in."""

    facts: SampleMember
    person: Person
    persons: list[str]


async def sign_in_agent(
    stack: Stack, http: httpx.AsyncClient, mailbox: Mailbox, *, email: str = AGENT, name: str = "Camille Tremblay"
) -> Person:
    """Add an agent, sign in, and set up the authenticator app without which agents may do nothing."""
    password = await asyncio.to_thread(add_agent, stack, email, name=name, language="en")
    agent = Person(http, mailbox, email, password, language="en")
    await agent.sign_in()
    await agent.set_up_app()
    return agent


async def load_roster(agent: Person) -> Json:
    """Send the sample roster as CSV; the report."""
    response = await agent.http.post(
        "/roster",
        content=ROSTER.read_bytes(),
        headers={**agent.headers(), "content-type": "text/csv; charset=utf-8"},
        timeout=120.0,
    )
    response.raise_for_status()
    report: Json = response.json()
    return report


async def register_members(
    http: httpx.AsyncClient, mailbox: Mailbox, members: tuple[SampleMember, ...], counter: Counter
) -> list[Member]:
    """Register and sign in, a few at a time; everybody reads real mails."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(facts: SampleMember) -> Member:
        async with places:
            person = Person(http, mailbox, facts.email, f"{secrets.token_urlsafe(12)}-Aa1", facts.language)
            roster = RosterFacts(facts.contract_number, facts.certificate_number, facts.birth_date)
            await person.register(roster)
            await person.sign_in()
            covered = await person.get("/persons")
            counter.one_more()
            return Member(facts, person, [each["person_id"] for each in covered["persons"]])

    return list(await asyncio.gather(*(one(facts) for facts in members)))


async def enrol(members: list[Member], counter: Counter) -> None:
    """Direct deposit for these members, at invented accounts of real institutions."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int, member: Member) -> None:
        async with places:
            institution, transit = ("815", "30123") if number % 3 else ("006", "00801")
            account = f"{1_000_000 + number * 7:07d}"
            body = {"transit": transit, "institution": institution, "account": account}
            await member.person.put("/direct-deposit", body)
            counter.one_more()

    await asyncio.gather(*(one(number, member) for number, member in enumerate(members)))

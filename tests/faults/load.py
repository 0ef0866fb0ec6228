"""Claims in numbers, submitted as portals do: again under the same key until the API says that it has them."""

import asyncio
import secrets
from collections.abc import Sequence

import httpx

from deploy.demo.client import HttpProblem, Json
from deploy.sample.claims import sample_claims
from tests.support.waiting import eventually
from tests.support.world import Member, claim_body, yesterday

SIDE_BY_SIDE = 10
PATIENCE_SECONDS = 90.0


async def submit_until_accepted(member: Member, body: Json, *, key: str | None = None) -> str:
    """Submit a claim, whatever goes down and comes back meanwhile; its number."""
    own_key = key or secrets.token_urlsafe(12)

    async def probe() -> str | None:
        try:
            return await member.submit(body, key=own_key)
        except httpx.TransportError:
            return None
        except HttpProblem as problem:
            if problem.status != httpx.codes.SERVICE_UNAVAILABLE:
                raise
            return None

    number = await eventually(probe, "a claim is accepted", timeout_s=PATIENCE_SECONDS)
    assert number is not None
    return number


async def submit_mix(members: Sequence[Member], count: int) -> list[str]:
    """A mix of claims by these members, a few at the same time; their numbers."""
    by_dossier = {member.dossier_id: member for member in members}
    persons = {dossier_id: member.persons for dossier_id, member in by_dossier.items()}
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    seed = secrets.randbelow(10**9)

    async def one(member: Member, body: Json, key: str) -> str:
        async with places:
            return await submit_until_accepted(member, body, key=key)

    claims = sample_claims(persons, count=count, seed=seed, today=yesterday())
    return list(await asyncio.gather(*(one(by_dossier[c.member], dict(c.body), c.key) for c in claims)))


def distinct_bodies(member: Member, count: int) -> list[Json]:
    """Different claims for one service: one more cent each."""
    return [claim_body(member.persons[0], line={"amount_cents": 5_000 + number}) for number in range(count)]

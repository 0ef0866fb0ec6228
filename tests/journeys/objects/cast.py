"""Who owns objects and who tries to get at them; what a case of one route is."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final, Self, TypeVar

import httpx

from deploy.demo.client import Json, Person
from services.edge.auth.codes import challenge_key
from services.identity.domain.providers import ProviderNumber
from shared.clock import business_day, utc_now
from tests.journeys.test_delegation import TEMPORARY, USER_NAME, Practice, enter, texts_to
from tests.journeys.test_hygienist import Hygienist, hygienist
from tests.journeys.test_provider_registration import (
    PROVIDER_HEADER,
    STATEMENT_HEADER,
    Dentist,
    enrol,
    load,
    sign_in,
    temporary_password_of,
)
from tests.support import delegation_pdf
from tests.support.world import Dossier, Member, World

BANK: Final = {"transit": "30123", "institution": "002", "account": "123456789012"}
T = TypeVar("T")
WRONG_CODE: Final = {"code": "000000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An object and what its owner would send about it.

    Args:
        path: All path parameters.
        owner: Who may.
        strangers: Others of the same kind, and of other kinds where those come near.
        guesses: Bodies that strangers try as well.
        seen: What others know in place of ids that are secrets of a browser.
    """

    path: Mapping[str, str]
    owner: Person
    strangers: Sequence[Person]
    body: Json | None = None
    guesses: Sequence[Json] = ()
    content: bytes | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """How the object of a route comes to be, how strangers are refused and, where that is no success, what the owner
    is answered.
    """

    make: Callable[["Cast"], Awaitable[Made]]
    refused: int = httpx.codes.NOT_FOUND
    answered: int | None = None


def secret_of_a_browser(parameter: str, token: str, owner: Person, **made: Any) -> Made:
    """Something that whoever has its name may use: others know what messages, logs and databases call it."""
    return Made(
        path={parameter: token},
        seen={parameter: challenge_key(token)},
        owner=owner,
        strangers=(replace(owner, tokens={}),),
        **made,
    )


@dataclass(slots=True, kw_only=True)
class Cast:
    """Two of each kind who are there from the start; delegates and hygienists get ready meanwhile."""

    world: World
    agent: Person
    owner: Member
    other: Member
    forgetful: Member
    practices: tuple[Practice, Practice]
    professional: Hygienist
    """Listed by the order, without an account."""
    dentists: Sequence[ProviderNumber]
    dossiers: list[Dossier]
    """Loaded, and nobody's yet."""
    _delegates: "asyncio.Task[list[Person]]"
    _hygienists: "asyncio.Task[list[Hygienist]]"
    _days: "count[int]" = field(default_factory=lambda: count(2))

    @classmethod
    async def gathered(cls, world: World) -> Self:
        agent, dossiers, dentists = await world.agent(), [Dossier(), Dossier(), Dossier()], [Dentist(), Dentist()]
        await load(world, "providers", PROVIDER_HEADER, *(each.row() for each in dentists))
        rows = [row for each in dentists for row in each.statement_rows()]
        await load(world, "statements", STATEMENT_HEADER, *rows)
        await world.load(*dossiers)
        (owner, other, forgetful), (first, second) = await asyncio.gather(
            world.members(3), _all(_practice(world, dentist) for dentist in dentists)
        )
        await owner.enrol()
        return cls(
            world=world,
            agent=agent,
            owner=owner,
            other=other,
            forgetful=forgetful,
            practices=(first, second),
            professional=await hygienist(world),
            dentists=[each.number for each in dentists],
            dossiers=dossiers,
            _delegates=asyncio.create_task(_all(_delegate(each, agent) for each in (first, second))),
            _hygienists=asyncio.create_task(_all(_hygienist(world) for _ in range(2))),
        )

    async def delegates(self) -> tuple[Person, Person]:
        """One of each practice, who may bill."""
        first, second = await self._delegates
        return first, second

    async def hygienists(self) -> tuple[Hygienist, Hygienist]:
        """Two who signed their agreements and have them in their inboxes."""
        first, second = await self._hygienists
        return first, second

    def service_date(self) -> str:
        """Another one each time, so that no claim repeats another."""
        return (business_day(utc_now()) - timedelta(days=next(self._days))).isoformat()

    def of_member(self, path: Mapping[str, str], **made: Any) -> Made:
        """What a member owns."""
        return Made(path=path, owner=self.owner.person, strangers=(self.other.person,), **made)

    def of_practice(self, path: Mapping[str, str], **made: Any) -> Made:
        """What a provider owns."""
        mine, theirs = self.practices
        return Made(path=path, owner=mine.person, strangers=(theirs.person,), **made)

    def of_insurer(self, path: Mapping[str, str], **made: Any) -> Made:
        """What only agents may touch."""
        return Made(path=path, owner=self.agent, strangers=(self.owner.person, self.practices[0].person), **made)


async def _all(making: Iterable[Coroutine[None, None, T]]) -> list[T]:
    return list(await asyncio.gather(*making))


async def _practice(world: World, dentist: Dentist) -> Practice:
    """A dentist, registered with direct deposit, with a password of its own."""
    person = world.visitor()
    await enrol(person, dentist, details=BANK)
    temporary = await temporary_password_of(world, person, dentist)
    await sign_in(person, dentist.number.user_name, temporary)
    await person.put("/me/password", {"current_password": temporary, "new_password": person.password})
    person.user_name = dentist.number.user_name
    await person.sign_in()
    return Practice(world, person, dentist.number.provider_id)


async def _delegate(practice: Practice, agent: Person) -> Person:
    """Somebody whom a practice lets bill, by a signed form."""
    delegate = practice.world.visitor()
    request_id = (await practice.request(delegate))["request_id"]
    await practice.hand_in(request_id, delegation_pdf.scan(request_id), **{"signature-kind": "scanned"})
    await agent.post(f"/administration/delegations/{request_id}/decision", {"approve": True})
    (user_name,) = set(USER_NAME.findall(await texts_to(practice.world, practice.person, "utilisateur", "mandataire")))
    (password,) = set(TEMPORARY.findall(await texts_to(practice.world, delegate, "mot de passe temporaire")))
    return await enter(practice.world, user_name, password, delegate)


async def _hygienist(world: World) -> Hygienist:
    found = await hygienist(world)
    await found.open_account()
    await found.sign_in()
    await found.signed()
    await found.inbox()
    return found

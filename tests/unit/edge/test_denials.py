"""What is denied although it is signed (T6, T8, D5, docs/adr/0013)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from services.edge.auth.denials import FORGET_EVERY, OVERLAP, Denials, Denied
from services.edge.auth.errors import SessionEnded, TokenOutdated
from services.edge.auth.records import Denial
from services.edge.auth.tokens import AccessTokens
from shared.clock import new_id
from shared.contracts import Actor
from shared.mongo import Unavailable
from shared.tokens import TokenPolicy
from tests.support import keys
from tests.support.edge_api import MovableClock
from tests.support.edge_memory import MemoryDenials

POLICY = TokenPolicy("urn:test:edge", "urn:test:api")
LIFETIME = timedelta(minutes=10)


def actor(**changes: str) -> Actor:
    values = {"account_id": new_id(), "session_id": new_id(), **changes}
    return Actor(roles=("member",), **values)


def denials(repository: MemoryDenials, clock: MovableClock) -> tuple[Denials, Denied]:
    denied = Denied()
    return Denials(repository, denied, lifetime=LIFETIME, clock=clock), denied


@pytest.mark.req("T6")
async def test_t6_a_denied_session_is_refused_though_its_token_is_remembered() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    service, denied = denials(repository, clock)
    access = AccessTokens(keys.key("edge"), policy=POLICY, clock=clock, ids=new_id, denied=denied)
    who = actor()
    token = access.issue(who, expires_at=clock() + LIFETIME)
    access.verify(token)

    await service.deny_session(who.session_id)
    await service.look()

    with pytest.raises(SessionEnded):
        access.verify(token)


@pytest.mark.req("T8", "D5")
async def test_t8_tokens_from_before_a_change_are_outdated_and_those_after_it_are_not() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    service, denied = denials(repository, clock)
    access = AccessTokens(keys.key("edge"), policy=POLICY, clock=clock, ids=new_id, denied=denied)
    who = actor()
    before = access.issue(who, expires_at=clock() + LIFETIME)
    clock.advance(milliseconds=1)
    changed_at = clock()
    after = access.issue(who, expires_at=clock() + LIFETIME)
    clock.advance(milliseconds=1)

    await service.outdate(who.account_id, changed_at)
    await service.look()

    assert access.verify(after).actor == who
    with pytest.raises(TokenOutdated):
        access.verify(before)


@pytest.mark.req("T8")
def test_a_token_is_as_old_as_the_question_that_it_answers() -> None:
    clock, denied = MovableClock(), Denied()
    access = AccessTokens(keys.key("edge"), policy=POLICY, clock=clock, ids=new_id, denied=denied)
    who, asked_at = actor(), clock()
    clock.advance(seconds=1)  # the rights changed while identity was being asked
    token = access.issue(who, expires_at=clock() + LIFETIME, as_of=asked_at)

    changed = asked_at + timedelta(milliseconds=500)
    denied.take([Denial(account_id=who.account_id, before=changed, at=clock(), until=clock() + LIFETIME)])

    with pytest.raises(TokenOutdated):
        access.verify(token)


async def test_another_process_learns_what_one_wrote() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    (one, _), (other, denied) = denials(repository, clock), denials(repository, clock)
    await other.look()
    who = actor()

    await one.deny_session(who.session_id)
    await other.look()

    with pytest.raises(SessionEnded):
        denied.check(who, issued_at=clock())


async def test_a_denial_whose_commit_took_long_is_not_missed() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    service, denied = denials(repository, clock)
    who, written = actor(), clock()
    clock.advance(seconds=OVERLAP.total_seconds() - 1)
    await service.look()

    await repository.add(Denial(session_id=who.session_id, at=written, until=written + LIFETIME))
    clock.advance(milliseconds=500)
    await service.look()

    with pytest.raises(SessionEnded):
        denied.check(who, issued_at=written)


async def test_a_process_that_starts_loads_what_still_matters_and_nothing_else() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    first, _ = denials(repository, clock)
    await first.deny_session("long ago")
    clock.advance(minutes=11)
    await first.deny_session("lately")
    clock.advance(minutes=5)
    service, denied = denials(repository, clock)

    await service.look()

    assert len(denied) == 1


async def test_what_no_token_can_meet_any_more_is_forgotten() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    service, denied = denials(repository, clock)
    for number in range(10):
        await service.deny_session(f"session-{number}")
        await service.outdate(f"account-{number}", clock())
    await service.look()
    assert len(denied) == 20
    clock.advance(seconds=LIFETIME.total_seconds() + FORGET_EVERY.total_seconds())

    await service.look()

    assert len(denied) == 0


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    clock, denied = MovableClock(), Denied(kept=3)
    denied.take(Denial(session_id=f"session-{n}", at=clock(), until=clock() + LIFETIME) for n in range(5))

    assert len(denied) == 3
    denied.check(actor(session_id="session-1"), issued_at=clock())
    with pytest.raises(SessionEnded):
        denied.check(actor(session_id="session-4"), issued_at=clock())


def test_an_older_change_does_not_make_newer_tokens_good_again() -> None:
    clock, denied = MovableClock(), Denied()
    who, late = actor(), clock() + timedelta(seconds=10)
    for before in (late, clock()):
        denied.take([Denial(account_id=who.account_id, before=before, at=clock(), until=late + LIFETIME)])

    with pytest.raises(TokenOutdated):
        denied.check(who, issued_at=clock() + timedelta(seconds=5))


async def test_many_who_ask_at_once_share_few_looks() -> None:
    clock = MovableClock()

    class Counting(MemoryDenials):
        looks = 0

        async def list_since(self, since: datetime | None, *, now: datetime) -> Sequence[Denial]:
            Counting.looks += 1
            await asyncio.sleep(0)
            return await super().list_since(since, now=now)

    service, _ = denials(Counting(), clock)
    await asyncio.gather(*(service.look() for _ in range(100)))

    assert Counting.looks <= 2


@pytest.mark.wide
async def test_a_database_that_is_away_is_told_and_waited_for() -> None:
    clock, repository = MovableClock(), MemoryDenials()
    service, _ = denials(repository, clock)
    repository.error = Unavailable()
    watching = asyncio.create_task(service.watch())
    await service.loaded(timeout_seconds=0.01)
    assert await service.stale() == "denials were never read"

    repository.error = None
    await service.loaded(timeout_seconds=5.0)
    watching.cancel()

    assert await service.stale() is None
    clock.advance(seconds=6)
    assert await service.stale() == "denials were last read 6 s ago"

"""Remembered tokens."""

from datetime import timedelta

import pytest

from services.edge.auth.tokens import AccessTokens
from shared.clock import new_id
from shared.contracts import Actor
from shared.tokens import InvalidToken, TokenPolicy
from tests.support import keys
from tests.support.edge_api import MovableClock

POLICY = TokenPolicy("urn:test:edge", "urn:test:api")


def tokens(clock: MovableClock, *, kept: int = 10, policy: TokenPolicy = POLICY) -> AccessTokens:
    return AccessTokens(keys.key("edge"), policy=policy, clock=clock, ids=new_id, kept=kept)


def actor() -> Actor:
    return Actor(account_id=new_id(), session_id=new_id(), roles=("member",), dossier_id="dossier-a")


@pytest.mark.req("T1")
def test_the_actor_survives_the_token_whole() -> None:
    clock = MovableClock()
    access, who = tokens(clock), actor()

    token = access.issue(who, expires_at=clock() + timedelta(minutes=10))

    assert access.verify(token).actor == who
    assert access.verify(token).actor == who


@pytest.mark.req("T1")
def test_tokens_of_another_issuer_or_audience_are_refused() -> None:
    clock = MovableClock()
    for policy in (TokenPolicy("urn:other", POLICY.audience), TokenPolicy(POLICY.issuer, "urn:other")):
        token = tokens(clock, policy=policy).issue(actor(), expires_at=clock() + timedelta(minutes=10))
        with pytest.raises(InvalidToken):
            tokens(clock).verify(token)


@pytest.mark.req("T1")
def test_a_token_of_more_than_fifteen_minutes_is_refused() -> None:
    clock = MovableClock()
    access = tokens(clock)

    with pytest.raises(InvalidToken):
        access.verify(access.issue(actor(), expires_at=clock() + timedelta(minutes=16)))


def test_only_so_many_tokens_are_remembered() -> None:
    clock = MovableClock()
    access = tokens(clock, kept=2)
    issued = [access.issue(actor(), expires_at=clock() + timedelta(minutes=10)) for _ in range(3)]

    bearers = [access.verify(token) for token in issued]

    assert access.verify(issued[2]) is bearers[2]
    assert access.verify(issued[0]) is not bearers[0]


@pytest.mark.req("T1")
def test_a_remembered_token_expires_like_any_other() -> None:
    clock = MovableClock()
    access = tokens(clock)
    token = access.issue(actor(), expires_at=clock() + timedelta(minutes=10))
    access.verify(token)

    clock.advance(minutes=10)

    with pytest.raises(InvalidToken):
        access.verify(token)

"""How long and how often a delivery is tried."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.feed import FeedEntry, cursor_of, position_of
from services.payments.domain.subscriber_errors import CursorUnreadable
from services.payments.domain.webhooks import (
    ATTEMPTS_KEPT,
    LONGEST_DELAY,
    RETRY_WINDOW,
    Attempt,
    Delivery,
    EndpointSecret,
    delivery_of,
    retry_delay,
)
from tests.support.payments_subscribers_contract import LATER, NOW, an_endpoint, an_event


def a_delivery() -> Delivery:
    return delivery_of(FeedEntry(position=42, event=an_event()), an_endpoint(), at=NOW)


def tried_until_given_up(jitters: list[float]) -> list[Delivery]:
    """The states of a delivery that is tried whenever it is due and always fails."""
    states = [a_delivery()]
    while (due := states[-1].due_at) is not None:
        jitter = jitters[(len(states) - 1) % len(jitters)]
        attempt = Attempt(at=due, outcome="refused", status=500, milliseconds=1)
        states.append(states[-1].after(attempt, jitter=jitter))
    return states


@pytest.mark.req("SUB-3")
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_failures_are_tried_again_for_three_days_with_growing_pauses(jitters: list[float]) -> None:
    states = tried_until_given_up(jitters)
    last = states[-1]
    assert last.status == "failed"
    assert last.attempts[-1].at - last.attempts[0].at == RETRY_WINDOW
    assert 12 <= last.tries <= 30
    pauses = [later.at - earlier.at for earlier, later in pairwise(last.attempts)]
    assert all(later > earlier for earlier, later in pairwise(pauses[:8]))
    assert max(pauses) <= LONGEST_DELAY * 1.2


def test_pauses_start_at_five_seconds_and_differ_by_a_fifth() -> None:
    assert retry_delay(1, jitter=0.5) == timedelta(seconds=5)
    assert retry_delay(3, jitter=0) == timedelta(seconds=36)
    assert retry_delay(3, jitter=1) == timedelta(seconds=54)
    assert retry_delay(1_000, jitter=0.5) == LONGEST_DELAY


def test_a_success_ends_it_and_the_log_tells_how_it_went() -> None:
    failed = a_delivery().after(Attempt(at=NOW, outcome="timeout", status=None, milliseconds=15_000), jitter=0)
    done = failed.after(Attempt(at=LATER, outcome="delivered", status=204, milliseconds=9), jitter=0)
    assert (done.status, done.due_at, done.tries) == ("delivered", None, 2)
    assert [attempt.outcome for attempt in done.attempts] == ["timeout", "delivered"]


def test_sent_again_it_has_three_days_ahead_and_keeps_its_log() -> None:
    given_up = tried_until_given_up([0.5])[-1]
    anew = given_up.begun_anew(LATER)
    assert (anew.status, anew.due_at, anew.since, anew.tries) == ("pending", LATER, None, 0)
    assert anew.attempts == given_up.attempts


def test_the_log_of_a_delivery_does_not_grow_without_end() -> None:
    delivery = a_delivery()
    for _ in range(ATTEMPTS_KEPT + 5):
        delivery = delivery.after(Attempt(at=NOW, outcome="refused", status=500, milliseconds=1), jitter=0)
    assert len(delivery.attempts) == ATTEMPTS_KEPT


def test_a_replaced_secret_counts_until_its_overlap_has_passed() -> None:
    endpoint = an_endpoint()
    new = EndpointSecret(sealed="new", created_at=NOW)
    both = replace(endpoint, secrets=endpoint.with_new_secret(new, overlap=timedelta(hours=1)))
    assert [one.sealed for one in both.live_secrets(NOW + timedelta(minutes=59))] == ["new", "sealed"]
    assert [one.sealed for one in both.live_secrets(NOW + timedelta(hours=1))] == ["new"]
    assert endpoint.with_new_secret(new, overlap=timedelta(0)) == (new,)


@given(st.integers(0, 10**14))
def test_a_cursor_leads_back_to_its_position(position: int) -> None:
    assert position_of(cursor_of(position)) == position


@pytest.mark.parametrize("cursor", ["42", "ZmVlZDo", "ZmVlZDotMQ", "b3RoZXI6NDI", "%%%", "é", cursor_of(10**15)])
def test_what_the_feed_did_not_give_out_is_no_cursor(cursor: str) -> None:
    with pytest.raises(CursorUnreadable):
        position_of(cursor)

"""The feed over its handlers: what is stored, who reads it, how a reader goes on."""

import orjson
import pytest

from services.payments.handlers.feed import list_events, on_public_event
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.payments_subscribers import EventsPage, ListEvents
from shared.envelopes import Received, event_envelope
from shared.errors import Forbidden
from shared.outbox import Work
from tests.support.payments_builders import claim_adjudicated, member
from tests.support.payments_subscribers_contract import SENT, SETTLED, an_event
from tests.support.payments_subscribers_memory import MemoryFeed
from tests.support.payments_webhook_desk import AGENT

CLIENT = Actor(account_id="client-1", session_id="session-1", roles=("client",), scopes=("events:read",))


async def page(feed: MemoryFeed, *, actor: Actor = AGENT, **query: object) -> EventsPage:
    message = ListEvents.model_validate(query)
    return await list_events(Received(message, new_id(), new_id(), actor), feed=feed)


@pytest.mark.req("SUB-4")
async def test_an_event_is_kept_as_it_was_published() -> None:
    event, feed = claim_adjudicated(), MemoryFeed()
    cause = Received(event, new_id(), new_id())
    published = event_envelope(event, source="claims", cause=cause)
    heard = Received(event, published.message_id, new_id(), wire=published.body)
    works = [Work(None, heard, source="payments")] * 2
    await on_public_event([heard, heard], works, feed=feed)
    (entry,) = feed.entries
    assert entry.event.body.encode() == published.body
    (told,) = (await page(feed)).events
    assert told == orjson.loads(published.body)
    assert (told["id"], told["type"]) == (published.message_id, "claims.claim_adjudicated.v1")


@pytest.mark.req("SUB-4")
async def test_a_reader_goes_on_where_it_stopped_and_ends_with_a_cursor_for_later() -> None:
    feed = MemoryFeed()
    events = [an_event() for _ in range(5)]
    await feed.append(events, session=None)
    first = await page(feed, limit=2)
    second = await page(feed, limit=2, after=first.next_after)
    third = await page(feed, limit=2, after=second.next_after)
    assert [one["id"] for part in (first, second, third) for one in part.events] == [one.event_id for one in events]
    assert [part.more for part in (first, second, third)] == [True, True, False]
    assert (await page(feed, after=third.next_after)).events == ()
    new = an_event()
    await feed.append([new], session=None)
    assert [one["id"] for one in (await page(feed, after=third.next_after)).events] == [new.event_id]


@pytest.mark.req("SUB-4")
async def test_events_of_another_type_are_passed_over_once() -> None:
    feed = MemoryFeed()
    await feed.append([an_event(kind) for kind in (SETTLED, SENT, SETTLED, SETTLED)], session=None)
    found = await page(feed, type=SENT)
    assert len(found.events) == 1
    assert (found.next_after, found.more) == ((await page(feed, limit=4)).next_after, False)


@pytest.mark.req("SUB-4")
async def test_the_feed_is_for_agents_and_for_clients_of_the_insurer() -> None:
    feed = MemoryFeed()
    await page(feed, actor=CLIENT)
    of_provider = CLIENT.model_copy(update={"provider_id": "provider-1"})
    without_scope = CLIENT.model_copy(update={"scopes": ("payments:read",)})
    for actor in (of_provider, without_scope, member("dossier-1")):
        with pytest.raises(Forbidden):
            await page(feed, actor=actor)

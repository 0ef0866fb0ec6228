"""The feed of public events: filling it, and reading it (SUB-4)."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from services.payments.domain.feed import START, PublicEvent, cursor_of, position_of
from services.payments.domain.subscriber_errors import EventsNotForYou
from services.payments.handlers.access import AGENT
from services.payments.handlers.ports_subscribers import FeedRepository
from shared.contracts import Actor
from shared.contracts.payments_subscribers import EventsPage, ListEvents
from shared.envelopes import Received
from shared.outbox import Work

SCOPE: Final = "events:read"


async def on_public_event(batch: Sequence[Received[Any]], works: Sequence[Work], *, feed: FeedRepository) -> list[None]:
    """Events that arrive together take the next positions in one transaction; known ones keep theirs."""
    events = [
        PublicEvent(event_id=item.message_id, wire_type=item.message.wire_type, body=item.wire.decode())
        for item in batch
    ]
    await feed.append(events, session=works[0].session)
    return [None] * len(batch)


async def list_events(received: Received[ListEvents], *, feed: FeedRepository) -> EventsPage:
    """A page of the feed.

    The head is read first: whatever stands up to it was committed by then, so that a page never skips an event that
    another process is just storing.

    Raises:
        EventsNotForYou, CursorUnreadable.
    """
    _require_reader(received.require_actor())
    query = received.message
    position = START if query.after is None else position_of(query.after)
    head = await feed.head()
    entries = await feed.list_after(position, upto=head, limit=query.limit, wire_type=query.type)
    is_full = len(entries) == query.limit
    reached = entries[-1].position if is_full else max(position, head)
    return EventsPage(
        events=tuple(orjson.loads(entry.event.body) for entry in entries),
        next_after=cursor_of(reached),
        more=reached < head,
    )


def _require_reader(actor: Actor) -> None:
    """Agents, and machine clients of the insurer; those of a provider would read about everybody else."""
    if AGENT not in actor.roles and (SCOPE not in actor.scopes or actor.provider_id is not None):
        raise EventsNotForYou

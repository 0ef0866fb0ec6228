"""What the edge does when others say that something happened. One process gets each message."""

from dataclasses import dataclass

from faststream.rabbit import RabbitRoute

from services.edge.auth.access_changes import AccessChanges
from services.edge.auth.challenges import Challenges
from services.edge.auth.denials import Denials
from services.edge.topology import ON_ACCESS_CHANGED, ON_CODE_MAIL
from shared.consuming import Handler, consume, consume_each
from shared.contracts import Message
from shared.contracts.identity.access import AccessChanged
from shared.contracts.notification import DeliveryDelayed, DeliveryFailed
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, each


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """The use cases behind the edge's queues."""

    access_changes: AccessChanges
    denials: Denials
    challenges: Challenges


def routes(reactions: Reactions, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    mails: dict[type[Message], Handler] = {
        DeliveryDelayed: on_code_delayed(reactions),
        DeliveryFailed: on_code_failed(reactions),
    }
    return [
        consume(ON_ACCESS_CHANGED, AccessChanged, on_access_changed(reactions, outbox), publisher),
        consume_each(ON_CODE_MAIL, mails, publisher),
    ]


def on_access_changed(reactions: Reactions, outbox: Outbox) -> Handler:
    """Deny what no longer holds, then make every process look. A repetition makes them look again, no more."""
    join = outbox.group(ON_ACCESS_CHANGED.name, each(reactions.access_changes.on_access_changed)).submit

    async def handle(received: Received[AccessChanged]) -> bytes | None:
        answer = await join(received)
        await reactions.denials.tell()
        return answer

    return handle


def on_code_delayed(reactions: Reactions) -> Handler:
    """The mail server does not take a code for the moment."""

    async def handle(received: Received[DeliveryDelayed]) -> None:
        await reactions.challenges.note_mail(received.message.delivery_id, "delayed")

    return handle


def on_code_failed(reactions: Reactions) -> Handler:
    """A code was given up. Writing that twice is writing it once."""

    async def handle(received: Received[DeliveryFailed]) -> None:
        await reactions.challenges.note_mail(received.message.delivery_id, "failed")

    return handle

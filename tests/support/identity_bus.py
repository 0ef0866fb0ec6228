"""Identity's message handlers over a real database, without a broker: what is published is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.identity.app import handlers_over
from services.identity.routes.members import confirming, loading, starting
from shared.consuming import Handler
from shared.envelopes import Outgoing
from shared.messaging import Publisher, make_broker
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_office import MISSES_ALLOWED


class RecordingPublisher(Publisher):
    """Confirms everything at once."""

    def __init__(self) -> None:
        super().__init__(make_broker("amqp://localhost", prefetch=1, app_id="identity"), user="identity")
        self.published: list[Outgoing] = []

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        self.published.extend(batch)
        return []

    def wire_types(self) -> list[str]:
        return [item.wire_type for item in self.published]


@dataclass(slots=True)
class Instance:
    """One process of the service, as far as its writing handlers go; several may share a database."""

    database: Database
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    outbox: Outbox = field(init=False)
    start: Handler = field(init=False)
    confirm: Handler = field(init=False)
    load: Handler = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.publisher, OutboxSettings(source="identity"))
        handlers = handlers_over(
            self.database,
            opener=keys.opener("identity"),
            policy=build.policy(),
            hashing=build.hashing(),
            subjects=build.subjects(),
            misses_allowed=MISSES_ALLOWED,
        )
        self.start = starting(handlers, self.outbox)
        self.confirm = confirming(handlers, self.outbox)
        self.load = loading(handlers, self.outbox)

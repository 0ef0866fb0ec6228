"""Identity's message handlers over a real database, without a broker: what is published is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.identity.data import load_rules
from services.identity.handlers.enrolment import Steps
from services.identity.handlers.views import AccountViews
from services.identity.routes.enrolment import submitting
from services.identity.routes.members import loading
from services.identity.routes.own_account import adding
from services.identity.wiring import members as app
from shared.clock import new_id, utc_now
from shared.consuming import Handler
from shared.envelopes import Outgoing
from shared.messaging import Publisher, make_broker
from shared.mongo import Database
from shared.notices import Notices
from shared.outbox import Outbox, OutboxSettings, each
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_enrolment import MISSES_ALLOWED, only_walked


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
    submit: Handler = field(init=False)
    load: Handler = field(init=False)
    add_dossier: Handler = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.publisher, OutboxSettings(source="identity"))
        rules, hashing, opener = load_rules(), build.hashing(), keys.opener("identity")
        views = AccountViews(clock=utc_now)
        matching = app.matching_over(self.database, rules=rules, misses_allowed=MISSES_ALLOWED)
        notices = Notices(keys.public("notification"), clock=utc_now, ids=new_id)
        members = app.members_over(self.database, matching=matching, notices=notices)
        steps = app.member_steps(
            self.database, matching=matching, members=members, hashing=hashing, own_key=keys.public("identity")
        )
        walked = only_walked(rules, Steps(*steps))
        enrolments = app.enrolments_over(self.database, rules=walked, steps=Steps(*steps), views=views, opener=opener)
        own = app.own_accounts_over(self.database, matching=matching, members=members, views=views)
        handlers = app.handlers_over(
            self.database, opener=opener, hashing=hashing, views=views, subjects=build.subjects()
        )
        self.start = self.outbox.group("identity.enrolment", each(enrolments.start)).submit
        self.submit = submitting(enrolments, self.outbox)
        self.load = loading(handlers, self.outbox)
        self.add_dossier = adding(own, self.outbox)

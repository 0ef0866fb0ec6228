"""The directory of providers: what identity tells, what members and agents ask and do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message, View
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddProvider,
    ConfirmProvider,
    ListProfessions,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    SearchProviders,
)
from shared.contracts.identity.agreements import AgreementSigned
from shared.contracts.identity.cases import AccountDisabled, AccountReinstated
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRecorded, ProviderRegistered
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

READS: Final = (SearchProviders, ListRecentProviders, ListProfessions, ListProviderDuplicates)
WRITES: Final = (AddProvider, ConfirmProvider, MergeProvider, AcceptProvider)
TOLD: Final = (
    ProviderRecorded,
    ProviderRegistered,
    AgreementSigned,
    AccountDisabled,
    AccountReinstated,
    ProviderAccountEnded,
)

PROVIDERS: Final = Queue("claims.providers", (*READS, *WRITES), message_ttl_ms=REQUEST_TTL_MS)
ON_PROVIDER: Final = Queue("claims.on_provider", TOLD)

TOPOLOGY: Final = ServiceTopology("claims", queues=(PROVIDERS, ON_PROVIDER), publishes=(ActRecorded,))

Reader = Callable[[Received[Any]], Awaitable[View]]


@dataclass(frozen=True, slots=True)
class ProviderHandlers:
    """The use cases with their dependencies bound, by message."""

    readers: Mapping[type[Message], Reader]
    writers: Mapping[type[Message], SingleHandler]
    followers: Mapping[type[Message], SingleHandler]


def routes(handlers: ProviderHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for everything that is asked, one for what happened."""

    def grouped(queue: Queue, handlers: Mapping[type[Message], SingleHandler]) -> dict[type[Message], Handler]:
        return {
            kind: outbox.group(f"{queue.name}.{kind.wire_type.split('.')[1]}", each(handler)).submit
            for kind, handler in handlers.items()
        }

    asked: dict[type[Message], Handler] = {kind: answering(reader) for kind, reader in handlers.readers.items()}
    return [
        consume_each(PROVIDERS, asked | grouped(PROVIDERS, handlers.writers), publisher),
        consume_each(ON_PROVIDER, grouped(ON_PROVIDER, handlers.followers), publisher),
    ]

"""Delegation: requests, signatures, forms, decisions, grants, employees."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import REQUEST_TTL_MS
from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import Message, View
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.delegation import (
    ConfirmSigning,
    DecideDelegation,
    DelegationApproved,
    DelegationRefused,
    FollowDelegationTree,
    GetDelegation,
    GetDelegationTree,
    GetProcessingDate,
    ListDelegationQueue,
    ListDelegations,
    RequestDelegation,
    ResendSigningCode,
    StartSigning,
    WithdrawDelegation,
)
from shared.contracts.identity.delegation_forms import (
    GetBlankForm,
    GetFormSlice,
    GetSending,
    OpenForm,
    StoreFormSlice,
    SubmitForm,
)
from shared.contracts.identity.grants import (
    AddEmployee,
    ChangeGrant,
    GrantChanged,
    LeaveGrant,
    ListDelegates,
    ListMandates,
)
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

READS: Final = (
    GetDelegationTree,
    FollowDelegationTree,
    GetProcessingDate,
    ListDelegations,
    GetDelegation,
    GetBlankForm,
    StoreFormSlice,
    GetSending,
    GetFormSlice,
    ListDelegationQueue,
    ListDelegates,
    ListMandates,
)
"""Answered without a transaction; ``StoreFormSlice`` is a single write."""
WRITES: Final = (
    RequestDelegation,
    WithdrawDelegation,
    StartSigning,
    ResendSigningCode,
    ConfirmSigning,
    SubmitForm,
    OpenForm,
    DecideDelegation,
    ChangeGrant,
    LeaveGrant,
    AddEmployee,
)

DELEGATION = Queue("identity.delegation", (*READS, *WRITES), message_ttl_ms=REQUEST_TTL_MS)
ACCESS_CHANGED = Queue("identity.on_access_changed", (AccessChanged,))

TOPOLOGY = ServiceTopology(
    "identity",
    queues=(DELEGATION, ACCESS_CHANGED),
    publishes=(DelegationApproved, DelegationRefused, GrantChanged),
    sends=(SendCode,),
)

Reader = Callable[[Received[Any]], Awaitable[View]]
Preparation = Callable[[Received[Any]], Awaitable[Received[Any]]]


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound, by message; ``preparations`` come before a transaction."""

    readers: dict[type[Message], Reader]
    writers: dict[type[Message], SingleHandler]
    preparations: dict[type[Message], Preparation]
    on_access_changed: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for everything that is asked, one for what happened."""
    asked: dict[type[Message], Handler] = {kind: answering(reader) for kind, reader in handlers.readers.items()}
    asked |= writing(handlers, outbox)
    following = outbox.group(ACCESS_CHANGED.name, each(handlers.on_access_changed)).submit
    return [
        consume_each(DELEGATION, asked, publisher),
        consume(ACCESS_CHANGED, AccessChanged, following, publisher),
    ]


def writing(handlers: Handlers, outbox: Outbox) -> dict[type[Message], Handler]:
    """Each kind in a group of its own, after its preparation where it has one."""
    return {kind: _writing(kind, handler, handlers, outbox) for kind, handler in handlers.writers.items()}


def _writing(kind: type[Message], handler: SingleHandler, handlers: Handlers, outbox: Outbox) -> Handler:
    join = outbox.group(f"{DELEGATION.name}.{kind.wire_type.split('.')[1]}", each(handler)).submit
    prepare = handlers.preparations.get(kind)
    if prepare is None:
        return join

    async def start(received: Received[Any]) -> bytes | None:
        return await join(await prepare(received))

    return start

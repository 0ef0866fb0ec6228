"""Messages of banking: queues, and which handler each one feeds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from faststream.rabbit import RabbitRoute

from services.banking.handlers.held import Join
from services.banking.routes_returns import TOPOLOGY as RETURNS
from shared.consuming import Handler, answering, consume
from shared.contracts.banking import (
    ChangeDirectDeposit,
    DepositFileSent,
    DepositSettled,
    DirectDepositChanged,
    DirectDepositEnrolled,
    DirectDepositView,
    DirectDepositWithdrawn,
    EnrolDirectDeposit,
    GetDirectDeposit,
    HoldDirectDeposit,
)
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRegistered
from shared.contracts.payments import RunApproved
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

QUERY_TTL_MS: Final = 10_000

ENROL_DIRECT_DEPOSIT = Queue("banking.enrol_direct_deposit", (EnrolDirectDeposit,), message_ttl_ms=QUERY_TTL_MS)
CHANGE_DIRECT_DEPOSIT = Queue("banking.change_direct_deposit", (ChangeDirectDeposit,), message_ttl_ms=QUERY_TTL_MS)
HOLD_DIRECT_DEPOSIT = Queue("banking.hold_direct_deposit", (HoldDirectDeposit,), message_ttl_ms=QUERY_TTL_MS)
ON_PROVIDER_REGISTERED = Queue("banking.on_provider_registered", (ProviderRegistered,))
ON_PROVIDER_ACCOUNT_ENDED = Queue("banking.on_provider_account_ended", (ProviderAccountEnded,))
GET_DIRECT_DEPOSIT = Queue("banking.get_direct_deposit", (GetDirectDeposit,), message_ttl_ms=QUERY_TTL_MS)
ON_MEMBER_REGISTERED = Queue("banking.on_member_registered", (MemberRegistered,))
ON_RUN_APPROVED = Queue("banking.on_run_approved", (RunApproved,))

TOPOLOGY = ServiceTopology(
    "banking",
    queues=(
        ENROL_DIRECT_DEPOSIT,
        HOLD_DIRECT_DEPOSIT,
        CHANGE_DIRECT_DEPOSIT,
        GET_DIRECT_DEPOSIT,
        ON_MEMBER_REGISTERED,
        ON_PROVIDER_REGISTERED,
        ON_PROVIDER_ACCOUNT_ENDED,
        ON_RUN_APPROVED,
        *RETURNS.queues,
    ),
    publishes=(
        DirectDepositEnrolled,
        DirectDepositChanged,
        DirectDepositWithdrawn,
        DepositFileSent,
        DepositSettled,
        *RETURNS.publishes,
    ),
)


class BeforeGroup(Protocol):
    """Prepares a message outside any transaction and hands it to its group commit."""

    def __call__(self, received: Received[Any], /, *, enrol: Handler) -> Awaitable[bytes | None]: ...


class BeforeChange(Protocol):
    """Prepares a change outside any transaction and hands it to its group commit."""

    def __call__(self, received: Received[Any], /, *, change: Handler) -> Awaitable[bytes | None]: ...


class BeforeHolding(Protocol):
    """The same for details that are held."""

    def __call__(self, received: Received[Any], /, *, hold: Join) -> Awaitable[bytes | None]: ...


class BeforeRegistering(Protocol):
    """The same for providers who are registered."""

    def __call__(self, received: Received[Any], /, *, register: Join) -> Awaitable[bytes | None]: ...


class AroundWithdrawal(Protocol):
    """Hands the end of an account to its group commit and finishes after it."""

    def __call__(self, received: Received[Any], /, *, withdraw: Join) -> Awaitable[bytes | None]: ...


class AroundGroups(Protocol):
    """Takes a message through several transactions and what lies between them."""

    def __call__(self, received: Received[Any], /, *, reserve: Handler, mark_sent: Handler) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Handlers:
    """Use cases with their dependencies filled in."""

    prepare_enrolment: BeforeGroup
    enrol: SingleHandler
    prepare_change: BeforeChange
    change: SingleHandler
    prepare_hold: BeforeHolding
    hold: SingleHandler
    prepare_provider: BeforeRegistering
    register_provider: SingleHandler
    on_provider_account_ended: AroundWithdrawal
    withdraw: SingleHandler
    get_direct_deposit: Callable[[Received[GetDirectDeposit]], Awaitable[DirectDepositView]]
    on_member_registered: SingleHandler
    on_run_approved: AroundGroups
    reserve: SingleHandler
    mark_sent: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue. Groups are named as the log records them; those of a run are keyed by the run."""

    def group(name: str, handler: SingleHandler) -> Handler:
        return outbox.group(name, each(handler)).submit

    enrol = partial(handlers.prepare_enrolment, enrol=group(ENROL_DIRECT_DEPOSIT.name, handlers.enrol))
    change = partial(handlers.prepare_change, change=group(CHANGE_DIRECT_DEPOSIT.name, handlers.change))
    hold = partial(handlers.prepare_hold, hold=group(HOLD_DIRECT_DEPOSIT.name, handlers.hold))
    on_provider_registered = partial(
        handlers.prepare_provider, register=group(ON_PROVIDER_REGISTERED.name, handlers.register_provider)
    )
    on_account_ended = partial(
        handlers.on_provider_account_ended, withdraw=group(ON_PROVIDER_ACCOUNT_ENDED.name, handlers.withdraw)
    )
    deposit_run = partial(
        handlers.on_run_approved,
        reserve=group("banking.reserve", handlers.reserve),
        mark_sent=group("banking.mark_sent", handlers.mark_sent),
    )
    on_member_registered = group(ON_MEMBER_REGISTERED.name, handlers.on_member_registered)
    return [
        consume(ENROL_DIRECT_DEPOSIT, EnrolDirectDeposit, enrol, publisher),
        consume(CHANGE_DIRECT_DEPOSIT, ChangeDirectDeposit, change, publisher),
        consume(HOLD_DIRECT_DEPOSIT, HoldDirectDeposit, hold, publisher),
        consume(ON_PROVIDER_REGISTERED, ProviderRegistered, on_provider_registered, publisher),
        consume(ON_PROVIDER_ACCOUNT_ENDED, ProviderAccountEnded, on_account_ended, publisher),
        consume(GET_DIRECT_DEPOSIT, GetDirectDeposit, answering(handlers.get_direct_deposit), publisher),
        consume(ON_MEMBER_REGISTERED, MemberRegistered, on_member_registered, publisher),
        consume(ON_RUN_APPROVED, RunApproved, deposit_run, publisher),
    ]

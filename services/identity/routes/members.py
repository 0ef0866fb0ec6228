"""Members: roster, registration, credentials."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.handlers.registration import PreparedRegistration
from shared.consuming import Handler, answering, consume
from shared.contracts import View
from shared.contracts.identity import (
    AgentAdded,
    ConfirmRegistration,
    CoverageRecorded,
    GetAccount,
    ListPersons,
    LoadRosterRows,
    MemberRegistered,
    ResendRegistrationCode,
    StartRegistration,
    VerifyCredentials,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000
"""Nobody waits longer for an answer."""
SLICE_TTL_MS: Final = 60_000
SLICES_TOGETHER: Final = 2
"""A slice of 500 rows is a transaction of its own size."""

START_REGISTRATION = Queue("identity.start_registration", (StartRegistration,), message_ttl_ms=REQUEST_TTL_MS)
RESEND_CODE = Queue("identity.resend_registration_code", (ResendRegistrationCode,), message_ttl_ms=REQUEST_TTL_MS)
CONFIRM_REGISTRATION = Queue("identity.confirm_registration", (ConfirmRegistration,), message_ttl_ms=REQUEST_TTL_MS)
VERIFY_CREDENTIALS = Queue("identity.verify_credentials", (VerifyCredentials,), message_ttl_ms=REQUEST_TTL_MS)
GET_ACCOUNT = Queue("identity.get_account", (GetAccount,), message_ttl_ms=REQUEST_TTL_MS)
LIST_PERSONS = Queue("identity.list_persons", (ListPersons,), message_ttl_ms=REQUEST_TTL_MS)
LOAD_ROSTER_ROWS = Queue("identity.load_roster_rows", (LoadRosterRows,), message_ttl_ms=SLICE_TTL_MS)

TOPOLOGY = ServiceTopology(
    "identity",
    queues=(
        START_REGISTRATION,
        RESEND_CODE,
        CONFIRM_REGISTRATION,
        VERIFY_CREDENTIALS,
        GET_ACCOUNT,
        LIST_PERSONS,
        LOAD_ROSTER_ROWS,
    ),
    publishes=(CoverageRecorded, MemberRegistered, AgentAdded),
    sends=(SendCode, SendAccessNotice),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    prepare_registration: Callable[[Received[StartRegistration]], Awaitable[Received[PreparedRegistration]]]
    start_registration: SingleHandler
    resend_registration_code: SingleHandler
    confirm_registration: SingleHandler
    verify_credentials: Callable[[Received[VerifyCredentials]], Awaitable[View]]
    get_account: Callable[[Received[GetAccount]], Awaitable[View]]
    list_persons: Callable[[Received[ListPersons]], Awaitable[View]]
    load_roster_rows: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    resending = outbox.group(RESEND_CODE.name, each(handlers.resend_registration_code)).submit
    return [
        consume(START_REGISTRATION, StartRegistration, starting(handlers, outbox), publisher),
        consume(RESEND_CODE, ResendRegistrationCode, resending, publisher),
        consume(CONFIRM_REGISTRATION, ConfirmRegistration, confirming(handlers, outbox), publisher),
        consume(VERIFY_CREDENTIALS, VerifyCredentials, answering(handlers.verify_credentials), publisher),
        consume(GET_ACCOUNT, GetAccount, answering(handlers.get_account), publisher),
        consume(LIST_PERSONS, ListPersons, answering(handlers.list_persons), publisher),
        consume(LOAD_ROSTER_ROWS, LoadRosterRows, loading(handlers, outbox), publisher),
    ]


def starting(handlers: Handlers, outbox: Outbox) -> Handler:
    """Hash first, outside the transaction, then join the group with the prepared message."""
    join = outbox.group(START_REGISTRATION.name, each(handlers.start_registration)).submit

    async def start(received: Received[StartRegistration]) -> bytes | None:
        return await join(await handlers.prepare_registration(received))

    return start


def confirming(handlers: Handlers, outbox: Outbox) -> Handler:
    """Confirm in a group. Of rivals for a certificate one wins: a transaction that meets a key which it could not see
    yet is a write conflict, runs again, sees it and refuses.
    """
    return outbox.group(CONFIRM_REGISTRATION.name, each(handlers.confirm_registration)).submit


def loading(handlers: Handlers, outbox: Outbox) -> Handler:
    """Load slices, few of them in one transaction."""
    group = outbox.group(LOAD_ROSTER_ROWS.name, each(handlers.load_roster_rows), maximum=SLICES_TOGETHER)
    return group.submit

"""Messages of notification: queues, and which handler each one feeds.

Codes have a queue and mail server connections of their own: they never wait behind other mails. Their queue keeps a
message no longer than a code lives and has no dead letters, so that no code, even a sealed one, lies about.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import Message, View
from shared.contracts.banking import DirectDepositEnrolled
from shared.contracts.claims import ClaimAdjudicated, ClaimEstimated
from shared.contracts.identity import AgentAdded, MemberRegistered
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.own_account import ContactChosen
from shared.contracts.notification import (
    ActRecorded,
    DeliveryDelayed,
    DeliveryFailed,
    GetAttachment,
    GetInboxMessage,
    InboxMessageArrived,
    InboxMessageRead,
    ListInbox,
    MarkInboxMessageRead,
    PutInboxMessage,
    SendAccessNotice,
    SendCode,
)
from shared.contracts.payments import PaymentSent
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

CODE_TTL_MS: Final = 600_000
REQUEST_TTL_MS: Final = 10_000
"""Nobody waits longer for an answer."""
PUTS_TOGETHER: Final = 10
"""A message may bring a megabyte of files: few of them share a transaction."""

SEND_CODE = Queue("notification.send_code", (SendCode,), message_ttl_ms=CODE_TTL_MS)
SEND_ACCESS_NOTICE = Queue("notification.send_access_notice", (SendAccessNotice,))
ON_CLAIM_ADJUDICATED = Queue("notification.on_claim_adjudicated", (ClaimAdjudicated,))
ON_CLAIM_ESTIMATED = Queue("notification.on_claim_estimated", (ClaimEstimated,))
ON_PAYMENT_SENT = Queue("notification.on_payment_sent", (PaymentSent,))
ON_PAYMENT_RETURNED = Queue("notification.on_payment_returned", (PaymentReturned,))
ON_DIRECT_DEPOSIT_ENROLLED = Queue("notification.on_direct_deposit_enrolled", (DirectDepositEnrolled,))
ON_MEMBER_REGISTERED = Queue("notification.on_member_registered", (MemberRegistered,))
ON_AGENT_ADDED = Queue("notification.on_agent_added", (AgentAdded,))
ON_CONTACT_RECORDED = Queue("notification.on_contact_recorded", (ContactRecorded,))
ON_CONTACT_CHOSEN = Queue("notification.on_contact_chosen", (ContactChosen,))
PUT_INBOX_MESSAGE = Queue("notification.put_inbox_message", (PutInboxMessage,))
ON_INBOX_MESSAGE_ARRIVED = Queue("notification.on_inbox_message_arrived", (InboxMessageArrived,))
INBOX = Queue(
    "notification.inbox",
    (ListInbox, GetInboxMessage, GetAttachment, MarkInboxMessageRead),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY = ServiceTopology(
    "notification",
    queues=(
        SEND_CODE,
        SEND_ACCESS_NOTICE,
        ON_CLAIM_ADJUDICATED,
        ON_CLAIM_ESTIMATED,
        ON_PAYMENT_SENT,
        ON_PAYMENT_RETURNED,
        ON_DIRECT_DEPOSIT_ENROLLED,
        ON_MEMBER_REGISTERED,
        ON_AGENT_ADDED,
        ON_CONTACT_RECORDED,
        ON_CONTACT_CHOSEN,
        PUT_INBOX_MESSAGE,
        ON_INBOX_MESSAGE_ARRIVED,
        INBOX,
    ),
    publishes=(DeliveryFailed, DeliveryDelayed, InboxMessageArrived, InboxMessageRead, ActRecorded),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """Use cases with their dependencies filled in. Those that send mails have no transaction."""

    send_code: Callable[[Received[Any]], Awaitable[None]]
    send_access_notice: Callable[[Received[Any]], Awaitable[None]]
    on_claim_adjudicated: Callable[[Received[Any]], Awaitable[None]]
    on_claim_estimated: Callable[[Received[Any]], Awaitable[None]]
    on_payment_sent: Callable[[Received[Any]], Awaitable[None]]
    on_payment_returned: Callable[[Received[Any]], Awaitable[None]]
    on_direct_deposit_enrolled: Callable[[Received[Any]], Awaitable[None]]
    on_member_registered: SingleHandler
    on_agent_added: SingleHandler
    on_contact_recorded: SingleHandler
    on_contact_chosen: SingleHandler
    put_inbox_message: SingleHandler
    on_inbox_message_arrived: Callable[[Received[Any]], Awaitable[None]]
    list_inbox: Callable[[Received[Any]], Awaitable[View]]
    get_inbox_message: Callable[[Received[Any]], Awaitable[View]]
    note_attachment: SingleHandler
    get_attachment: Callable[[Received[Any]], Awaitable[View]]
    mark_inbox_message_read: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    members = outbox.group(ON_MEMBER_REGISTERED.name, each(handlers.on_member_registered)).submit
    recorded = outbox.group(ON_CONTACT_RECORDED.name, each(handlers.on_contact_recorded)).submit
    chosen = outbox.group(ON_CONTACT_CHOSEN.name, each(handlers.on_contact_chosen)).submit
    putting = outbox.group(PUT_INBOX_MESSAGE.name, each(handlers.put_inbox_message), maximum=PUTS_TOGETHER).submit
    agents = outbox.group(ON_AGENT_ADDED.name, each(handlers.on_agent_added)).submit
    return [
        consume(SEND_CODE, SendCode, handlers.send_code, publisher),
        consume(SEND_ACCESS_NOTICE, SendAccessNotice, handlers.send_access_notice, publisher),
        consume(ON_CLAIM_ADJUDICATED, ClaimAdjudicated, handlers.on_claim_adjudicated, publisher),
        consume(ON_CLAIM_ESTIMATED, ClaimEstimated, handlers.on_claim_estimated, publisher),
        consume(ON_PAYMENT_SENT, PaymentSent, handlers.on_payment_sent, publisher),
        consume(ON_PAYMENT_RETURNED, PaymentReturned, handlers.on_payment_returned, publisher),
        consume(ON_DIRECT_DEPOSIT_ENROLLED, DirectDepositEnrolled, handlers.on_direct_deposit_enrolled, publisher),
        consume(ON_MEMBER_REGISTERED, MemberRegistered, members, publisher),
        consume(ON_AGENT_ADDED, AgentAdded, agents, publisher),
        consume(ON_CONTACT_RECORDED, ContactRecorded, recorded, publisher),
        consume(ON_CONTACT_CHOSEN, ContactChosen, chosen, publisher),
        consume(PUT_INBOX_MESSAGE, PutInboxMessage, putting, publisher),
        consume(ON_INBOX_MESSAGE_ARRIVED, InboxMessageArrived, handlers.on_inbox_message_arrived, publisher),
        consume_each(INBOX, _inbox(handlers, outbox), publisher),
    ]


def _inbox(handlers: Handlers, outbox: Outbox) -> dict[type[Message], Handler]:
    """What people do with their inbox."""
    return {
        ListInbox: answering(handlers.list_inbox),
        GetInboxMessage: answering(handlers.get_inbox_message),
        GetAttachment: _noted(handlers, outbox),
        MarkInboxMessageRead: outbox.group(INBOX.name, each(handlers.mark_inbox_message_read)).submit,
    }


def _noted(handlers: Handlers, outbox: Outbox) -> Handler:
    """Commit who takes a file, then read it: the file is no part of the record of the message."""
    note = outbox.group("notification.get_attachment", each(handlers.note_attachment)).submit
    read = answering(handlers.get_attachment)

    async def note_and_read(received: Received[Any]) -> bytes | None:
        await note(received)
        return await read(received)

    return note_and_read

"""Queues of statements as files and of their delivery, and which handler each of them feeds."""

from collections.abc import Sequence
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from services.payments.handlers.statement_use_cases import Reading, StatementHandlers
from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts.identity import CoverageRecorded, MemberRegistered
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.notification import PutInboxMessage
from shared.contracts.payments import StatementIssued
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDelivery,
    GetStatementDocument,
    ListPayeePayments,
    ListStatementsToPost,
    MarkStatementPosted,
    ReadStatement,
    ReadStatementDocument,
    StatementActRecorded,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

ASKING_TTL_MS: Final = 30_000
"""As long as a caller waits for a file that is made for the first time."""
IN_HAND: Final = 8
"""Statements made into files at a time: what waits, waits in the queue."""
COPIES_TOGETHER: Final = 4
"""A copy may bring a megabyte: few of them share a transaction."""

ON_STATEMENT_ISSUED: Final = Queue("payments.on_statement_issued", (StatementIssued,), prefetch=IN_HAND)
ON_PAYEE_RECORDED: Final = Queue("payments.on_payee_recorded", (MemberRegistered, ProviderRegistered, CoverageRecorded))
STATEMENTS: Final = Queue(
    "payments.statements",
    (
        GetStatementDocument,
        ReadStatementDocument,
        ReadStatement,
        ListPayeePayments,
        GetStatementDelivery,
        ChooseStatementDelivery,
        ListStatementsToPost,
        MarkStatementPosted,
    ),
    message_ttl_ms=ASKING_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology(
    "payments",
    queues=(ON_STATEMENT_ISSUED, ON_PAYEE_RECORDED, STATEMENTS),
    publishes=(StatementActRecorded,),
    sends=(PutInboxMessage,),
)


def statement_routes(handlers: StatementHandlers, outbox: Outbox, publisher: Publisher) -> Sequence[RabbitRoute]:
    """Files are made before the transaction that needs them, and after the one that notes who takes them."""
    issued = outbox.group(ON_STATEMENT_ISSUED.name, each(handlers.on_statement_issued), maximum=COPIES_TOGETHER)

    async def issue(received: Received[StatementIssued]) -> bytes | None:
        await handlers.make_documents(received)
        return await issued.submit(received)

    members = outbox.group("payments.on_member_registered", each(handlers.on_member_registered))
    providers = outbox.group("payments.on_provider_registered", each(handlers.on_provider_registered))
    coverages = outbox.group("payments.on_coverage_recorded", each(handlers.on_coverage_recorded))
    choose = outbox.group("payments.choose_statement_delivery", each(handlers.choose_delivery))
    posted = outbox.group("payments.mark_statement_posted", each(handlers.mark_posted))
    return [
        consume(ON_STATEMENT_ISSUED, StatementIssued, issue, publisher),
        consume_each(
            ON_PAYEE_RECORDED,
            {
                MemberRegistered: members.submit,
                ProviderRegistered: providers.submit,
                CoverageRecorded: coverages.submit,
            },
            publisher,
        ),
        consume_each(
            STATEMENTS,
            {
                GetStatementDocument: _noted(
                    GetStatementDocument, handlers.note_document, handlers.get_document, outbox
                ),
                ReadStatementDocument: _noted(
                    ReadStatementDocument, handlers.note_reading, handlers.get_document, outbox
                ),
                ReadStatement: _noted(ReadStatement, handlers.note_reading, handlers.read_statement, outbox),
                ListPayeePayments: _noted(
                    ListPayeePayments, handlers.note_payments, handlers.list_payee_payments, outbox
                ),
                GetStatementDelivery: answering(handlers.get_delivery),
                ChooseStatementDelivery: choose.submit,
                ListStatementsToPost: answering(handlers.list_to_post),
                MarkStatementPosted: posted.submit,
            },
            publisher,
        ),
    ]


def _noted(query: type[Any], note: SingleHandler, reading: Reading, outbox: Outbox) -> Handler:
    """Commit who reads, then read: what is read is no part of the record of the message."""
    noting = outbox.group(query.wire_type.removesuffix(".v1"), each(note)).submit
    read = answering(reading)

    async def note_and_read(received: Received[Any]) -> bytes | None:
        await noting(received)
        return await read(received)

    return note_and_read

"""Queues of payments, and which handler each of them feeds."""

from collections.abc import Sequence
from typing import Final

from faststream.rabbit import RabbitRoute

from services.payments import routes_runs
from services.payments import routes_statements as statements
from services.payments.handlers import Handlers
from services.payments.handlers.subscribers import SubscriberHandlers
from services.payments.routes_returns import TOPOLOGY as RETURNS
from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts.banking import (
    DepositFileSent,
    DepositSettled,
    DirectDepositChanged,
    DirectDepositEnrolled,
    DirectDepositWithdrawn,
)
from shared.contracts.banking_returns import DepositReturned
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.notification import SendAccessNotice
from shared.contracts.payments import (
    CheckLedger,
    CloseRun,
    GetProviderStatement,
    GetRun,
    GetStatement,
    ListPayments,
    ListProviderPayments,
    PaymentScheduled,
    PaymentSent,
    PaymentSettled,
    RunApproved,
    StatementIssued,
)
from shared.contracts.payments_ledger import Reconcile
from shared.contracts.payments_returns import PaymentReturned
from shared.contracts.payments_subscribers import (
    ChangeWebhook,
    CreateWebhook,
    EnableWebhook,
    GetWebhook,
    ListEvents,
    ListWebhookDeliveries,
    ListWebhooks,
    RemoveWebhook,
    ResendWebhookDelivery,
    RotateWebhookSecret,
    WebhookActRecorded,
)
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

QUERY_TTL_MS: Final = 10_000

ON_CLAIM_ADJUDICATED: Final = Queue("payments.on_claim_adjudicated", (ClaimAdjudicated,))
ON_DIRECT_DEPOSIT_ENROLLED: Final = Queue("payments.on_direct_deposit_enrolled", (DirectDepositEnrolled,))
ON_DIRECT_DEPOSIT_CHANGED: Final = Queue("payments.on_direct_deposit_changed", (DirectDepositChanged,))
ON_DIRECT_DEPOSIT_WITHDRAWN: Final = Queue("payments.on_direct_deposit_withdrawn", (DirectDepositWithdrawn,))
ON_DEPOSIT_FILE_SENT: Final = Queue("payments.on_deposit_file_sent", (DepositFileSent,))
ON_DEPOSIT_SETTLED: Final = Queue("payments.on_deposit_settled", (DepositSettled,))
CLOSE_RUN: Final = Queue("payments.close_run", (CloseRun,), message_ttl_ms=QUERY_TTL_MS)
GET_RUN: Final = Queue("payments.get_run", (GetRun,), message_ttl_ms=QUERY_TTL_MS)
LIST_PAYMENTS: Final = Queue("payments.list_payments", (ListPayments,), message_ttl_ms=QUERY_TTL_MS)
GET_STATEMENT: Final = Queue("payments.get_statement", (GetStatement,), message_ttl_ms=QUERY_TTL_MS)
PROVIDERS: Final = Queue(
    "payments.providers", (ListProviderPayments, GetProviderStatement), message_ttl_ms=QUERY_TTL_MS
)
FEED_EVENTS: Final = (
    ClaimAdjudicated,
    PaymentScheduled,
    PaymentSent,
    PaymentSettled,
    PaymentReturned,
    StatementIssued,
)
"""Every public event there is (SUB-1): what stands in the feed, and what webhooks get. A test compares."""
FEED: Final = Queue("payments.feed", FEED_EVENTS)
LIST_EVENTS: Final = Queue("payments.list_events", (ListEvents,), message_ttl_ms=QUERY_TTL_MS)
WEBHOOKS: Final = Queue(
    "payments.webhooks",
    (
        CreateWebhook,
        ChangeWebhook,
        RotateWebhookSecret,
        EnableWebhook,
        RemoveWebhook,
        ListWebhooks,
        GetWebhook,
        ListWebhookDeliveries,
        ResendWebhookDelivery,
    ),
    message_ttl_ms=QUERY_TTL_MS,
)
CHECK_LEDGER: Final = Queue("payments.check_ledger", (CheckLedger,), message_ttl_ms=QUERY_TTL_MS)
RECONCILE: Final = Queue("payments.reconcile", (Reconcile,), message_ttl_ms=QUERY_TTL_MS)
BANK_WORDS: Final = Queue("payments.bank_words", (DepositFileSent, DepositSettled, DepositReturned))
"""Beside the queues that book the same events: what banking said is kept even when booking it is refused."""

TOPOLOGY: Final = ServiceTopology(
    "payments",
    queues=(
        ON_CLAIM_ADJUDICATED,
        ON_DIRECT_DEPOSIT_ENROLLED,
        ON_DIRECT_DEPOSIT_CHANGED,
        ON_DIRECT_DEPOSIT_WITHDRAWN,
        ON_DEPOSIT_FILE_SENT,
        ON_DEPOSIT_SETTLED,
        CLOSE_RUN,
        GET_RUN,
        LIST_PAYMENTS,
        GET_STATEMENT,
        PROVIDERS,
        CHECK_LEDGER,
        *routes_runs.TOPOLOGY.queues,
        RECONCILE,
        BANK_WORDS,
        *RETURNS.queues,
        *statements.TOPOLOGY.queues,
        FEED,
        LIST_EVENTS,
        WEBHOOKS,
    ),
    publishes=(
        RunApproved,
        PaymentScheduled,
        PaymentSent,
        PaymentSettled,
        StatementIssued,
        *routes_runs.TOPOLOGY.publishes,
        *RETURNS.publishes,
        *statements.TOPOLOGY.publishes,
        WebhookActRecorded,
    ),
    sends=(*statements.TOPOLOGY.sends, SendAccessNotice),
)


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> Sequence[RabbitRoute]:
    """Events and ``CloseRun`` go through the outbox; queries only read."""
    adjudicated = outbox.group(ON_CLAIM_ADJUDICATED.name, handlers.on_claim_adjudicated)
    enrolled = outbox.group(ON_DIRECT_DEPOSIT_ENROLLED.name, each(handlers.on_direct_deposit_enrolled))
    changed = outbox.group(ON_DIRECT_DEPOSIT_CHANGED.name, each(handlers.on_direct_deposit_changed))
    withdrawn = outbox.group(ON_DIRECT_DEPOSIT_WITHDRAWN.name, each(handlers.on_direct_deposit_withdrawn))
    file_sent = outbox.group(ON_DEPOSIT_FILE_SENT.name, each(handlers.on_deposit_file_sent))
    settled = outbox.group(ON_DEPOSIT_SETTLED.name, handlers.on_deposit_settled)
    close_run = outbox.group(CLOSE_RUN.name, each(handlers.close_run))
    lines_kept = outbox.group(f"{BANK_WORDS.name}.files", each(handlers.keep_file_lines))
    returns_kept = outbox.group(f"{BANK_WORDS.name}.returns", each(handlers.keep_returns))
    settlements_kept = outbox.group(f"{BANK_WORDS.name}.settlements", handlers.keep_settlements)
    return [
        consume(ON_CLAIM_ADJUDICATED, ClaimAdjudicated, adjudicated.submit, publisher),
        consume(ON_DIRECT_DEPOSIT_ENROLLED, DirectDepositEnrolled, enrolled.submit, publisher),
        consume(ON_DIRECT_DEPOSIT_CHANGED, DirectDepositChanged, changed.submit, publisher),
        consume(ON_DIRECT_DEPOSIT_WITHDRAWN, DirectDepositWithdrawn, withdrawn.submit, publisher),
        consume(ON_DEPOSIT_FILE_SENT, DepositFileSent, file_sent.submit, publisher),
        consume(ON_DEPOSIT_SETTLED, DepositSettled, settled.submit, publisher),
        consume(CLOSE_RUN, CloseRun, close_run.submit, publisher),
        consume(GET_RUN, GetRun, answering(handlers.get_run), publisher),
        consume(LIST_PAYMENTS, ListPayments, answering(handlers.list_payments), publisher),
        consume(GET_STATEMENT, GetStatement, answering(handlers.get_statement), publisher),
        consume_each(
            PROVIDERS,
            {
                ListProviderPayments: answering(handlers.list_provider_payments),
                GetProviderStatement: answering(handlers.get_provider_statement),
            },
            publisher,
        ),
        consume(CHECK_LEDGER, CheckLedger, answering(handlers.check_ledger), publisher),
        *statements.statement_routes(handlers.statements, outbox, publisher),
        consume(RECONCILE, Reconcile, answering(handlers.reconcile), publisher),
        consume_each(
            BANK_WORDS,
            {
                DepositFileSent: lines_kept.submit,
                DepositSettled: settlements_kept.submit,
                DepositReturned: returns_kept.submit,
            },
            publisher,
        ),
    ]


def subscriber_routes(handlers: SubscriberHandlers, outbox: Outbox, publisher: Publisher) -> Sequence[RabbitRoute]:
    """The feed is filled through the outbox, so that a redelivered event is known; webhooks are changed through it."""
    feed = outbox.group(FEED.name, handlers.on_public_event)

    def committed(handler: SingleHandler) -> Handler:
        return outbox.group(WEBHOOKS.name, each(handler)).submit

    return [
        consume_each(FEED, dict.fromkeys(FEED_EVENTS, feed.submit), publisher),
        consume(LIST_EVENTS, ListEvents, answering(handlers.list_events), publisher),
        consume_each(
            WEBHOOKS,
            {
                CreateWebhook: committed(handlers.create_webhook),
                ChangeWebhook: committed(handlers.change_webhook),
                RotateWebhookSecret: committed(handlers.rotate_webhook_secret),
                EnableWebhook: committed(handlers.enable_webhook),
                RemoveWebhook: committed(handlers.remove_webhook),
                ListWebhooks: answering(handlers.list_webhooks),
                GetWebhook: answering(handlers.get_webhook),
                ListWebhookDeliveries: answering(handlers.list_webhook_deliveries),
                ResendWebhookDelivery: committed(handlers.resend_webhook_delivery),
            },
            publisher,
        ),
    ]

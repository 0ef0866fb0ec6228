"""Queues of returned payments, re-issues and cheques, and which handler each of them feeds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume, consume_each
from shared.contracts.banking_returns import DepositReturned
from shared.contracts.payments_returns import (
    BankDetailsConfirmed,
    ChequesPage,
    DecideCheque,
    ListCheques,
    ListReturnedPayments,
    PaymentReturned,
    ReissuePayment,
    ReturnedPaymentsPage,
    ReturnsActRecorded,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

ON_DEPOSIT_RETURNED: Final = Queue("payments.on_deposit_returned", (DepositReturned,))
RETURNS: Final = Queue(
    "payments.returns",
    (ListReturnedPayments, ReissuePayment, ListCheques, DecideCheque),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology(
    "payments",
    queues=(ON_DEPOSIT_RETURNED, RETURNS),
    publishes=(PaymentReturned, BankDetailsConfirmed, ReturnsActRecorded),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHandlers:
    """Use cases with their dependencies filled in."""

    on_deposit_returned: SingleHandler
    reissue_payment: SingleHandler
    decide_cheque: SingleHandler
    list_returned_payments: Callable[[Received[ListReturnedPayments]], Awaitable[ReturnedPaymentsPage]]
    list_cheques: Callable[[Received[ListCheques]], Awaitable[ChequesPage]]


def return_routes(handlers: ReturnHandlers, outbox: Outbox, publisher: Publisher) -> Sequence[RabbitRoute]:
    """One route per queue; what writes goes through the outbox."""
    returned = outbox.group(ON_DEPOSIT_RETURNED.name, each(handlers.on_deposit_returned))
    reissued = outbox.group("payments.reissue_payment", each(handlers.reissue_payment))
    decided = outbox.group("payments.decide_cheque", each(handlers.decide_cheque))
    return [
        consume(ON_DEPOSIT_RETURNED, DepositReturned, returned.submit, publisher),
        consume_each(
            RETURNS,
            {
                ListReturnedPayments: answering(handlers.list_returned_payments),
                ReissuePayment: reissued.submit,
                ListCheques: answering(handlers.list_cheques),
                DecideCheque: decided.submit,
            },
            publisher,
        ),
    ]

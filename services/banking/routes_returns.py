"""Queues of returns and of the exception list, and which handler each one feeds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume, consume_each
from shared.contracts.banking_returns import (
    BankExceptionsPage,
    CloseBankException,
    DepositReturned,
    ImportReturnFile,
    ListBankExceptions,
    ReturnFileView,
    ReturnsActRecorded,
)
from shared.contracts.payments_returns import BankDetailsConfirmed
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

IMPORT_TTL_MS: Final = 30_000
REQUEST_TTL_MS: Final = 10_000

IMPORT_RETURN_FILE = Queue("banking.import_return_file", (ImportReturnFile,), message_ttl_ms=IMPORT_TTL_MS, prefetch=2)
EXCEPTIONS = Queue("banking.exceptions", (ListBankExceptions, CloseBankException), message_ttl_ms=REQUEST_TTL_MS)
ON_BANK_DETAILS_CONFIRMED = Queue("banking.on_bank_details_confirmed", (BankDetailsConfirmed,))

TOPOLOGY = ServiceTopology(
    "banking",
    queues=(IMPORT_RETURN_FILE, EXCEPTIONS, ON_BANK_DETAILS_CONFIRMED),
    publishes=(DepositReturned, ReturnsActRecorded),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHandlers:
    """Use cases with their dependencies filled in."""

    import_return_file: Callable[[Received[ImportReturnFile]], Awaitable[ReturnFileView]]
    list_exceptions: Callable[[Received[ListBankExceptions]], Awaitable[BankExceptionsPage]]
    close_exception: SingleHandler
    on_bank_details_confirmed: SingleHandler


def return_routes(handlers: ReturnHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue. An import has transactions of its own, one after the other."""
    closed = outbox.group("banking.close_exception", each(handlers.close_exception)).submit
    confirmed = outbox.group(ON_BANK_DETAILS_CONFIRMED.name, each(handlers.on_bank_details_confirmed)).submit
    return [
        consume(IMPORT_RETURN_FILE, ImportReturnFile, answering(handlers.import_return_file), publisher),
        consume_each(
            EXCEPTIONS,
            {ListBankExceptions: answering(handlers.list_exceptions), CloseBankException: closed},
            publisher,
        ),
        consume(ON_BANK_DETAILS_CONFIRMED, BankDetailsConfirmed, confirmed, publisher),
    ]

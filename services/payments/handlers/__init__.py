"""Use cases of payments, as the routes need them: bound to storage, clock and ids."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.payments.handlers.statement_use_cases import StatementHandlers
from shared.contracts.payments import (
    CheckLedger,
    GetProviderStatement,
    GetRun,
    GetStatement,
    LedgerView,
    ListPayments,
    ListProviderPayments,
    PaymentsPage,
    RunView,
    StatementView,
)
from shared.contracts.payments_ledger import Reconcile, ReconciliationView
from shared.envelopes import Received
from shared.outbox import BatchHandler, SingleHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """One bound handler per queue."""

    on_claim_adjudicated: BatchHandler
    on_direct_deposit_enrolled: SingleHandler
    on_direct_deposit_changed: SingleHandler
    on_direct_deposit_withdrawn: SingleHandler
    close_run: SingleHandler
    on_deposit_file_sent: SingleHandler
    on_deposit_settled: BatchHandler
    get_run: Callable[[Received[GetRun]], Awaitable[RunView]]
    list_payments: Callable[[Received[ListPayments]], Awaitable[PaymentsPage]]
    get_statement: Callable[[Received[GetStatement]], Awaitable[StatementView]]
    list_provider_payments: Callable[[Received[ListProviderPayments]], Awaitable[PaymentsPage]]
    get_provider_statement: Callable[[Received[GetProviderStatement]], Awaitable[StatementView]]
    check_ledger: Callable[[Received[CheckLedger]], Awaitable[LedgerView]]
    statements: StatementHandlers
    reconcile: Callable[[Received[Reconcile]], Awaitable[ReconciliationView]]
    keep_file_lines: SingleHandler
    keep_settlements: BatchHandler
    keep_returns: SingleHandler

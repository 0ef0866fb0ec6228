"""Questions about runs, payments and statements."""

from services.payments.domain.errors import RunNotFound, StatementNotFound
from services.payments.handlers.access import payee_of, provider_payee_of, require_agent
from services.payments.handlers.views import payment_view, run_view, statement_view
from services.payments.ports import (
    PaymentRepository,
    RunRepository,
    StatementRepository,
)
from shared.contracts.payments import (
    GetProviderStatement,
    GetRun,
    GetStatement,
    ListPayments,
    ListProviderPayments,
    PaymentsPage,
    RunView,
    StatementView,
)
from shared.envelopes import Received


async def get_run(received: Received[GetRun], *, runs: RunRepository, payments: PaymentRepository) -> RunView:
    """A run and how far its payments are; for agents."""
    require_agent(received.require_actor())
    run_id = received.message.run_id
    run = await runs.get(run_id, session=None)
    if run is None:
        raise RunNotFound(run_id)
    return run_view(run, await payments.counts(run_id, session=None))


async def list_payments(received: Received[ListPayments], *, payments: PaymentRepository) -> PaymentsPage:
    """Payments to the caller's dossier, newest first; the cursor is the last batch number of the page."""
    query = received.message
    return await _page(payee_of(received.require_actor()), query.limit, query.before, payments=payments)


async def list_provider_payments(
    received: Received[ListProviderPayments], *, payments: PaymentRepository
) -> PaymentsPage:
    """Payments to the caller's provider, in the same form."""
    query = received.message
    return await _page(provider_payee_of(received.require_actor()), query.limit, query.before, payments=payments)


async def get_statement(received: Received[GetStatement], *, statements: StatementRepository) -> StatementView:
    """The statement of one of the caller's batches; there is one from the moment the batch is sent."""
    return await _statement(payee_of(received.require_actor()), received.message.batch_number, statements=statements)


async def get_provider_statement(
    received: Received[GetProviderStatement], *, statements: StatementRepository
) -> StatementView:
    """The statement of one of the provider's batches."""
    payee_id = provider_payee_of(received.require_actor())
    return await _statement(payee_id, received.message.batch_number, statements=statements)


async def _page(payee_id: str, limit: int, before: str | None, *, payments: PaymentRepository) -> PaymentsPage:
    found = await payments.list_of(payee_id, before=before, limit=limit + 1)
    page = found[:limit]
    return PaymentsPage(
        payments=tuple(payment_view(payment) for payment in page),
        next_before=page[-1].batch_number if len(found) > limit else None,
    )


async def _statement(payee_id: str, batch_number: str, *, statements: StatementRepository) -> StatementView:
    statement = await statements.get(batch_number)
    if statement is None or statement.payee_id != payee_id:
        raise StatementNotFound(batch_number)
    return statement_view(statement)

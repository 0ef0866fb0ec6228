"""Questions about runs, payments and statements."""

from services.payments.domain.errors import RunNotFound, StatementNotFound
from services.payments.domain.statement import Statement
from services.payments.handlers.access import payee_of, provider_payee_of, require_agent
from services.payments.handlers.views import payment_view, run_view, statement_view
from services.payments.ports import (
    PaymentRepository,
    RunRepository,
    StatementRepository,
)
from services.payments.ports_statements import ReasonWords
from shared.contracts.payments import (
    GetProviderStatement,
    GetRun,
    GetStatement,
    ListPayments,
    ListProviderPayments,
    PaymentsPage,
    PaymentsQuery,
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
    return await payments_page(payee_of(received.require_actor()), received.message, payments=payments)


async def list_provider_payments(
    received: Received[ListProviderPayments], *, payments: PaymentRepository
) -> PaymentsPage:
    """Payments to the caller's provider, in the same form."""
    return await payments_page(provider_payee_of(received.require_actor()), received.message, payments=payments)


async def get_statement(
    received: Received[GetStatement], *, statements: StatementRepository, words: ReasonWords | None = None
) -> StatementView:
    """The statement of one of the caller's batches; there is one from the moment the batch is sent."""
    actor = received.require_actor()
    statement = await statement_of(payee_of(actor), received.message.batch_number, statements=statements)
    return statement_view(statement, words=words, language=actor.language)


async def get_provider_statement(
    received: Received[GetProviderStatement], *, statements: StatementRepository, words: ReasonWords | None = None
) -> StatementView:
    """The statement of one of the provider's batches."""
    actor = received.require_actor()
    statement = await statement_of(provider_payee_of(actor), received.message.batch_number, statements=statements)
    return statement_view(statement, words=words, language=actor.language)


async def payments_page(payee_id: str, query: PaymentsQuery, *, payments: PaymentRepository) -> PaymentsPage:
    """A page of the payments to a payee."""
    found = await payments.list_of(
        payee_id, before=query.before, limit=query.limit + 1, from_day=query.from_day, to_day=query.to_day
    )
    page = found[: query.limit]
    return PaymentsPage(
        payments=tuple(payment_view(payment) for payment in page),
        next_before=page[-1].batch_number if len(found) > query.limit else None,
    )


async def statement_of(payee_id: str, batch_number: str, *, statements: StatementRepository) -> Statement:
    """The statement of one of a payee's batches.

    Raises:
        StatementNotFound: there is none, or it is another payee's.
    """
    statement = await statements.get(batch_number)
    if statement is None or statement.payee_id != payee_id:
        raise StatementNotFound(batch_number)
    return statement

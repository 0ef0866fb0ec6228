"""Plays messages to the handlers of payments, over any storage, and keeps what they published."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from services.payments.app import bind
from services.payments.handlers import Handlers
from services.payments.ports import Repositories
from shared.clock import new_id
from shared.contracts import Actor, Command, Event, Message, Query, View
from shared.contracts.banking import DepositFileSent, DepositSettled, DirectDepositEnrolled
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import (
    CheckLedger,
    CloseRun,
    GetRun,
    GetStatement,
    LedgerView,
    ListPayments,
    PaymentScheduled,
    PaymentsPage,
    RunApproved,
    RunView,
    StatementView,
)
from shared.contracts.payments_ledger import Reconcile, ReconciliationView
from shared.envelopes import Received
from shared.mongo import Database, Session
from shared.outbox import BatchHandler, Work, each
from tests.support.payments_builders import FRIDAY, agent, enrolled, file_of, member, settlement_of, some_id
from tests.support.payments_memory import MemoryStorage

M = TypeVar("M", bound=Message)
E = TypeVar("E", bound=Event)
T = TypeVar("T")
Transaction = Callable[[Callable[[Session | None], Awaitable[Any]]], Awaitable[Any]]


def received(message: M, *, actor: Actor | None = None) -> Received[M]:
    return Received(message, new_id(), new_id(), actor)


async def without_transaction(work: Callable[[Session | None], Awaitable[T]]) -> T:
    return await work(None)


class Desk:
    """The service without its bus. ``published`` holds the events of committed transactions."""

    def __init__(self, storage: Repositories, transaction: Transaction, *, run_max_batches: int = 2_000) -> None:
        self.storage = storage
        self.handlers: Handlers = bind(storage, clock=lambda: FRIDAY, ids=new_id, run_max_batches=run_max_batches)
        self.published: list[Event] = []
        self._transaction = transaction

    @classmethod
    def over(cls, storage: Repositories, database: Database) -> "Desk":
        return cls(storage, database.with_transaction)

    async def tell(
        self, handler: BatchHandler, *messages: Event | Command, actor: Actor | None = None
    ) -> Sequence[Any]:
        """Handle messages together in one transaction."""
        batch = [received(message, actor=actor) for message in messages]

        async def work(session: Session | None) -> tuple[Sequence[View | None], list[Work]]:
            works = [Work(session, item, source="payments") for item in batch]
            return await handler(batch, works), works

        views, works = await self._transaction(work)
        self.published += [event for work in works for event in work.events]
        return list(views)

    async def ask(self, handler: Callable[[Received[Any]], Awaitable[T]], query: Query, *, actor: Actor) -> T:
        return await handler(received(query, actor=actor))

    async def adjudicated(self, *events: ClaimAdjudicated) -> None:
        await self.tell(self.handlers.on_claim_adjudicated, *events)

    async def enrol(self, *payee_ids: str) -> list[DirectDepositEnrolled]:
        events = [enrolled(payee_id) for payee_id in payee_ids]
        await self.tell(each(self.handlers.on_direct_deposit_enrolled), *events)
        return events

    async def close_run(self, run_id: str | None = None, *, payee_class: Any = "member") -> RunView:
        command = CloseRun(run_id=run_id or some_id("run"), payee_class=payee_class)
        view: RunView = (await self.tell(each(self.handlers.close_run), command, actor=agent()))[0]
        return view

    async def run(self, run_id: str) -> RunView:
        return await self.ask(self.handlers.get_run, GetRun(run_id=run_id), actor=agent())

    async def file_sent(self, event: DepositFileSent | None = None) -> DepositFileSent:
        """Banking sent the file of the run approved last, or the one given."""
        event = event or file_of(self.events(RunApproved)[-1])
        await self.tell(each(self.handlers.keep_file_lines), event)
        await self.tell(each(self.handlers.on_deposit_file_sent), event)
        return event

    async def settled(self, *events: DepositSettled) -> None:
        await self.tell(self.handlers.keep_settlements, *events)
        await self.tell(self.handlers.on_deposit_settled, *events)

    async def ledger(self) -> LedgerView:
        return await self.ask(self.handlers.check_ledger, CheckLedger(), actor=agent())

    async def reconciled(self, **scope: Any) -> ReconciliationView:
        return await self.ask(self.handlers.reconcile, Reconcile(**scope), actor=agent())

    async def statement(self, batch_number: str, dossier_id: str | None) -> StatementView:
        query = GetStatement(batch_number=batch_number)
        return await self.ask(self.handlers.get_statement, query, actor=member(dossier_id))

    async def payments_of(self, dossier_id: str | None, *, limit: int = 20, before: str | None = None) -> PaymentsPage:
        query = ListPayments(limit=limit, before=before)
        return await self.ask(self.handlers.list_payments, query, actor=member(dossier_id))

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.published if isinstance(event, kind)]


def memory_desk(*, run_max_batches: int = 2_000) -> Desk:
    return Desk(MemoryStorage(), without_transaction, run_max_batches=run_max_batches)


async def paid_batch(desk: Desk, *claims: ClaimAdjudicated) -> None:
    """The whole way: adjudicated, enrolled, scheduled, sent and settled."""
    await desk.adjudicated(*claims)
    await desk.enrol(*{claim.dossier_id for claim in claims})
    run = await desk.close_run()
    await desk.file_sent()
    mine = [event for event in desk.events(PaymentScheduled) if event.run_id == run.run_id]
    await desk.settled(*(settlement_of(event) for event in mine))

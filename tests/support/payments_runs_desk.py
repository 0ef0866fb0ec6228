"""The desk of payments with runs that need two agents, and a clock that tests move."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from services.payments.domain.run_rules import RunRules
from services.payments.handlers.driver import RunDriver
from services.payments.handlers.ports_returns import ReturnRepositories
from services.payments.routes_runs import RunHandlers
from services.payments.run_wiring import bind_runs, driver_over
from shared.clock import new_id
from shared.contracts import Actor, Command, Query
from shared.contracts.payments_runs import (
    ApproveRun,
    ListRunPayees,
    PrepareRun,
    PreviewRun,
    RunPayeesPage,
    RunPreview,
    StopRun,
)
from shared.mongo import Database
from shared.outbox import SingleHandler, Work, each
from tests.support.payments_builders import FRIDAY, agent, some_id
from tests.support.payments_desk import Desk, Transaction, received, without_transaction
from tests.support.payments_memory import MemoryStorage

ANNE, BRUNO, CLAIRE = agent(), agent(), agent()


class RunDesk(Desk):
    """Payments, with what ``routes_runs`` does around its handlers."""

    def __init__(self, storage: ReturnRepositories, transaction: Transaction, rules: RunRules) -> None:
        super().__init__(storage, transaction)
        self.now: datetime = FRIDAY
        self.driver: RunDriver = driver_over(
            storage, rules, self._work, clock=lambda: self.now, ids=new_id, poll_seconds=1.0
        )
        self.runs: RunHandlers = bind_runs(storage, rules, self.driver, clock=lambda: self.now)

    @classmethod
    def with_rules(cls, storage: ReturnRepositories, database: Database, rules: RunRules) -> "RunDesk":
        return cls(storage, database.with_transaction, rules)

    async def _work(self, _work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        async def transaction(session: Any) -> Work:
            unit = Work(session, received(PreviewRun(run_id="nothing")), source="payments")
            await work(unit)
            return unit

        self.published += (await self._transaction(transaction)).events

    def work(self) -> Work:
        return Work(None, received(PreviewRun(run_id="nothing")), source="payments")

    async def decide(self, handler: SingleHandler, command: Command, actor: Actor) -> RunPreview:
        await self.tell(each(handler), command, actor=actor)
        await self.runs.carry_on(getattr(command, "run_id"))  # noqa: B009 - each of the commands has one
        return await self.runs.preview_run(received(command, actor=actor))

    async def prepare(self, run_id: str | None = None, *, by: Actor = ANNE, payee_class: Any = "member") -> RunPreview:
        command = PrepareRun(run_id=run_id or some_id("run"), payee_class=payee_class)
        return await self.decide(self.runs.prepare_run, command, by)

    async def approve(self, run_id: str, *, by: Actor = BRUNO) -> RunPreview:
        return await self.decide(self.runs.approve_run, ApproveRun(run_id=run_id), by)

    async def stop(self, run_id: str, *, by: Actor = ANNE, reason: str = "wrong fee guide") -> RunPreview:
        return await self.decide(self.runs.stop_run, StopRun(run_id=run_id, reason=reason), by)

    async def preview(self, run_id: str) -> RunPreview:
        return await self.runs.preview_run(received(PreviewRun(run_id=run_id), actor=ANNE))

    async def payees(self, run_id: str, **query: Any) -> RunPayeesPage:
        return await self.runs.list_run_payees(received(ListRunPayees(run_id=run_id, **query), actor=ANNE))

    async def asked(self, handler: Callable[[Any], Awaitable[Any]], query: Query, *, by: Actor = ANNE) -> Any:
        return await handler(received(query, actor=by))


def run_desk(**rules: Any) -> RunDesk:
    return RunDesk(MemoryStorage(), without_transaction, RunRules(**{"approvals": 2, **rules}))

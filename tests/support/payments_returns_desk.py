"""Returned payments on top of the desk of payments, over any storage."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.payments.app import bind_returns
from services.payments.handlers.ports_returns import ReturnRepositories
from shared.clock import new_id
from shared.contracts.banking import DirectDepositChanged
from shared.contracts.banking_returns import DepositReturned
from shared.contracts.payments import PaymentScheduled, RunApproved
from shared.contracts.payments_returns import (
    ChequeDecided,
    ChequesPage,
    DecideCheque,
    ListCheques,
    ListReturnedPayments,
    ReissuePayment,
    ReissueView,
    ReturnedPaymentsPage,
)
from shared.mongo import Database
from shared.outbox import each
from tests.support.payments_builders import FRIDAY, agent, claim_adjudicated, file_of, some_id
from tests.support.payments_desk import Desk, Transaction, settlement_of, without_transaction
from tests.support.payments_memory import MemoryStorage

WEDNESDAY = date(2026, 11, 25)


def returned(payment: PaymentScheduled, **overrides: Any) -> DepositReturned:
    """The bank sends a settled payment back."""
    facts: dict[str, Any] = {
        "run_id": payment.run_id,
        "payment_id": payment.payment_id,
        "payee_id": payment.payee_id,
        "amount_cents": payment.amount_cents,
        "reason_code": 905,
        "returned_on": WEDNESDAY,
        "was_settled": True,
        "details_version": 1,
    }
    return DepositReturned(**(facts | overrides))


def details_changed(payee_id: str, **overrides: Any) -> DirectDepositChanged:
    """The payee changed the bank details, and the hold is over."""
    facts: dict[str, Any] = {
        "payee_id": payee_id,
        "account_id": some_id("account"),
        "former_account_id": some_id("account"),
        "version": 2,
        "changed_at": FRIDAY - timedelta(days=3),
        "held_until": FRIDAY - timedelta(days=1),
    }
    return DirectDepositChanged(**(facts | overrides))


@dataclass
class ReturnsDesk:
    """The desk, and what agents do with what came back."""

    desk: Desk
    storage: ReturnRepositories

    def __post_init__(self) -> None:
        self.handlers = bind_returns(self.storage, clock=lambda: FRIDAY, ids=new_id)

    @classmethod
    def in_memory(cls) -> "ReturnsDesk":
        storage = MemoryStorage()
        return cls(Desk(storage, without_transaction), storage)

    @classmethod
    def over(cls, storage: ReturnRepositories, database: Database) -> "ReturnsDesk":
        transaction: Transaction = database.with_transaction
        return cls(Desk(storage, transaction), storage)

    async def paid(self, *amounts: int) -> list[PaymentScheduled]:
        """Payments that the bank settled, one per payee."""
        claims = [claim_adjudicated(benefit_cents=cents) for cents in amounts]
        await self.desk.adjudicated(*claims)
        await self.desk.enrol(*(claim.dossier_id for claim in claims))
        run = await self.desk.close_run()
        await self.desk.file_sent()
        mine = [event for event in self.desk.events(PaymentScheduled) if event.run_id == run.run_id]
        await self.desk.settled(*(settlement_of(event) for event in mine))
        order = {claim.claim_id: place for place, claim in enumerate(claims)}
        return sorted(mine, key=lambda event: order[event.claim_ids[0]])

    async def came_back(self, *events: DepositReturned) -> None:
        await self.desk.tell(each(self.handlers.on_deposit_returned), *events)

    async def changed(self, event: DirectDepositChanged) -> None:
        await self.desk.tell(each(self.desk.handlers.on_direct_deposit_changed), event)

    async def reissue(self, batch_number: str, method: Any = "deposit", *, confirmed: bool = False) -> ReissueView:
        command = ReissuePayment(batch_number=batch_number, method=method, details_confirmed=confirmed)
        view: ReissueView = (await self.desk.tell(each(self.handlers.reissue_payment), command, actor=agent()))[0]
        return view

    async def reissue_settled(self) -> None:
        """The deposit file of the latest re-issue goes out and is settled."""
        approved = self.desk.events(RunApproved)[-1]
        await self.desk.file_sent(file_of(approved, file_number=18))
        scheduled = next(one for one in self.desk.events(PaymentScheduled) if one.run_id == approved.run_id)
        await self.desk.settled(settlement_of(scheduled))

    async def list_returned(self, **query: Any) -> ReturnedPaymentsPage:
        return await self.desk.ask(self.handlers.list_returned_payments, ListReturnedPayments(**query), actor=agent())

    async def cheques(self, **query: Any) -> ChequesPage:
        return await self.desk.ask(self.handlers.list_cheques, ListCheques(**query), actor=agent())

    async def decide(self, cheque_number: str, outcome: Any, *, on: date = WEDNESDAY) -> ChequeDecided:
        command = DecideCheque(cheque_number=cheque_number, outcome=outcome, on=on)
        view: ChequeDecided = (await self.desk.tell(each(self.handlers.decide_cheque), command, actor=agent()))[0]
        return view

    async def balances(self) -> dict[str, int]:
        """Those that are not zero; the sum of all is checked on the way."""
        ledger = await self.desk.ledger()
        assert (ledger.sum_cents, ledger.unbalanced_transfers) == (0, 0)
        return {kind: cents for kind, cents in ledger.balances.items() if cents}

"""Paying anew what came back (BNK-5): once, by deposit or by cheque, traceable from claim to re-issue (PAY-6)."""

from datetime import datetime

from services.payments.domain.business_days import next_business_day
from services.payments.domain.cheque import Cheque, cheque_number
from services.payments.domain.claim_version import version_key
from services.payments.domain.errors import (
    AlreadyReissued,
    Contradiction,
    DetailsNotChanged,
    NoDirectDeposit,
    PayeeHeld,
    ReturnedPaymentNotFound,
)
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment, batch_number
from services.payments.domain.returns import reissue_of, reissue_transfer
from services.payments.domain.run import Run
from services.payments.domain.statement import issue_statement, newest_versions
from services.payments.handlers.access import require_agent
from services.payments.handlers.ports_returns import ChequeRepository, ReturnRepository
from services.payments.handlers.returns import reissue_part
from services.payments.ports import (
    ClaimVersionRepository,
    LedgerRepository,
    PayeeRepository,
    PaymentRepository,
    RunRepository,
    StatementRepository,
)
from shared.clock import Clock, IdMaker, business_day
from shared.contracts.payments import PaymentScheduled, RunApproved, RunItem, StatementIssued
from shared.contracts.payments_returns import BankDetailsConfirmed, ReissuePayment, ReissueView, ReturnsActRecorded
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


class Reissuing:
    """The use case with its dependencies: it writes nearly everywhere."""

    def __init__(
        self,
        *,
        claims: ClaimVersionRepository,
        payments: PaymentRepository,
        payees: PayeeRepository,
        runs: RunRepository,
        ledger: LedgerRepository,
        statements: StatementRepository,
        returns: ReturnRepository,
        cheques: ChequeRepository,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._claims = claims
        self._payments = payments
        self._payees = payees
        self._runs = runs
        self._ledger = ledger
        self._statements = statements
        self._returns = returns
        self._cheques = cheques
        self._clock = clock
        self._ids = ids

    async def reissue_payment(self, received: Received[ReissuePayment], work: Work) -> ReissueView:
        """Pay a returned payment anew, or answer with what was done about it.

        Raises:
            ReturnedPaymentNotFound: nothing of this batch number came back.
            AlreadyReissued: by the other method.
            DetailsNotChanged, PayeeHeld, NoDirectDeposit: there is nowhere to deposit.
        """
        require_agent(received.require_actor())
        command, session, now = received.message, work.session, self._clock()
        returned = await self._returns.get_by_batch(command.batch_number, session=session)
        if returned is None:
            raise ReturnedPaymentNotFound(command.batch_number)
        if returned.reissued_by is not None:
            return await self._done_before(returned, command, session=session)
        if command.method == "deposit":
            await self._check_details(returned, command, work, at=now)
        reissue = await self._add(returned, command, at=now, session=session)
        work.publish(_scheduled(reissue))
        number = None
        if command.method == "cheque":
            number = await self._issue_cheque(reissue, work, at=now)
        else:
            work.publish(_approved(reissue))
        work.publish(_act(received, reissue, at=now))
        return _view(command.batch_number, reissue, number=number)

    async def _done_before(self, returned: Payment, command: ReissuePayment, *, session: Session | None) -> ReissueView:
        anew = str(returned.reissued_by)
        reissue = (await self._payments.get_many([anew], session=session)).get(anew)
        if reissue is None:
            raise Contradiction(f"{returned.payment_id} was re-issued by {anew}, which is not stored")
        if reissue.method != command.method:
            raise AlreadyReissued(reissue.batch_number, reissue.method)
        numbers = await self._cheques.numbers_of([anew], session=session)
        return _view(command.batch_number, reissue, number=numbers.get(anew))

    async def _check_details(self, returned: Payment, command: ReissuePayment, work: Work, *, at: datetime) -> None:
        payee = (await self._payees.get_many([returned.payee_id], session=work.session)).get(returned.payee_id)
        if _checked(payee, at=at).flagged:
            if not command.details_confirmed:
                raise DetailsNotChanged
            await self._returns.unflag_details(returned.payee_id, session=work.session)
            work.publish(BankDetailsConfirmed(payee_id=returned.payee_id, confirmed_at=at))

    async def _add(
        self, returned: Payment, command: ReissuePayment, *, at: datetime, session: Session | None
    ) -> Payment:
        """Store the new payment under a run of its own; the original first, so that a second one finds it taken."""
        payment_id = self._ids()
        await self._returns.mark_reissued(returned, by=payment_id, session=session)
        ordinal = await self._runs.take_batch_ordinals(1, session=session)
        reissue = reissue_of(
            returned,
            payment_id=payment_id,
            batch_number=batch_number(ordinal),
            run_id=self._ids(),
            method=command.method,
            payable_on=next_business_day(business_day(at)),
            at=at,
        )
        await self._runs.add(_run_of(reissue), session=session)
        await self._payments.add_many([reissue], session=session)
        await self._ledger.post([reissue_transfer(reissue)], session=session)
        return reissue

    async def _issue_cheque(self, reissue: Payment, work: Work, *, at: datetime) -> str:
        """An entry of the register, and the statement, which a deposit has when its file was sent."""
        number = cheque_number(await self._cheques.take_ordinal(session=work.session))
        await self._cheques.add(Cheque.issued(reissue, number=number, at=at), session=work.session)
        wanted = {version_key(*newest) for newest in newest_versions(reissue).items()}
        versions = await self._claims.get_many(wanted, session=work.session)
        await self._statements.add_many([issue_statement(reissue, versions, at=at)], session=work.session)
        work.publish(
            StatementIssued(
                batch_number=reissue.batch_number,
                payment_id=reissue.payment_id,
                payee_class=reissue.payee_class,
                payee_id=reissue.payee_id,
                amount_cents=reissue.amount_cents,
                claim_ids=reissue.claim_ids,
                issued_at=at,
            )
        )
        return number


def _checked(payee: Payee | None, *, at: datetime) -> Payee:
    """The payee, who has bank details that are not held after a change (BNK-3)."""
    if payee is None:
        raise NoDirectDeposit
    if payee.held(at) and payee.held_until is not None:
        raise PayeeHeld(payee.held_until.isoformat())
    return payee


def _run_of(reissue: Payment) -> Run:
    return Run(
        run_id=reissue.run_id,
        payee_class=reissue.payee_class,
        payable_on=reissue.payable_on,
        closed_at=reissue.scheduled_at,
        payments=1,
        claims=len(reissue.claim_ids),
        amount_cents=reissue.amount_cents,
        carried_over_payees=0,
        carried_over_cents=0,
    )


def _view(returned_batch: str, reissue: Payment, *, number: str | None) -> ReissueView:
    return ReissueView(
        reissue_of=returned_batch,
        reissue=reissue_part(reissue, cheque_number=number),
        amount_cents=reissue.amount_cents,
        payable_on=reissue.payable_on,
    )


def _scheduled(reissue: Payment) -> PaymentScheduled:
    return PaymentScheduled(
        payment_id=reissue.payment_id,
        batch_number=reissue.batch_number,
        run_id=reissue.run_id,
        payee_class=reissue.payee_class,
        payee_id=reissue.payee_id,
        amount_cents=reissue.amount_cents,
        claim_ids=reissue.claim_ids,
        payable_on=reissue.payable_on,
        scheduled_at=reissue.scheduled_at,
        method=reissue.method,
        reissue_of=reissue.reissue_of,
    )


def _approved(reissue: Payment) -> RunApproved:
    item = RunItem(
        payment_id=reissue.payment_id,
        payee_id=reissue.payee_id,
        batch_number=reissue.batch_number,
        amount_cents=reissue.amount_cents,
    )
    return RunApproved(
        run_id=reissue.run_id,
        payee_class=reissue.payee_class,
        payable_on=reissue.payable_on,
        amount_cents=reissue.amount_cents,
        items=(item,),
    )


def _act(received: Received[ReissuePayment], reissue: Payment, *, at: datetime) -> ReturnsActRecorded:
    return ReturnsActRecorded(
        act="payment_reissued",
        account_id=received.require_actor().account_id,
        about=reissue.payee_id,
        correlation_id=received.correlation_id,
        occurred_at=at,
        details={
            "batch_number": received.message.batch_number,
            "reissue": reissue.batch_number,
            "method": reissue.method,
            "details": "confirmed" if received.message.details_confirmed else "changed",
        },
    )

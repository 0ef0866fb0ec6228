"""Whom a run pays, how, and when: rules that a deployment sets (PAY-1, PAY-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from services.payments.domain.business_days import IsHoliday, no_holidays
from services.payments.domain.draft import PAID, DraftBatch, PayeeOutcome
from services.payments.domain.payable import Payable, PayeeClass
from services.payments.domain.payee import Payee
from services.payments.domain.run_calendar import RunCalendar
from shared.money import Cents

_ANCHOR: Final = date(2026, 1, 5)
_PREPARED_AT: Final = time(6)
_CUT_OFF: Final = time(16)


def _calendars() -> Mapping[PayeeClass, RunCalendar]:
    return calendars(anchor=_ANCHOR, provider_days=14, member_days=1, prepared_at=_PREPARED_AT, cut_off=_CUT_OFF)


def calendars(
    *,
    anchor: date,
    provider_days: int,
    member_days: int,
    prepared_at: time,
    cut_off: time,
    is_holiday: IsHoliday = no_holidays,
) -> Mapping[PayeeClass, RunCalendar]:
    """The calendars of both classes."""
    days: Mapping[PayeeClass, int] = {"provider": provider_days, "member": member_days}
    return {
        payee_class: RunCalendar(
            payee_class=payee_class,
            anchor=anchor,
            every_days=every_days,
            prepared_at=prepared_at,
            cut_off=cut_off,
            is_holiday=is_holiday,
        )
        for payee_class, every_days in days.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """Attributes:
    approvals: agents who must stand for a run, preparing included; 1 switches the second agent off.
    stop_window: how long an approved run can still be stopped before it goes out.
    minimum_cents: less than this is carried over.
    cheques: whether payees without direct deposit are paid by cheque; else they are carried over.
    slice_payables: payables that one transaction takes into a run or gives back.
    part_size: payees whom one transaction, and one message to banking, releases.
    """

    approvals: int = 1
    stop_window: timedelta = timedelta(0)
    minimum_cents: Cents = 1
    cheques: bool = False
    slice_payables: int = 2_000
    part_size: int = 500
    calendars: Mapping[PayeeClass, RunCalendar] = field(default_factory=_calendars)

    def sort_out(
        self, run_id: str, payables: Sequence[Payable], payees: Mapping[str, Payee], *, at: datetime
    ) -> list[DraftBatch]:
        """Gather payables into one batch per payee, recoveries deducted, in the order of the payees' ids."""
        by_payee: dict[str, list[Payable]] = {}
        for payable in payables:
            by_payee.setdefault(payable.payee_id, []).append(payable)
        return [
            self._batch(run_id, payee_id, of_payee, payees.get(payee_id), at=at)
            for payee_id, of_payee in sorted(by_payee.items())
        ]

    def _batch(
        self, run_id: str, payee_id: str, payables: Sequence[Payable], payee: Payee | None, *, at: datetime
    ) -> DraftBatch:
        amount_cents = sum(payable.amount_cents for payable in payables)
        outcome = self._outcome(amount_cents, payee, at=at)
        taken = sorted(payables, key=lambda payable: (payable.opened_at, payable.key)) if outcome in PAID else ()
        return DraftBatch(
            run_id=run_id,
            payee_id=payee_id,
            outcome=outcome,
            amount_cents=amount_cents,
            claims=len({payable.claim_id for payable in payables}),
            payables=tuple(taken),
        )

    def _outcome(self, amount_cents: Cents, payee: Payee | None, *, at: datetime) -> PayeeOutcome:
        if amount_cents <= 0:
            return "owes"
        if amount_cents < self.minimum_cents:
            return "below_minimum"
        if payee is None:
            return "cheque" if self.cheques else "no_deposit"
        return "deposit" if payee.payable(at) else "held"

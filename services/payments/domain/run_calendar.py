"""When runs are due: providers every second week, members every day on which banks pay (PAY-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from services.payments.domain.business_days import IsHoliday, business_day_from, next_business_day, no_holidays
from services.payments.domain.payable import PayeeClass
from shared.clock import BUSINESS_ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDate:
    """A run to come: prepared at ``due_at``; approved before ``cut_off_at``, it pays on ``payable_on``."""

    payee_class: PayeeClass
    day: date
    due_at: datetime
    cut_off_at: datetime
    payable_on: date

    @property
    def run_id(self) -> str:
        """One run per class and day, for ever."""
        return f"{self.payee_class}-{self.day.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCalendar:
    """The runs of one class of payees. All times are those of the business zone.

    Attributes:
        anchor: a day of a run; the others lie whole multiples of ``every_days`` from it. A day on which banks do not
            pay is moved to the next on which they do; days that meet there are one.
        prepared_at: time of day at which a run is prepared.
        cut_off: time of day after which an approval is too late for the next day on which banks pay.
    """

    payee_class: PayeeClass
    anchor: date
    every_days: int
    prepared_at: time
    cut_off: time
    is_holiday: IsHoliday = no_holidays

    def coming(self, now: datetime, *, limit: int) -> list[RunDate]:
        """The next runs, the earliest first; those that are due already are not among them."""
        found: list[RunDate] = []
        for run_date in self._from(now):
            if run_date.due_at > now:
                found.append(run_date)
            if len(found) == limit:
                break
        return found

    def latest_due(self, now: datetime) -> RunDate:
        """The run that was due last, also if that was long ago."""
        due = None
        for run_date in self._from(now):
            if run_date.due_at > now:
                break
            due = run_date
        if due is None:
            raise LookupError(f"no run of {self.payee_class} before {now}")
        return due

    def payable_on(self, approved_at: datetime) -> date:
        """The day on which the deposits of a run that is approved then are payable."""
        local = approved_at.astimezone(BUSINESS_ZONE)
        day = next_business_day(local.date(), is_holiday=self.is_holiday)
        return day if local.time() <= self.cut_off else next_business_day(day, is_holiday=self.is_holiday)

    def _from(self, now: datetime) -> Iterator[RunDate]:
        """Runs in order, beginning well before the last one that is due."""
        today = now.astimezone(BUSINESS_ZONE).date()
        start = (today - self.anchor).days // self.every_days - 1 - _LONGEST_CLOSURE_DAYS // self.every_days
        before = None
        for number in count(start):
            nominal = self.anchor + timedelta(days=number * self.every_days)
            day = business_day_from(nominal, is_holiday=self.is_holiday)
            if day != before:
                yield self._on(day)
            before = day

    def _on(self, day: date) -> RunDate:
        return RunDate(
            payee_class=self.payee_class,
            day=day,
            due_at=_instant(day, self.prepared_at),
            cut_off_at=_instant(day, self.cut_off),
            payable_on=next_business_day(day, is_holiday=self.is_holiday),
        )


_LONGEST_CLOSURE_DAYS = 10
"""Banks are never closed for longer than this."""


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, BUSINESS_ZONE).astimezone(UTC)

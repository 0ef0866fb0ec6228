"""What a family has used of its plan: in one benefit year, or, under ``LIFETIME``, ever.

Four maps, each by (person, name of a count):

* ``paid``: cents paid; counted under the benefit and under each maximum that holds it.
* ``deductibles``: cents of deductible taken; by deductible group.
* ``expenses``: cents that went towards a threshold, such as a tier of the share or an out-of-pocket limit.
* ``services``: visits and units by day and provider; under each count that a cap or a frequency limit looks at.

Family figures are sums over the persons. Values are never changed in place: each step makes a new ``Accumulators``.
What a delta adds, the same delta takes away again, whatever came between: a count that is back at nothing is not
kept, so a claim that is voided leaves no mark (CLM-10).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

LIFETIME: Final = 0
"""In place of a benefit year: what counts for as long as the person is insured."""

Key: TypeAlias = tuple[str, str]
"""(person, name of a count)."""
Day: TypeAlias = tuple[date, str]
"""A day with a provider, by the provider's key."""
Sign: TypeAlias = Literal[1, -1]


class Visit(NamedTuple):
    """What was counted of one day with one provider; ``eligible_cents`` counts towards a per-visit cap."""

    lines: int
    units: int
    eligible_cents: int


NO_VISIT: Final = Visit(0, 0, 0)


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """The visits of one person under one name."""

    by_day: Mapping[Day, Visit]

    @property
    def visits(self) -> int:
        """All lines of a day with one provider are one visit."""
        return len(self.by_day)

    @property
    def units(self) -> int:
        return sum(visit.units for visit in self.by_day.values())

    @property
    def days(self) -> tuple[date, ...]:
        """Days with a visit, in order, each once."""
        return tuple(sorted({day for day, _ in self.by_day}))

    def on(self, day: date, provider_key: str) -> Visit:
        return self.by_day.get((day, provider_key), NO_VISIT)


@dataclass(frozen=True, slots=True)
class AccumulatorDelta:
    """What one paid (or deductible-consuming) line adds; kept in the decision so that it can be explained and undone.

    ``paid_under`` and ``counted_under`` name entries of ``paid`` and ``services`` in ``year``, those with ``lifetime_``
    in ``LIFETIME``; ``deductible_group`` is "" when the benefit has no deductible; ``expenses`` are (name, cents).
    """

    year: int
    person_id: str
    paid_under: tuple[str, ...]
    paid_cents: int
    deductible_group: str
    deductible_cents: int
    counted_under: tuple[str, ...]
    units: int
    service_date: date
    provider_key: str
    eligible_cents: int
    expenses: tuple[tuple[str, int], ...] = ()
    lifetime_paid_under: tuple[str, ...] = ()
    lifetime_counted_under: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Whose accumulators it moves."""
        return (LIFETIME, self.year) if self.lifetime_paid_under or self.lifetime_counted_under else (self.year,)


@dataclass(frozen=True, slots=True)
class Accumulators:
    """Figures of one certificate for one benefit year; ``version`` counts the decisions applied (optimistic lock)."""

    contract: str
    certificate: str
    year: int
    version: int = 0
    paid: Mapping[Key, int] = field(default_factory=dict)
    deductibles: Mapping[Key, int] = field(default_factory=dict)
    expenses: Mapping[Key, int] = field(default_factory=dict)
    services: Mapping[Key, ServiceUse] = field(default_factory=dict)

    def paid_cents(self, person_id: str, name: str) -> int:
        return self.paid.get((person_id, name), 0)

    def family_paid_cents(self, name: str) -> int:
        return _of_family(self.paid, name)

    def deductible_cents(self, person_id: str, group: str) -> int:
        return self.deductibles.get((person_id, group), 0)

    def family_deductible_cents(self, group: str) -> int:
        return _of_family(self.deductibles, group)

    def expense_cents(self, person_id: str, name: str) -> int:
        return self.expenses.get((person_id, name), 0)

    def family_expense_cents(self, name: str) -> int:
        return _of_family(self.expenses, name)

    def service_use(self, person_id: str, name: str) -> ServiceUse | None:
        return self.services.get((person_id, name))

    def with_delta(self, delta: AccumulatorDelta) -> "Accumulators":
        """These figures after one more line; the version stays, it belongs to whole decisions."""
        return self._moved(delta, 1)

    def without_delta(self, delta: AccumulatorDelta) -> "Accumulators":
        """These figures as if the line had never counted."""
        return self._moved(delta, -1)

    def with_deltas(
        self, deltas: Iterable[AccumulatorDelta], *, undone: Iterable[AccumulatorDelta] = ()
    ) -> "Accumulators":
        """These figures without ``undone`` and with ``deltas``, as far as they belong to this year, as one new
        version; unchanged when none does.
        """
        after = self
        for delta in undone:
            if self.year in delta.years:
                after = after.without_delta(delta)
        for delta in deltas:
            if self.year in delta.years:
                after = after.with_delta(delta)
        return self if after is self else replace(after, version=self.version + 1)

    def narrowed(self, names: frozenset[str]) -> "Accumulators":
        """Only the counts of these names, of all persons: what a decision that looks at nothing else depends on."""
        return replace(
            self,
            paid={key: cents for key, cents in self.paid.items() if key[1] in names},
            deductibles={key: cents for key, cents in self.deductibles.items() if key[1] in names},
            expenses={key: cents for key, cents in self.expenses.items() if key[1] in names},
            services={key: use for key, use in self.services.items() if key[1] in names},
        )

    def _moved(self, delta: AccumulatorDelta, sign: Sign) -> "Accumulators":
        person, lifetime = delta.person_id, self.year == LIFETIME
        paid, paid_under = dict(self.paid), delta.lifetime_paid_under if lifetime else delta.paid_under
        for name in paid_under:
            _add(paid, (person, name), sign * delta.paid_cents)
        services, counted = dict(self.services), delta.lifetime_counted_under if lifetime else delta.counted_under
        for name in counted:
            _count(services, (person, name), delta, sign)
        if lifetime:
            return replace(self, paid=paid, services=services)
        deductibles, expenses = self.deductibles, self.expenses
        if delta.deductible_cents:
            deductibles = dict(deductibles)
            _add(deductibles, (person, delta.deductible_group), sign * delta.deductible_cents)
        if delta.expenses:
            expenses = dict(expenses)
            for name, cents in delta.expenses:
                _add(expenses, (person, name), sign * cents)
        return replace(self, paid=paid, deductibles=deductibles, expenses=expenses, services=services)


def _of_family(amounts: Mapping[Key, int], name: str) -> int:
    return sum(cents for (_, counted), cents in amounts.items() if counted == name)


def _add(amounts: dict[Key, int], key: Key, cents: int) -> None:
    total = amounts.get(key, 0) + cents
    if total:
        amounts[key] = total
    else:
        amounts.pop(key, None)


def _count(services: dict[Key, ServiceUse], key: Key, delta: AccumulatorDelta, sign: Sign) -> None:
    day = (delta.service_date, delta.provider_key)
    before = services.get(key)
    by_day = dict(before.by_day) if before else {}
    visit = by_day.get(day, NO_VISIT)
    lines = visit.lines + sign
    if lines:
        by_day[day] = Visit(lines, visit.units + sign * delta.units, visit.eligible_cents + sign * delta.eligible_cents)
    else:
        by_day.pop(day, None)
    if by_day:
        services[key] = ServiceUse(by_day)
    else:
        services.pop(key, None)

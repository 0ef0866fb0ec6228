"""What a family has used of its plan in one benefit year.

Three maps, each by (person, name of a count):

* ``paid``: cents paid; counted under the benefit and under each combined maximum that holds it.
* ``deductibles``: cents of deductible taken; by deductible group.
* ``services``: visits, units and last dates; under the benefit and under each frequency group of the service.

Family figures are sums over the persons. Values are never changed in place: each step makes a new ``Accumulators``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A day with a provider; ``eligible_cents`` is what its lines had allowed so far, for the per-visit cap."""

    day: date
    provider_key: str
    eligible_cents: int

    def is_on(self, day: date, provider_key: str) -> bool:
        return self.day == day and self.provider_key == provider_key


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """Counts of one person in one benefit or frequency group.

    ``visit`` is the visit decided most recently: another line of the same visit, even in another claim, shares its cap
    and is not counted as a visit again. Only one is kept, so that the document stays small whatever the claims.
    """

    visits: int
    units: int
    last_date: date
    visit: Visit

    def with_line(self, *, day: date, provider_key: str, units: int, eligible_cents: int) -> "ServiceUse":
        same = self.visit.is_on(day, provider_key)
        return ServiceUse(
            visits=self.visits + (not same),
            units=self.units + units,
            last_date=max(self.last_date, day),
            visit=Visit(day, provider_key, eligible_cents + (self.visit.eligible_cents if same else 0)),
        )


@dataclass(frozen=True, slots=True)
class AccumulatorDelta:
    """What one paid (or deductible-consuming) line adds; kept in the decision so that it can be explained and undone.

    ``paid_under`` and ``counted_under`` name the entries of ``paid`` and ``services``; ``deductible_group`` is "" when
    the benefit has no deductible.
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


@dataclass(frozen=True, slots=True)
class Accumulators:
    """Figures of one certificate for one benefit year; ``version`` counts the decisions applied (optimistic lock)."""

    contract: str
    certificate: str
    year: int
    version: int = 0
    paid: Mapping[Key, int] = field(default_factory=dict)
    deductibles: Mapping[Key, int] = field(default_factory=dict)
    services: Mapping[Key, ServiceUse] = field(default_factory=dict)

    def paid_cents(self, person_id: str, name: str) -> int:
        return self.paid.get((person_id, name), 0)

    def family_paid_cents(self, name: str) -> int:
        return sum(cents for (_, counted), cents in self.paid.items() if counted == name)

    def deductible_cents(self, person_id: str, group: str) -> int:
        return self.deductibles.get((person_id, group), 0)

    def family_deductible_cents(self, group: str) -> int:
        return sum(cents for (_, counted), cents in self.deductibles.items() if counted == group)

    def service_use(self, person_id: str, name: str) -> ServiceUse | None:
        return self.services.get((person_id, name))

    def with_delta(self, delta: AccumulatorDelta) -> "Accumulators":
        """These figures after one more line; the version stays, it belongs to whole decisions."""
        person = delta.person_id
        paid = dict(self.paid)
        for name in delta.paid_under:
            paid[person, name] = paid.get((person, name), 0) + delta.paid_cents
        deductibles = self.deductibles
        if delta.deductible_cents:
            key = (person, delta.deductible_group)
            deductibles = {**deductibles, key: deductibles.get(key, 0) + delta.deductible_cents}
        services = dict(self.services)
        for name in delta.counted_under:
            services[person, name] = _counted(services.get((person, name)), delta)
        return replace(self, paid=paid, deductibles=deductibles, services=services)

    def with_deltas(self, deltas: Iterable[AccumulatorDelta]) -> "Accumulators":
        """These figures after those of ``deltas`` that belong to this year, as one new version; else unchanged."""
        after = self
        for delta in deltas:
            if delta.year == self.year:
                after = after.with_delta(delta)
        return self if after is self else replace(after, version=self.version + 1)


def _counted(use: ServiceUse | None, delta: AccumulatorDelta) -> ServiceUse:
    if use is None:
        visit = Visit(delta.service_date, delta.provider_key, delta.eligible_cents)
        return ServiceUse(visits=1, units=delta.units, last_date=delta.service_date, visit=visit)
    return use.with_line(
        day=delta.service_date,
        provider_key=delta.provider_key,
        units=delta.units,
        eligible_cents=delta.eligible_cents,
    )

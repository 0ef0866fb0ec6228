"""Limits of a plan document, read: how often, over which period, and names that may be given only once."""

from collections.abc import Iterable
from typing import NamedTuple

from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.plan_limits import FrequencyLimit


class Period(NamedTuple):
    """For how long a maximum holds: see ``Maximum``."""

    years: int
    first_year: int
    lifetime: bool


class MaximumIds:
    """Names under which payments count: each belongs to one benefit or one maximum."""

    def __init__(self, benefits: Iterable[str]) -> None:
        self._taken = set(benefits)

    def add(self, entry: DocumentReader, name: str) -> None:
        if name in self._taken:
            entry.report("id", f"{name!r} is the name of a benefit or of another maximum")
        self._taken.add(name)


def read_period(entry: DocumentReader) -> Period:
    """A benefit year, unless ``years`` and ``first_year`` are given, or ``lifetime`` is true."""
    years = entry.optional_integer("years", minimum=2)
    first_year = entry.optional_integer("first_year", minimum=1)
    lifetime = entry.flag("lifetime")
    if (years is None) != (first_year is None):
        entry.report("years" if years is None else "first_year", "years and first_year are given together")
    if lifetime and years is not None:
        entry.report("lifetime", "a maximum holds for life or for so many years, not both")
    return Period(years or 1, first_year or 0, lifetime)


def read_limit(entry: DocumentReader, names: frozenset[str]) -> tuple[FrequencyLimit, frozenset[str]]:
    """A frequency limit, and the services and claim types that it holds for: all of the benefit when it names none."""
    limit = FrequencyLimit(
        group=entry.code("group"),
        max_visits=entry.optional_integer("max_visits", minimum=1),
        max_units=entry.optional_integer("max_units", minimum=1),
        months_between=entry.optional_integer("months_between", minimum=1),
        in_months=entry.optional_integer("in_months", minimum=1),
        lifetime=entry.flag("lifetime"),
        per_tooth=entry.flag("per_tooth"),
        max_units_per_visit=entry.optional_integer("max_units_per_visit", minimum=1),
    )
    _check_limit(entry, limit)
    services = entry.texts("services")
    for index, service in enumerate(services):
        if service not in names:
            entry.report(f"services[{index}]", f"{service!r} is not a service or claim type of this benefit")
    entry.close()
    return limit, frozenset(services) or names


def _check_limit(entry: DocumentReader, limit: FrequencyLimit) -> None:
    counted = limit.max_visits is not None or limit.max_units is not None
    if not counted and limit.months_between is None and limit.max_units_per_visit is None:
        entry.report("", "must give max_visits, max_units, months_between or max_units_per_visit")
    if limit.in_months is not None and limit.lifetime:
        entry.report("lifetime", "a limit holds for life or for so many months, not both")
    if not limit.yearly and not counted:
        entry.report("", "in_months and lifetime need max_visits or max_units")
    if limit.lifetime and (limit.months_between is not None or limit.max_units_per_visit is not None):
        entry.report("lifetime", "goes with max_visits and max_units only: give the other limits a group of their own")

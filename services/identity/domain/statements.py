"""Statements paid to providers, and the proof of identity that they give: who got the money knows them (REG-13)."""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

STATEMENTS_ASKED: Final = 2


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """What stands at the head of a statement: its date (America/Toronto) and the number of its batch, eight digits."""

    day: date
    batch_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that was paid to a provider; known by payee and batch."""

    provider_id: str
    facts: StatementFacts
    amount_cents: int | None = None
    version: int = 1

    @property
    def entry_id(self) -> str:
        return f"{self.provider_id}:{self.facts.batch_number}"

    def at(self, version: int) -> "Statement":
        """The same facts as another version."""
        return replace(self, version=version)


def prove(told: Sequence[StatementFacts], paid: Collection[StatementFacts], *, today: date) -> bool:
    """Whether two different statements were told, both paid to the provider and both of the last year.

    ``paid`` are the provider's own statements. Two statements are different when their batches are; the same day of
    last year still counts, a day to come never does.
    """
    since = one_year_before(today)
    batches = {facts.batch_number for facts in told}
    if len(told) != STATEMENTS_ASKED or len(batches) != STATEMENTS_ASKED:
        return False
    return all(facts in paid and since <= facts.day <= today for facts in told)


def one_year_before(day: date) -> date:
    """The same day of last year; 28 February for 29 February."""
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))

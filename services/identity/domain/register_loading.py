"""Bringing the entries of a register up to date: what is new or changed is saved, what says the same stays (REG-20).

Code: ``roster.repeated`` (the same entry twice in one slice, saying different things).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from services.identity.domain.csv_rows import LineError


class Entry(Protocol):
    """One thing that a register knows; two entries with one id are versions of the same thing."""

    @property
    def entry_id(self) -> str: ...

    @property
    def version(self) -> int: ...

    def at(self, version: int) -> Self:
        """The same facts as another version."""
        ...


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Row(Generic[E]):
    """A readable line."""

    line: int
    entry: E


@dataclass(frozen=True, slots=True)
class Outcome(Generic[E]):
    """What became of rows: entries to be saved, and counts of rows."""

    changed: tuple[E, ...]
    accepted: int
    unchanged: int
    rejected: tuple[LineError, ...]


def apply_rows(rows: Sequence[Row[E]], existing: Mapping[str, E]) -> Outcome[E]:
    """Merge ``rows`` into the ``existing`` entries (by id). Entries that no row mentions stay as they are."""
    changed: dict[str, E] = {}
    seen: dict[str, E] = {}
    accepted = unchanged = 0
    rejected: list[LineError] = []
    for row in rows:
        key = row.entry.entry_id
        if key in seen and seen[key] != row.entry:
            rejected.append(LineError(row.line, None, "roster.repeated"))
            continue
        known = changed.get(key, existing.get(key))
        if known is not None and row.entry.at(known.version) == known:
            unchanged += 1
        else:
            accepted += 1
            changed[key] = row.entry.at(1 if known is None else known.version + 1)
        seen[key] = row.entry
    return Outcome(tuple(changed.values()), accepted, unchanged, tuple(rejected))

"""``python -m deploy.sample.generate`` writes ``roster.csv``: the same file at every run, with every Python.

Five contracts, 200 members and their families in several provinces: two plans, students, a few families and persons
whose coverage has ended. Coverage begins before 2025 and nobody is born after 2024, so the file stays usable whenever
the demo is run.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from deploy.sample.names import ENGLISH, FAMILIES, FRENCH, MEN, WOMEN

ROSTER: Final = Path(__file__).parent / "roster.csv"
SEED: Final = 20_250_101
REFERENCE_DAY: Final = date(2025, 1, 1)
"""Ages are reckoned for this day."""

LATEST_END: Final = date(2024, 12, 31)

SPOUSE_SHARE: Final = 0.56
STUDENT_SHARE: Final = 0.8
DOUBLE_NAME_SHARE: Final = 0.3
CHILDREN: Final = (0, 0, 0, 0, 1, 1, 1, 2, 3)
"""How many children a family may have, equally likely."""

ENDED_FAMILY_EVERY: Final = 25
ENDED_DEPENDANT_EVERY: Final = 40
DAYS_IN_YEAR: Final = 365.25
ADULT_CHILD: Final = 18


@dataclass(frozen=True, slots=True)
class SampleContract:
    """A group contract: how many members it has, where they live, what they speak, which plans they chose from."""

    number: str
    members: int
    provinces: tuple[str, ...]
    french_share: float
    plans: tuple[str, ...]


CONTRACTS: Final = (
    SampleContract("10417", 64, ("QC", "QC", "QC", "QC", "NB"), 0.9, ("STANDARD",)),
    SampleContract("20583", 52, ("ON", "ON", "ON", "QC", "MB"), 0.25, ("STANDARD", "STANDARD", "PREMIER")),
    SampleContract("31926", 40, ("AB", "BC", "SK"), 0.1, ("STANDARD", "PREMIER")),
    SampleContract("47730", 28, ("QC", "ON"), 0.6, ("PREMIER",)),
    SampleContract("58102", 16, ("NS", "NB", "PE", "NL"), 0.3, ("STANDARD", "PREMIER")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A line of the roster, its fields in the order of the columns."""

    contract_number: str
    certificate_number: str
    person_number: str
    relationship: str
    first_name: str
    last_name: str
    birth_date: date
    language: str
    province: str
    plan_code: str
    student: bool
    effective_from: date
    effective_to: date | None


COLUMNS: Final = tuple(field.name for field in fields(RosterRow))


def rows(seed: int = SEED) -> tuple[RosterRow, ...]:
    """Everybody, family by family, the member first."""
    random = Random(seed)  # noqa: S311 - the same people every time is the point
    families = _Families(random)
    return tuple(row for contract in CONTRACTS for _ in range(contract.members) for row in families.next_of(contract))


@dataclass(frozen=True, slots=True)
class _Family:
    """What everybody in a dossier has in common."""

    contract: SampleContract
    certificate_number: str
    language: str
    province: str
    plan_code: str
    began: date
    ended: date | None
    first_names: set[str]


class _Families:
    """Makes one family after the other."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._families = 0
        self._dependants = 0

    def next_of(self, contract: SampleContract) -> Iterator[RosterRow]:
        family = self._family(contract)
        name = self._random.choice(FAMILIES[family.language])
        born = self._day_between(_years_before(64), _years_before(24))
        yield self._person(family, 0, "self", born=born, last_name=name)
        other_name = name
        if self._random.random() < SPOUSE_SHARE:
            other_name = self._random.choice(FAMILIES[family.language])
            yield self._person(family, 1, "spouse", born=self._near(born), last_name=other_name)
        for number, birth_date in enumerate(self._children(born), start=2):
            last_name = self._child_name(name, other_name)
            yield self._person(family, number, "child", born=birth_date, last_name=last_name)

    def _family(self, contract: SampleContract) -> _Family:
        self._families += 1
        began = self._day_between(date(2017, 1, 1), date(2024, 6, 1))
        return _Family(
            contract=contract,
            certificate_number=f"{self._families * 137 + 41_000:06d}",
            language=FRENCH if self._random.random() < contract.french_share else ENGLISH,
            province=self._random.choice(contract.provinces),
            plan_code=self._random.choice(contract.plans),
            began=began,
            ended=self._ended(began) if self._families % ENDED_FAMILY_EVERY == 0 else None,
            first_names=set(),
        )

    def _person(self, family: _Family, number: int, relationship: str, *, born: date, last_name: str) -> RosterRow:
        began = max(family.began, born)
        is_adult_child = relationship == "child" and born <= _years_before(ADULT_CHILD)
        return RosterRow(
            contract_number=family.contract.number,
            certificate_number=family.certificate_number,
            person_number=f"{number:02d}",
            relationship=relationship,
            first_name=self._first_name(family),
            last_name=last_name,
            birth_date=born,
            language=family.language,
            province=family.province,
            plan_code=family.plan_code,
            student=is_adult_child and self._random.random() < STUDENT_SHARE,
            effective_from=began,
            effective_to=family.ended or (self._ended_alone(began) if number > 0 else None),
        )

    def _first_name(self, family: _Family) -> str:
        """One that nobody else in the family has."""
        names = self._random.choice((WOMEN, MEN))[family.language]
        name = self._random.choice([name for name in names if name not in family.first_names])
        family.first_names.add(name)
        return name

    def _children(self, parent: date) -> list[date]:
        """Birth dates: the parent was between 22 and 42, the child is under 24."""
        first = max(parent + _years(22), _years_before(24))
        last = min(parent + _years(42), _years_before(0))
        if first >= last:
            return []
        return sorted(self._day_between(first, last) for _ in range(self._random.choice(CHILDREN)))

    def _child_name(self, first: str, second: str) -> str:
        simple = first == second or not (first.isalpha() and second.isalpha())
        return first if simple or self._random.random() >= DOUBLE_NAME_SHARE else f"{first}-{second}"

    def _near(self, birth_date: date) -> date:
        return min(birth_date + timedelta(days=self._random.randint(-2_500, 2_500)), _years_before(20))

    def _ended_alone(self, began: date) -> date | None:
        self._dependants += 1
        return self._ended(began) if self._dependants % ENDED_DEPENDANT_EVERY == 0 else None

    def _ended(self, began: date) -> date:
        return self._day_between(min(began + timedelta(days=90), LATEST_END), LATEST_END)

    def _day_between(self, first: date, last: date) -> date:
        return first + timedelta(days=self._random.randint(0, (last - first).days))


def _years(years: int) -> timedelta:
    return timedelta(days=round(years * DAYS_IN_YEAR))


def _years_before(years: int) -> date:
    return REFERENCE_DAY - timedelta(days=1) - _years(years)


def csv_text(people: tuple[RosterRow, ...]) -> str:
    """The roster as identity loads it (REG-20): UTF-8, commas, ISO dates, one person a line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in people)
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case None:
            return ""
    return str(value)


def main() -> None:
    """Write the file."""
    people = rows()
    ROSTER.write_text(csv_text(people), encoding="utf-8", newline="\n")
    members = sum(row.relationship == "self" for row in people)
    print(f"{ROSTER.name}: {len(people)} persons, {members} members, {len(CONTRACTS)} contracts")


if __name__ == "__main__":
    main()

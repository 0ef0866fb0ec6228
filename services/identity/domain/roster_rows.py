"""The lines of a roster: one person of one dossier each (REG-20)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.identity.domain import csv_rows
from services.identity.domain.csv_rows import (
    EARLIEST,
    LANGUAGES,
    LATEST,
    PROVINCE_CHOICES,
    TRUTHS,
    Layout,
    Line,
    LineError,
)
from services.identity.domain.roster import DossierNumber, Person, Relationship

COLUMNS: Final = (
    "contract_number",
    "certificate_number",
    "person_number",
    "relationship",
    "first_name",
    "last_name",
    "birth_date",
    "language",
    "province",
    "plan_code",
    "student",
    "effective_from",
    "effective_to",
)

_NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,12}")
_PERSON_NUMBER: Final = re.compile(r"[A-Za-z0-9]{1,4}")
_PLAN_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,20}")
_RELATIONSHIPS: Final = {relationship.value: relationship for relationship in Relationship}


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A readable line: one person of one dossier."""

    line: int
    number: DossierNumber
    plan_code: str
    province: str
    person: Person


def read_header(header: str) -> Layout:
    """Columns of a roster in any order; see ``csv_rows.read_header``."""
    return csv_rows.read_header(header, COLUMNS)


def read_rows(
    layout: Layout, lines: Sequence[str], *, first_line: int, today: date
) -> tuple[list[RosterRow], list[LineError]]:
    """The readable rows and the mistakes of the others; blank lines are passed over."""
    return csv_rows.read_rows(layout, lines, _row, first_line=first_line, today=today)


def _row(line: Line) -> RosterRow:
    number = DossierNumber.of(line.text("contract_number", _NUMBER), line.text("certificate_number", _NUMBER))
    effective_from = line.day("effective_from", EARLIEST, LATEST)
    person = Person(
        number=line.text("person_number", _PERSON_NUMBER).upper(),
        relationship=line.choice("relationship", _RELATIONSHIPS),
        first_name=line.name("first_name"),
        last_name=line.name("last_name"),
        birth_date=line.day("birth_date", EARLIEST, line.today),
        language=line.choice("language", LANGUAGES),
        student=line.choice("student", TRUTHS),
        effective_from=effective_from,
        effective_to=line.end("effective_to", effective_from),
    )
    province = line.choice("province", PROVINCE_CHOICES)
    return RosterRow(line.number, number, line.text("plan_code", _PLAN_CODE), province, person)

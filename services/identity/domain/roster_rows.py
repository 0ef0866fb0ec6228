"""Reading the lines of a roster CSV: every field of every line is checked, every mistake has its line, field and code.

Codes: ``roster.columns`` (number of values), ``roster.quoting``, ``roster.required``, ``roster.format``,
``roster.choice``, ``roster.name``, ``roster.date``, ``roster.range``, ``roster.period`` (REG-20).
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from services.identity.domain.errors import RosterHeaderError
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
PROVINCES: Final = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
LONGEST_NAME: Final = 60

_NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,12}")
_PERSON_NUMBER: Final = re.compile(r"[A-Za-z0-9]{1,4}")
_PLAN_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,20}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RELATIONSHIPS: Final = {relationship.value: relationship for relationship in Relationship}
_LANGUAGES: Final = {language: language for language in ("fr", "en")}
_PROVINCES: Final = {province.lower(): province for province in PROVINCES}
_TRUTHS: Final = {
    **dict.fromkeys(("", "0", "n", "no", "non", "false"), False),
    **dict.fromkeys(("1", "y", "o", "yes", "oui", "true"), True),
}
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class LineError:
    """Why a line of the file was refused; ``field`` is None when the line as a whole is at fault."""

    line: int
    field: str | None
    code: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A readable line: one person of one dossier."""

    line: int
    number: DossierNumber
    plan_code: str
    province: str
    person: Person


@dataclass(frozen=True, slots=True)
class Layout:
    """Separator and order of the columns, as the header says."""

    separator: str
    columns: tuple[str, ...]


def read_header(header: str) -> Layout:
    """Columns in any order, separated by commas or semicolons.

    Raises:
        RosterHeaderError: a column is missing, unknown or there twice.
    """
    text = header.removeprefix("\ufeff")
    separator = ";" if text.count(";") > text.count(",") else ","
    columns = tuple(name.strip().strip('"').lower() for name in text.split(separator))
    for column in COLUMNS:
        if columns.count(column) != 1:
            raise RosterHeaderError(column)
    for column in columns:
        if column not in COLUMNS:
            raise RosterHeaderError(column)
    return Layout(separator, columns)


def read_rows(
    layout: Layout, lines: Sequence[str], *, first_line: int, today: date
) -> tuple[list[RosterRow], list[LineError]]:
    """The readable rows and the mistakes of the others; blank lines are passed over."""
    rows: list[RosterRow] = []
    errors: list[LineError] = []
    for number, text in enumerate(lines, start=first_line):
        if not text.strip():
            continue
        values = _split(layout, text)
        if isinstance(values, str):
            errors.append(LineError(number, None, values))
            continue
        line = _Line(number, dict(zip(layout.columns, values, strict=True)), today)
        row = line.row()
        if line.errors:
            errors.extend(line.errors)
        else:
            rows.append(row)
    return rows, errors


def _split(layout: Layout, text: str) -> list[str] | str:
    """Values of a line, or the code of what is wrong with it."""
    try:
        records = list(csv.reader([text], delimiter=layout.separator, strict=True))
    except csv.Error:
        return "roster.quoting"
    if len(records) != 1 or len(records[0]) != len(layout.columns):
        return "roster.columns"
    return records[0]


@dataclass(slots=True)
class _Line:
    """Reads the fields of one line; a wrong field is noted and stands in as some value of its type."""

    number: int
    values: Mapping[str, str]
    today: date
    errors: list[LineError] = field(default_factory=list)

    def row(self) -> RosterRow:
        number = DossierNumber.of(self._text("contract_number", _NUMBER), self._text("certificate_number", _NUMBER))
        effective_from = self._date("effective_from", EARLIEST, LATEST)
        person = Person(
            number=self._text("person_number", _PERSON_NUMBER).upper(),
            relationship=self._choice("relationship", _RELATIONSHIPS),
            first_name=self._name("first_name"),
            last_name=self._name("last_name"),
            birth_date=self._date("birth_date", EARLIEST, self.today),
            language=self._choice("language", _LANGUAGES),
            student=self._choice("student", _TRUTHS),
            effective_from=effective_from,
            effective_to=self._end(effective_from),
        )
        province = self._choice("province", _PROVINCES)
        return RosterRow(self.number, number, self._text("plan_code", _PLAN_CODE), province, person)

    def _value(self, column: str) -> str:
        return self.values[column].strip()

    def _wrong(self, column: str, code: str) -> None:
        self.errors.append(LineError(self.number, column, code))

    def _text(self, column: str, pattern: re.Pattern[str]) -> str:
        value = self._value(column)
        if not value:
            self._wrong(column, "roster.required")
        elif pattern.fullmatch(value) is None:
            self._wrong(column, "roster.format")
        return value

    def _choice(self, column: str, choices: Mapping[str, C]) -> C:
        value = self._value(column).lower()
        if value not in choices:
            self._wrong(column, "roster.choice" if value else "roster.required")
            return next(iter(choices.values()))
        return choices[value]

    def _name(self, column: str) -> str:
        value = " ".join(unicodedata.normalize("NFC", self._value(column)).split())
        if not value:
            self._wrong(column, "roster.required")
        elif not _is_name(value):
            self._wrong(column, "roster.name")
        return value

    def _date(self, column: str, earliest: date, latest: date) -> date:
        value = self._value(column)
        if not value:
            self._wrong(column, "roster.required")
            return earliest
        day = _day(value)
        if day is None:
            self._wrong(column, "roster.date")
            return earliest
        if not earliest <= day <= latest:
            self._wrong(column, "roster.range")
        return day

    def _end(self, effective_from: date) -> date | None:
        if not self._value("effective_to"):
            return None
        day = self._date("effective_to", EARLIEST, LATEST)
        if day < effective_from and not any(error.field == "effective_to" for error in self.errors):
            self._wrong("effective_to", "roster.period")
        return day


def _day(text: str) -> date | None:
    """Exactly ``YYYY-MM-DD``; ``fromisoformat`` alone would take week dates as well."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_name(text: str) -> bool:
    """Letters of any script with their combining marks, and what stands between the parts of a name."""
    letters = all(unicodedata.category(sign)[0] in "LM" or sign in " '’ʼ.-" for sign in text)
    return letters and text[0].isalpha() and len(text) <= LONGEST_NAME

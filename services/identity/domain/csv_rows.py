"""Reading the lines of a register as CSV: every field of every line is checked, every mistake has its line, field and
code. What the columns of a register are stands in its own module.

Codes: ``roster.columns`` (number of values), ``roster.quoting``, ``roster.required``, ``roster.format``,
``roster.choice``, ``roster.name``, ``roster.date``, ``roster.range``, ``roster.period`` (REG-20).
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from services.identity.domain.errors import RosterHeaderError

PROVINCES: Final = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
LONGEST_NAME: Final = 60
LONGEST_TEXT: Final = 100

LANGUAGES: Final = {language: language for language in ("fr", "en")}
PROVINCE_CHOICES: Final = {province.lower(): province for province in PROVINCES}
TRUTHS: Final = {
    **dict.fromkeys(("", "0", "n", "no", "non", "false"), False),
    **dict.fromkeys(("1", "y", "o", "yes", "oui", "true"), True),
}
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
R = TypeVar("R")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class LineError:
    """Why a line of the file was refused; ``field`` is None when the line as a whole is at fault."""

    line: int
    field: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Separator and order of the columns, as the header says."""

    separator: str
    columns: tuple[str, ...]


def read_header(header: str, expected: Sequence[str], *, optional: Sequence[str] = ()) -> Layout:
    """Columns in any order, separated by commas or semicolons; the optional ones may be left out.

    Raises:
        RosterHeaderError: a column is missing, unknown or there twice.
    """
    text = header.removeprefix("\ufeff")
    separator = ";" if text.count(";") > text.count(",") else ","
    columns = tuple(name.strip().strip('"').lower() for name in text.split(separator))
    for column in expected:
        if columns.count(column) != 1:
            raise RosterHeaderError(column)
    for column in columns:
        if column not in expected and (column not in optional or columns.count(column) != 1):
            raise RosterHeaderError(column)
    return Layout(separator, columns)


def read_rows(
    layout: Layout, lines: Sequence[str], read: "Callable[[Line], R]", *, first_line: int, today: date
) -> tuple[list[R], list[LineError]]:
    """What ``read`` makes of the readable lines, and the mistakes of the others; blank lines are passed over."""
    rows: list[R] = []
    errors: list[LineError] = []
    for number, text in enumerate(lines, start=first_line):
        if not text.strip():
            continue
        values = _split(layout, text)
        if isinstance(values, str):
            errors.append(LineError(number, None, values))
            continue
        line = Line(number, dict(zip(layout.columns, values, strict=True)), today)
        row = read(line)
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
class Line:
    """Reads the fields of one line; a wrong field is noted and stands in as some value of its type."""

    number: int
    values: Mapping[str, str]
    today: date
    errors: list[LineError] = field(default_factory=list)

    def value(self, column: str) -> str:
        """As it stands there, without surrounding space; "" where the file has no such column."""
        return self.values.get(column, "").strip()

    def wrong(self, column: str, code: str) -> None:
        """Note a mistake; the line will not be taken."""
        self.errors.append(LineError(self.number, column, code))

    def text(self, column: str, pattern: re.Pattern[str], *, required: bool = True) -> str:
        """A value of a given form."""
        value = self.value(column)
        if not value and not required:
            return value
        if not value:
            self.wrong(column, "roster.required")
        elif pattern.fullmatch(value) is None:
            self.wrong(column, "roster.format")
        return value

    def choice(self, column: str, choices: Mapping[str, C]) -> C:
        """One of some values, whatever its case; ``""`` among them makes it optional."""
        value = self.value(column).lower()
        if value not in choices:
            self.wrong(column, "roster.choice" if value else "roster.required")
            return next(iter(choices.values()))
        return choices[value]

    def name(self, column: str) -> str:
        """A person's name."""
        value = self._words(column)
        if value and not _is_name(value):
            self.wrong(column, "roster.name")
        return value

    def title(self, column: str, *, required: bool = True) -> str:
        """The name of a business or a thing: any printable text."""
        value = self._words(column, required=required)
        if value and (len(value) > LONGEST_TEXT or not value.isprintable()):
            self.wrong(column, "roster.name")
        return value

    def day(self, column: str, earliest: date, latest: date) -> date:
        """Exactly ``YYYY-MM-DD``, within bounds."""
        value = self.value(column)
        if not value:
            self.wrong(column, "roster.required")
            return earliest
        day = _day(value)
        if day is None:
            self.wrong(column, "roster.date")
            return earliest
        if not earliest <= day <= latest:
            self.wrong(column, "roster.range")
        return day

    def end(self, column: str, start: date) -> date | None:
        """An optional day that does not come before ``start``."""
        if not self.value(column):
            return None
        day = self.day(column, EARLIEST, LATEST)
        if day < start and not any(error.field == column for error in self.errors):
            self.wrong(column, "roster.period")
        return day

    def _words(self, column: str, *, required: bool = True) -> str:
        value = " ".join(unicodedata.normalize("NFC", self.value(column)).split())
        if not value and required:
            self.wrong(column, "roster.required")
        return value


def _day(text: str) -> date | None:
    """``fromisoformat`` alone would take week dates as well."""
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

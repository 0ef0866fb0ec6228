"""The rows of an extract's files: CSV without a header, every value quoted, UTF-8, one row on each line.

A row that cannot be used is noted with its file and line, and reading goes on, so that whoever loads the list sees
more than the first mistake.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, Self

from services.claims.domain.drug_archive import LINE_LIMIT_BYTES, ExtractArchive
from services.claims.domain.drug_errors import BadRow, DrugRowsRefusedError, RowProblem

BAD_ROWS_LIMIT: Final = 100
_CODE: Final = re.compile(r"[0-9]{1,9}")
_DATE: Final = re.compile(r"([0-9]{2})-([A-Z]{3})-([0-9]{4})")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class RowError(Exception):
    """A row cannot be used."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(slots=True)
class BadRows:
    """The malformed rows found so far. With ``skip``, up to ``limit`` of them are forgiven."""

    skip: bool = False
    limit: int = BAD_ROWS_LIMIT
    found: list[BadRow] = field(default_factory=list)

    def note(self, file: str, line: int, problem: RowProblem) -> None:
        """Raises:
        DrugRowsRefusedError: there are too many.
        """
        if len(self.found) >= self.limit:
            raise DrugRowsRefusedError(self.found, complete=False)
        self.found.append(BadRow(file, line, problem))

    def raise_unless_forgiven(self) -> None:
        """Raises:
        DrugRowsRefusedError: something is wrong and may not be skipped.
        """
        if self.found and not self.skip:
            raise DrugRowsRefusedError(self.found, complete=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with as many values as its file has columns; ``code`` is the product's number within the extract."""

    file: str
    line: int
    code: str
    values: list[str]

    def __getitem__(self, column: int) -> str:
        return self.values[column]


class _OneLine:
    """Hands one line to the CSV reader and no other, so that a quote left open ends with its line."""

    __slots__ = ("line",)

    def __init__(self) -> None:
        self.line: str | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line, self.line = self.line, None
        if line is None:
            raise StopIteration
        return line


def rows_of(archive: ExtractArchive, file: str, *, columns: int, bad: BadRows) -> Iterator[Row]:
    """The usable rows of a file; others are noted.

    Raises:
        DrugFileMissingError, DrugArchiveError, DrugRowsRefusedError.
    """
    source = _OneLine()
    reader = csv.reader(source, strict=True)
    for number, raw in enumerate(archive.lines(file), start=1):
        try:
            source.line = _decoded(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)
            values = _checked(next(reader), columns)
        except csv.Error:
            bad.note(file, number, RowProblem.QUOTES)
        except RowError as error:
            bad.note(file, number, error.problem)
        else:
            yield Row(file, number, values[0], values)


def _checked(values: list[str], columns: int) -> list[str]:
    if len(values) != columns:
        raise RowError(RowProblem.COLUMNS)
    if not _CODE.fullmatch(values[0]):
        raise RowError(RowProblem.DRUG_CODE)
    return values


def _decoded(raw: bytes) -> str:
    if len(raw) > LINE_LIMIT_BYTES:
        raise RowError(RowProblem.TOO_LONG)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError(RowProblem.ENCODING) from error


@lru_cache(maxsize=16_384)
def day(text: str) -> date:
    """A date as the extract writes it, ``24-DEC-2025``.

    Raises:
        RowError.
    """
    read = _DATE.fullmatch(text)
    if read is None:
        raise RowError(RowProblem.DATE)
    try:
        return date(int(read[3]), _MONTHS.index(read[2]) + 1, int(read[1]))
    except ValueError as error:
        raise RowError(RowProblem.DATE) from error

"""Why an extract of the drug list is refused as a whole, or a row of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.errors import Conflict, NotFound, Rejected


class RowProblem(StrEnum):
    """What is wrong with a row; part of the code of its problem document, hence stable."""

    ENCODING = "encoding"
    TOO_LONG = "too_long"
    QUOTES = "quotes"
    COLUMNS = "columns"
    EMPTY = "empty"
    DRUG_CODE = "drug_code"
    UNKNOWN_DRUG = "unknown_drug"
    DIN = "din"
    REPEATED = "repeated"
    DATE = "date"
    FLAG = "flag"


ROW_PROBLEM_WORDS: Final[Mapping[RowProblem, str]] = {
    RowProblem.ENCODING: "is not UTF-8",
    RowProblem.TOO_LONG: "is longer than any row of an extract",
    RowProblem.QUOTES: "is not quoted as CSV",
    RowProblem.COLUMNS: "has another number of columns",
    RowProblem.EMPTY: "lacks a value that every row has",
    RowProblem.DRUG_CODE: "has a drug code that is not a number",
    RowProblem.UNKNOWN_DRUG: "is about a product that drug.txt does not have",
    RowProblem.DIN: "has a DIN that is not eight digits",
    RowProblem.REPEATED: "says again, or otherwise, what a row before it said",
    RowProblem.DATE: "has a date that is not DD-MON-YYYY",
    RowProblem.FLAG: "has a flag that is neither Y nor N",
}
"""For the command line; the edge has its own words in both languages."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A malformed row: in which file, on which line (from 1), and why."""

    file: str
    line: int
    problem: RowProblem

    def __str__(self) -> str:
        return f"{self.file}, line {self.line} {ROW_PROBLEM_WORDS[self.problem]}"


class DrugArchiveError(Rejected):
    """Not a zip archive that could be read."""

    def __init__(self) -> None:
        super().__init__("claims.drug_archive_unreadable")


class DrugArchiveTooLargeError(Rejected):
    """More, or larger, or more tightly packed than any extract is."""

    def __init__(self) -> None:
        super().__init__("claims.drug_archive_too_large")


class DrugFileMissingError(Rejected):
    """A file of the extract is not in the archive."""

    def __init__(self, file: str) -> None:
        super().__init__("claims.drug_file_missing", file=file)


class DrugRowsRefusedError(Rejected):
    """Rows are malformed, and nobody said that products may be left out; or too many of them.

    ``complete`` is False when reading ended at the limit, so that there may be more.
    """

    def __init__(self, rows: Sequence[BadRow], *, complete: bool) -> None:
        super().__init__("claims.drug_rows_refused", count=len(rows))
        self.rows = tuple(rows)
        self.complete = complete


class DrugListEmptyError(Rejected):
    """No product of the extract is for people and has the status asked for."""

    def __init__(self) -> None:
        super().__init__("claims.drug_list_empty")


class DrugListChangedError(Conflict):
    """Another load ended while this one ran; the list is the other's."""

    def __init__(self) -> None:
        super().__init__("claims.drug_list_changed")


class DrugUploadIncompleteError(Rejected):
    """The slices of an upload are not the file that was announced."""

    def __init__(self) -> None:
        super().__init__("claims.drug_upload_incomplete")


class DrugNotFoundError(NotFound):
    """No product of the list has this DIN."""

    def __init__(self, din: str) -> None:
        super().__init__("claims.drug_not_found", din=din)


class DrugListMissingError(NotFound):
    """No drug list was loaded yet."""

    def __init__(self) -> None:
        super().__init__("claims.drug_list_missing")

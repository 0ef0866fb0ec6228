"""CSV that the spreadsheet of its reader opens as meant, and in which nothing of a text is run (PAY-4).

French: separated by ``;``, decimal comma, a byte-order mark so that Excel reads UTF-8. English: ``,`` and a point.
A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV injection"); amounts, shares
and numbers are written as numbers and stay what they are, a leading minus included.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from shared.clock import business_day
from shared.money import Cents

MEDIA_TYPE: Final = "text/csv"
BYTE_ORDER_MARK: Final = "\ufeff"
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same signs in full width, which some spreadsheets take for the narrow ones."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money; written in dollars with two decimals and no grouping."""

    cents: Cents


@dataclass(frozen=True, slots=True)
class Share:
    """A share in basis points; written in percent, with two decimals."""

    basis_points: int


Cell = str | int | date | datetime | Amount | Share | None


def guarded(text: str) -> str:
    """``text`` so that no spreadsheet runs it; blanks in front hide nothing."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA) else text


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How CSV is written for readers of one language."""

    separator: str
    decimal_sign: str
    start: str = ""

    def opening(self, names: Sequence[str]) -> bytes:
        """What stands before all rows, with the names of the columns."""
        return self.start.encode() + self.rows([names])

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Rows as RFC 4180 has them, in UTF-8."""
        written = io.StringIO(newline="")
        writer = csv.writer(written, delimiter=self.separator, lineterminator="\r\n")
        writer.writerows([self._text(cell) for cell in row] for row in rows)
        return written.getvalue().encode()

    def _text(self, cell: Cell) -> str:
        match cell:
            case None:
                return ""
            case str():
                return guarded(cell)
            case Amount(hundredths) | Share(hundredths):
                return self._hundredths(hundredths)
            case datetime():
                return business_day(cell).isoformat()
            case date():
                return cell.isoformat()
            case int():
                return str(cell)

    def _hundredths(self, number: int) -> str:
        whole, rest = divmod(abs(number), 100)
        return f"{'-' if number < 0 else ''}{whole}{self.decimal_sign}{rest:02d}"


_FORMS: Final = {
    "fr": CsvForm(separator=";", decimal_sign=",", start=BYTE_ORDER_MARK),
    "en": CsvForm(separator=",", decimal_sign="."),
}


def csv_form(language: str) -> CsvForm:
    """The form for ``fr`` or ``en``."""
    return _FORMS[language]

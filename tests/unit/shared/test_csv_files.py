"""CSV for spreadsheets: nothing of a text is run, and what is written is read back (PAY-4)."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.csv_files import Amount, Cell, Share, csv_form, guarded

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\n=1",
    "  =1",
    "＝1",
    "＋1",
    "－1",
    "＠A",
    '=HYPERLINK("http://x")',
]


def read(content: bytes, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=separator, strict=True))


@pytest.mark.req("PAY-4")
@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert guarded(text) == f"'{text}"
    ((cell,),) = read(csv_form("en").rows([[text]]), ",")
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["", "Physiothérapie", "10000042", "a=b", "l’été", "'=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.req("PAY-4")
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")))
def test_no_text_begins_a_formula_whatever_stands_in_it(text: str) -> None:
    for language, separator in (("fr", ";"), ("en", ",")):
        ((cell, _),) = read(csv_form(language).rows([[text, "end"]]), separator)
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert cell in {text, f"'{text}"}


@pytest.mark.req("PAY-4")
def test_figures_are_written_as_each_language_reads_them() -> None:
    row: list[Cell] = [
        Amount(123_456),
        Amount(-5),
        Share(8_250),
        7,
        date(2026, 11, 20),
        datetime(2026, 11, 21, 3, tzinfo=UTC),
        None,
    ]
    assert csv_form("fr").rows([row]) == b"1234,56;-0,05;82,50;7;2026-11-20;2026-11-20;\r\n"
    assert csv_form("en").rows([row]) == b"1234.56,-0.05,82.50,7,2026-11-20,2026-11-20,\r\n"


@pytest.mark.req("PAY-4")
def test_french_files_say_that_they_are_utf_8() -> None:
    assert csv_form("fr").opening(["Numéro", "Été"]) == b"\xef\xbb\xbf" + "Numéro;Été\r\n".encode()
    assert csv_form("en").opening(["a", "b"]) == b"a,b\r\n"

"""REG-20: every mistake in a roster line has its line, its field and its code."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.csv_rows import LineError
from services.identity.domain.errors import RosterHeaderError
from services.identity.domain.roster import DossierNumber
from services.identity.domain.roster_rows import COLUMNS, RosterRow, read_header, read_rows
from tests.support import identity_builders as build

pytestmark = pytest.mark.req("REG-20")

TODAY = date(2026, 11, 22)
LAYOUT = read_header(build.HEADER)


def read(*lines: str, first_line: int = 2) -> tuple[list[RosterRow], list[LineError]]:
    return read_rows(LAYOUT, lines, first_line=first_line, today=TODAY)


def test_a_line_becomes_a_person_of_a_dossier() -> None:
    number = build.random_number()
    text = build.line(build.row(number, student="oui", effective_to="2027-01-31", language="EN", province="qc"))
    rows, errors = read(text, first_line=17)
    expected = build.person(student=True, effective_to=date(2027, 1, 31), language="en")
    assert errors == []
    assert rows == [RosterRow(17, number, "STANDARD", "QC", expected)]


def test_columns_may_come_in_any_order_with_semicolons_and_a_byte_order_mark() -> None:
    number = build.random_number()
    values = build.row(number)
    order = sorted(COLUMNS)
    layout = read_header("\ufeff" + ";".join(f'"{column.upper()}"' for column in order))
    rows, errors = read_rows(layout, [";".join(values[name] for name in order)], first_line=2, today=TODAY)
    assert errors == []
    assert rows[0].person == build.person()


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (build.HEADER.replace("birth_date", "birthday"), "birth_date"),
        (build.HEADER + ",salary", "salary"),
        (build.HEADER + ",province", "province"),
        ("", "contract_number"),
    ],
)
def test_a_header_with_other_columns_is_refused(header: str, column: str) -> None:
    with pytest.raises(RosterHeaderError) as refused:
        read_header(header)
    assert refused.value.params == {"column": column}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("contract_number", "", "roster.required"),
        ("contract_number", "C 1", "roster.format"),
        ("certificate_number", "1234567890123", "roster.format"),
        ("person_number", "0-1", "roster.format"),
        ("relationship", "cousin", "roster.choice"),
        ("relationship", "", "roster.required"),
        ("first_name", "", "roster.required"),
        ("first_name", "Zo3", "roster.name"),
        ("first_name", "-Zoé", "roster.name"),
        ("last_name", "x" * 61, "roster.name"),
        ("last_name", "=HYPERLINK()", "roster.name"),
        ("birth_date", "", "roster.required"),
        ("birth_date", "29/02/1980", "roster.date"),
        ("birth_date", "1981-02-29", "roster.date"),
        ("birth_date", "1980-W09-5", "roster.date"),
        ("birth_date", "2026-11-23", "roster.range"),
        ("birth_date", "1899-12-31", "roster.range"),
        ("language", "de", "roster.choice"),
        ("province", "TX", "roster.choice"),
        ("plan_code", "a plan", "roster.format"),
        ("student", "maybe", "roster.choice"),
        ("effective_from", "", "roster.required"),
        ("effective_to", "soon", "roster.date"),
        ("effective_to", "2024-12-31", "roster.period"),
    ],
)
def test_a_wrong_value_is_named_with_line_field_and_code(column: str, value: str, code: str) -> None:
    good, bad = build.row(build.random_number()), build.row(build.random_number(), **{column: value})
    rows, errors = read(build.line(good), build.line(bad))
    assert [item.line for item in rows] == [2]
    assert errors == [LineError(3, column, code)]


def test_all_mistakes_of_a_line_are_reported_together() -> None:
    _, errors = read(build.line(build.row(build.random_number(), province="XX", birth_date="x", last_name="")))
    assert {error.field for error in errors} == {"province", "birth_date", "last_name"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b,c", "roster.columns"),
        (build.line(build.row(build.random_number())) + ",", "roster.columns"),
        ('"unclosed,' + build.line(build.row(build.random_number())), "roster.quoting"),
    ],
    ids=["other columns", "a column too many", "an open quote"],
)
def test_a_line_that_is_not_csv_of_these_columns_is_refused_as_a_whole(text: str, code: str) -> None:
    assert read(text) == ([], [LineError(2, None, code)])


def test_blank_lines_are_passed_over_and_counted_as_lines() -> None:
    rows, errors = read("", "  ", build.line(build.row(build.random_number())))
    assert errors == []
    assert [item.line for item in rows] == [4]


@pytest.mark.parametrize("name", ["Ka̱mil", "O'Brien", "St-Pierre", "Mary Ann", "J. R.", "Łucja", "ʔəms"])
def test_names_of_all_peoples_are_names(name: str) -> None:
    rows, errors = read(build.line(build.row(build.random_number(), first_name=name)))
    assert errors == []
    assert len(rows) == 1


def test_numbers_and_ids_do_not_depend_on_case_and_space() -> None:
    assert DossierNumber.of(" ab12 ", "c-9") == DossierNumber.of("AB12", "C-9 ")
    assert DossierNumber.of("ab12", "c-9").dossier_id == DossierNumber.of("AB12", "C-9").dossier_id
    assert DossierNumber.of("ab1", "2c").dossier_id != DossierNumber.of("ab12", "c").dossier_id


@given(st.lists(st.text(max_size=80), max_size=5))
def test_no_line_whatever_makes_the_reader_fail(lines: list[str]) -> None:
    rows, errors = read(*lines)
    touched = {item.line for item in rows} | {error.line for error in errors}
    assert touched == {index for index, text in enumerate(lines, start=2) if text.strip()}

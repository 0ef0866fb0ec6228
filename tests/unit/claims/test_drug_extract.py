"""Reading an extract of the drug list: joins, what is kept, and every row that is refused (COV-4)."""

import contextlib
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.circumstances import DrugFacts
from services.claims.domain.drug_archive import LINE_LIMIT_BYTES
from services.claims.domain.drug_errors import (
    ROW_PROBLEM_WORDS,
    DrugFileMissingError,
    DrugListEmptyError,
    DrugRowsRefusedError,
    RowProblem,
)
from services.claims.domain.drug_list import SUFFIXES
from services.claims.domain.drug_rows import BadRows, RowError, day
from services.claims.domain.drugs import DrugSchedule, ListStatus, schedule_of
from tests.support.drug_extracts import BY_NAME, METFORMIN, drugs, extract, product, read, refused_rows, rows, written

pytestmark = pytest.mark.req("COV-4")
FILES = ("drug", "status", "comp", "ingred", "form", "route", "schedule", "ther", "package")
COLUMNS = {"drug": 14, "status": 7, "comp": 18, "ingred": 15, "form": 4, "route": 4, "schedule": 3, "ther": 4}


def changed(file: str, line: int, archive: bytes, **columns: str) -> dict[str, bytes]:
    """The file with other values in some columns (``c3="…"``) of a line, which counts from 1."""
    lines = rows(archive, file)
    for name, value in columns.items():
        lines[line - 1][int(name[1:])] = value
    return {file: written(*lines)}


def test_a_product_is_joined_from_all_files() -> None:
    made = product(
        "Métriol Forté",
        (METFORMIN, "500"),
        (BY_NAME["RAMIPRIL"], "2.50"),
        name_fr="Métriol Fort",
        company="GRANITE HEALTH LTD",
        group="0200042001",
        package="100/500",
        biosimilar=True,
    )

    (drug,) = drugs(made)

    assert (drug.din, drug.names, drug.company) == (made.din, Bilingual("Métriol Fort", "Métriol Forté"), made.company)
    assert [(each.names.fr, each.strength.en) for each in drug.ingredients] == [
        ("Chlorhydrate de metformine", "500 MG"),
        ("Ramipril", "2.5 MG"),
    ]
    assert [(form.code, form.names.fr) for form in drug.forms] == [("85", "Comprimé")]
    assert [(route.code, route.names.en) for route in drug.routes] == [("56", "ORAL")]
    assert drug.schedules == (DrugSchedule.PRESCRIPTION,)
    assert [each.code for each in drug.atc] == ["A10BA02"]
    assert (drug.packages, drug.biosimilar, drug.updated_on) == (("100/500",), True, date(2025, 12, 24))
    assert drug.strength("en") == "500 MG / 2.5 MG"
    assert drug.facts() == DrugFacts(
        made.din, "Métriol Forté", ("A10BA02",), frozenset({"prescription"}), group="0200042001"
    )


def test_french_falls_back_to_english_and_the_descriptor_to_the_ingredients() -> None:
    plain, described = drugs(product("ALPHA"), product("BETA", descriptor="SINGLE-USE VIAL"))
    assert plain.names.of("fr") == "ALPHA"
    assert plain.description("fr") == "Chlorhydrate de metformine"
    assert plain.description("en") == "METFORMIN HYDROCHLORIDE"
    assert described.description("fr") == "SINGLE-USE VIAL"


@pytest.mark.parametrize(
    ("columns", "strength"),
    [
        ({"c4": "100", "c5": "MG", "c7": "5", "c9": "ML", "c12": "MG", "c14": "ML"}, "100 MG/5 ML"),
        ({"c4": "100", "c5": "MG", "c9": "ML"}, "100 MG/ML"),
        ({"c4": "2", "c5": "%", "c9": "W/W"}, "2 % W/W"),
        ({"c4": "2", "c5": "%", "c9": "%"}, "2 %"),
        ({"c4": "   100000", "c5": "UNIT"}, "100000 UNIT"),
        ({"c4": "5.0", "c5": "MG"}, "5 MG"),
        ({"c4": ".50", "c5": "MG"}, "0.5 MG"),
        ({"c4": "1E9", "c5": "VG"}, "1E9 VG"),
        ({"c4": "3", "c5": "NIL"}, "3"),
        ({"c4": "", "c5": "MG"}, ""),
    ],
)
def test_strengths_are_written_as_people_read_them(columns: dict[str, str], strength: str) -> None:
    archive = extract(product())
    (drug,) = read(extract(product(), **changed("ingred", 1, archive, **columns) | _same(archive, "ingred"))).drugs
    assert drug.strength("en") == strength


def _same(archive: bytes, but: str) -> dict[str, bytes]:
    return {file: written(*rows(archive, file)) for file in FILES if file != but}


def test_more_ingredients_than_a_line_holds_have_no_strength() -> None:
    parts = tuple((METFORMIN, str(number)) for number in range(1, 5))
    assert drugs(product("MULTI", *parts))[0].strength("en") == ""
    assert drugs(product("MULTI", *parts[:3]))[0].strength("en") == "1 MG / 2 MG / 3 MG"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("PRESCRIPTION", "prescription"),
        ("PRESCRIPTION RECOMMENDED", "prescription_recommended"),
        ("NON-PRESCRIPTION DRUGS", "non_prescription"),
        ("NARCOTICS (CDSA I)", "narcotic"),
        ("NARCOTICS (CDSA II)", "narcotic"),
        ("CONTROLLED DRUGS (CDSA III)", "controlled"),
        ("TARGETED SUBSTANCES (CDSA IV)", "targeted"),
        ("SCHEDULE C", "schedule_c"),
        ("Schedule  D", "schedule_d"),
        ("ETHICAL", "ethical"),
        ("PRESCRIPTION BY MOONLIGHT", "other"),
    ],
)
def test_names_of_schedules_fold_to_codes(name: str, code: str) -> None:
    assert schedule_of(name).value == code


def test_only_products_for_people_with_the_present_status_are_kept() -> None:
    kept, animal, dormant = product("KEPT"), product("HORSE", kind="Veterinary"), product("OLD", status="DORMANT")
    found = read(extract(kept, animal, dormant))
    assert [drug.din for drug in found.drugs] == [kept.din]
    assert found.skipped == 2
    assert found.written_on == date(2026, 4, 1)


def test_an_extract_of_another_status_has_names_of_its_own() -> None:
    archive = extract(product("OLD", status="DORMANT"))
    dormant = {f"{file}_dr": written(*rows(archive, file)) for file in FILES}
    found = read(extract(product("OLD"), **dormant), status=ListStatus.DORMANT)
    assert [drug.names.en for drug in found.drugs] == ["OLD"]
    with pytest.raises(DrugFileMissingError):
        read(archive, status=ListStatus.CANCELLED)
    assert len(set(SUFFIXES.values())) == len(ListStatus)


@pytest.mark.parametrize("file", FILES)
def test_every_file_has_to_be_there(file: str) -> None:
    with pytest.raises(DrugFileMissingError) as refused:
        read(extract(**{file: None}))
    assert refused.value.params == {"file": f"{file}.txt"}


def test_the_list_of_biosimilars_may_be_missing_as_it_was_before_2026() -> None:
    assert len(read(extract(biosimilar=None)).drugs) == 1


@pytest.mark.parametrize(
    ("file", "columns", "problem"),
    [
        ("drug", {"c0": "x9"}, "drug_code"),
        ("drug", {"c0": ""}, "drug_code"),
        ("drug", {"c3": "1234567"}, "din"),
        ("drug", {"c3": "1234567é"}, "din"),
        ("drug", {"c4": ""}, "empty"),
        ("drug", {"c9": "2025-12-24"}, "date"),
        ("drug", {"c9": "31-FEB-2025"}, "date"),
        ("drug", {"c9": "24-DÉC-2025"}, "date"),
        ("status", {"c1": "y"}, "flag"),
        ("status", {"c2": ""}, "empty"),
        ("status", {"c3": "19-Dec-2025"}, "date"),
        ("status", {"c6": "31-06-2025"}, "date"),
        ("ingred", {"c2": "", "c11": ""}, "empty"),
        ("form", {"c2": ""}, "empty"),
        ("route", {"c2": ""}, "empty"),
        ("schedule", {"c1": ""}, "empty"),
        ("comp", {"c0": "9999999"}, "unknown_drug"),
        ("ther", {"c0": "1234567890"}, "drug_code"),
    ],
)
def test_a_malformed_row_refuses_the_extract(file: str, columns: dict[str, str], problem: str) -> None:
    first, second = product(), product()
    archive = extract(first, second)
    line = 3 if file == "status" else 2
    found = refused_rows(extract(first, second, **changed(file, line, archive, **columns)))
    assert found[0] == (f"{file}.txt", line, problem)
    assert {name for name, *_ in found[1:]} <= ({f"{each}.txt" for each in FILES} if "c0" in columns else set())


@pytest.mark.parametrize("file", COLUMNS)
def test_a_row_with_another_number_of_columns_is_refused(file: str) -> None:
    archive = extract(product())
    for row in (rows(archive, file)[0][:-1], [*rows(archive, file)[0], "more"]):
        assert (f"{file}.txt", 1, "columns") in refused_rows(extract(**{file: written(row)}))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'"1","85","TAB"LET","x"\r\n', "quotes"),
        (b'"1","85","TABLET,"x\r\n', "quotes"),
        (b'"1","85","left open\r\n', "quotes"),
        (b'"1","85","TABL\xe9T","x"\r\n', "encoding"),
        (
            b'"1","85","' + b"".join(b"%06d" % number for number in range(LINE_LIMIT_BYTES // 6)) + b'","x"\r\n',
            "too_long",
        ),
        (b"\r\n", "columns"),
    ],
)
def test_a_line_that_is_no_row_is_refused_and_the_next_one_is_read(line: bytes, problem: str) -> None:
    archive = extract(product(code="1"))
    good = written(*rows(archive, "form"))
    bad = extract(product(code="1"), form=good + line + good + line)
    assert refused_rows(bad) == [("form.txt", 2, problem), ("form.txt", 4, problem)]


def test_a_byte_order_mark_is_no_mistake() -> None:
    archive = extract(product(code="1"))
    assert len(read(extract(product(code="1"), form=b"\xef\xbb\xbf" + written(*rows(archive, "form")))).drugs) == 1


def test_what_is_said_twice_is_refused() -> None:
    one, again, same_din = product(code="1"), product(code="1"), product(code="3")
    twice = refused_rows(extract(one, again))
    assert twice[0] == ("drug.txt", 2, "repeated")
    assert refused_rows(extract(one, product(code="3", din=one.din)))[0] == ("drug.txt", 2, "repeated")
    statuses = rows(extract(same_din), "status")
    assert refused_rows(extract(same_din, status=written(statuses[0], statuses[0]))) == [("status.txt", 2, "repeated")]


def test_reading_ends_after_so_many_malformed_rows() -> None:
    archive = extract(product(), form=b"bad\r\n" * 500)
    assert len(refused_rows(archive, limit=7)) == 7
    assert len(refused_rows(archive, limit=7, skip=True)) == 7
    with pytest.raises(DrugRowsRefusedError) as refused:
        read(archive)
    assert (len(refused.value.rows), refused.value.complete, refused.value.params) == (100, False, {"count": 100})


def test_bad_rows_may_be_skipped_and_their_products_are_left_out() -> None:
    spoilt, kept = product("SPOILT"), product("KEPT")
    archive = extract(spoilt, kept)
    mistakes = changed("schedule", 1, archive, c1="") | {"form": written(*rows(archive, "form")) + b"nonsense\r\n"}
    found = read(extract(spoilt, kept, **mistakes), bad=BadRows(skip=True))
    assert [drug.names.en for drug in found.drugs] == ["KEPT"]
    assert [str(row) for row in found.bad_rows] == [
        "form.txt, line 3 has another number of columns",
        "schedule.txt, line 1 lacks a value that every row has",
    ]
    assert found.skipped == 0


def test_an_extract_without_products_for_people_is_no_list() -> None:
    with pytest.raises(DrugListEmptyError):
        read(extract(product(kind="Veterinary")))


def test_every_problem_has_words() -> None:
    assert set(ROW_PROBLEM_WORDS) == set(RowProblem)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_dates_are_read_as_they_are_written(written_on: date) -> None:
    names = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    assert day(f"{written_on:%d}-{names[written_on.month - 1]}-{written_on:%Y}") == written_on


@given(st.text(max_size=12).filter(lambda text: not re.fullmatch(r"[0-9]{2}-[A-Z]{3}-[0-9]{4}", text)))
def test_other_texts_are_no_dates(text: str) -> None:
    with pytest.raises(RowError):
        day(text)


@given(
    st.lists(st.binary(max_size=40), max_size=6),
    st.sampled_from(FILES),
)
def test_no_content_of_a_file_breaks_the_reader(lines: list[bytes], file: str) -> None:
    """Whatever stands in a file, the extract is read or its rows are named."""
    content: Any = b"\r\n".join(lines)
    with contextlib.suppress(DrugRowsRefusedError, DrugListEmptyError):
        read(extract(product(), **{file: content}))

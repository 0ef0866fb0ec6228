"""The 400-character layout of the directory of institutions (BNK-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.banking.domain.accounts import DirectDeposit, account_warnings
from services.banking.domain.directory import (
    Branch,
    LineFault,
    RefusedLine,
    institutions_of,
    read_directory,
    read_line,
    with_hints,
)
from tests.support.directory_lines import directory_line

pytestmark = pytest.mark.req("BNK-1")


def encoded(*lines: str) -> list[bytes]:
    return [f"{line}\r\n".encode() for line in lines]


def test_every_column_is_read_where_the_layout_has_it():
    branch = read_line(directory_line())
    assert branch == Branch(
        institution="815",
        transit="30123",
        name_en="Desjardins",
        name_fr="Fédération des caisses Desjardins",
        domicile="Caisse du Vieux-Québec",
        address="19, rue des Jardins",
        city="Québec",
        province="QC",
        postal_code="G1R 4L4",
        cycle="261120",
    )
    assert branch.routing == "081530123"


@given(position=st.integers(min_value=350, max_value=399), mark=st.sampled_from("x9"))
def test_what_stands_in_the_filler_changes_nothing(position, mark):
    line = directory_line()
    assert read_line(line[:position] + mark + line[position + 1 :]) == read_line(line)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (directory_line()[:-1], LineFault.LENGTH),
        (directory_line() + " ", LineFault.LENGTH),
        (directory_line(institution_id="181530123"), LineFault.ROUTING),
        (directory_line(institution_id="08153012"), LineFault.ROUTING),
        (directory_line(institution_id="0815-30123"), LineFault.ROUTING),
        (directory_line(institution_id="0٨1530123"), LineFault.ROUTING),
        (directory_line(institution_id="000030123"), LineFault.ROUTING),
        (directory_line(name_en="", name_fr=""), LineFault.NAME),
        (directory_line(cycle="26112"), LineFault.CYCLE),
        (directory_line(cycle=""), LineFault.CYCLE),
    ],
)
def test_a_bad_line_says_what_is_wrong(line, fault):
    assert read_line(line) is fault


def test_a_name_in_one_language_serves_for_both():
    branch = read_line(directory_line(name_fr=""))
    assert isinstance(branch, Branch)
    assert branch.name_fr == branch.name_en == "Desjardins"


def test_bad_lines_are_named_by_number_and_the_others_are_read():
    first, again, wrong = directory_line(), directory_line(city="Lévis"), directory_line(cycle="x")
    found = list(read_directory(encoded(first, "short", "", again, wrong)))
    assert [one for one in found if isinstance(one, RefusedLine)] == [
        RefusedLine(2, LineFault.LENGTH),
        RefusedLine(4, LineFault.REPEATED),
        RefusedLine(5, LineFault.CYCLE),
    ]
    assert len(found) == 4


def test_lines_in_latin_1_are_read_as_those_in_utf_8():
    line = directory_line()
    assert list(read_directory([line.encode("latin-1")])) == list(read_directory([line.encode()]))


def test_institutions_come_of_their_branches_and_keep_the_rules_of_thumb():
    lines = encoded(
        directory_line(institution_id="081530123"),
        directory_line(institution_id="081530124"),
        directory_line(institution_id="000310011", name_en="Royal", name_fr="Royale"),
        directory_line(institution_id="099712345", name_en="New", name_fr="Neuve"),
    )
    listed = with_hints(institutions_of(one for one in read_directory(lines) if isinstance(one, Branch)))
    assert list(listed) == ["003", "815", "997"]
    assert [listed[number].name("fr") for number in listed] == ["Royale", "Fédération des caisses Desjardins", "Neuve"]
    assert (listed["815"].account_lengths, listed["997"].account_lengths) == ((7,), ())


@pytest.mark.parametrize(("institution", "transit", "usual"), [("016", "20123", "10…"), ("614", "00153", "00152")])
def test_an_unusual_transit_is_a_warning_and_never_an_error(institution, transit, usual):
    lengths = {"016": "123456789", "614": "1234567890"}
    deposit = DirectDeposit.of(transit, institution, account=lengths[institution])
    (warning,) = account_warnings(deposit)
    assert (warning.code, warning.field, warning.usual_transits) == ("banking.transit_unusual", "transit", usual)


def test_a_branch_that_is_not_listed_is_a_warning():
    deposit = DirectDeposit.of("30123", "815", account="1234567")
    (warning,) = account_warnings(deposit, is_branch_known=False)
    assert (warning.code, warning.field) == ("banking.branch_not_listed", "transit")

"""REG-20: rows are merged into dossiers; contradictions are refused by line; nothing changes twice."""

from collections.abc import Mapping
from datetime import date

import pytest

from services.identity.domain.csv_rows import LineError
from services.identity.domain.roster import Dossier, Relationship
from services.identity.domain.roster_loading import LoadOutcome, apply_rows
from services.identity.domain.roster_rows import read_header, read_rows
from tests.support import identity_builders as build

pytestmark = pytest.mark.req("REG-20")


def load(*rows: dict[str, str], existing: Mapping[str, Dossier] | None = None) -> LoadOutcome:
    lines = [build.line(values) for values in rows]
    read, errors = read_rows(read_header(build.HEADER), lines, first_line=2, today=date(2026, 11, 22))
    assert errors == []
    return apply_rows(read, existing or {})


def by_id(outcome: LoadOutcome) -> dict[str, Dossier]:
    return {dossier.dossier_id: dossier for dossier in outcome.changed}


def test_a_member_and_dependants_become_one_dossier_the_member_first() -> None:
    number = build.random_number()
    child = build.row(number, person_number="02", relationship="child", student="1")
    outcome = load(child, build.spouse_row(number), build.row(number))
    (dossier,) = outcome.changed
    assert (dossier.number, dossier.version, dossier.plan_code, dossier.province) == (number, 1, "STANDARD", "QC")
    assert [person.relationship for person in dossier.persons] == list(Relationship)
    assert (outcome.accepted, outcome.unchanged, outcome.rejected) == (3, 0, ())


def test_loading_the_same_rows_again_changes_nothing() -> None:
    number = build.random_number()
    rows = (build.row(number), build.spouse_row(number))
    again = load(*rows, existing=by_id(load(*rows)))
    assert (again.changed, again.accepted, again.unchanged) == ((), 0, 2)


def test_one_changed_row_raises_the_version_and_keeps_the_others() -> None:
    number = build.random_number()
    first = load(build.row(number), build.spouse_row(number))
    second = load(build.row(number), build.spouse_row(number, last_name="Roy"), existing=by_id(first))
    (dossier,) = second.changed
    assert (dossier.version, second.accepted, second.unchanged) == (2, 1, 1)
    assert [person.last_name for person in dossier.persons] == ["D’Amours", "Roy"]


def test_persons_whom_no_row_mentions_stay() -> None:
    number = build.random_number()
    first = load(build.row(number), build.spouse_row(number))
    (dossier,) = load(build.row(number, language="en"), existing=by_id(first)).changed
    assert len(dossier.persons) == 2


def test_a_new_plan_in_the_members_row_holds_for_the_dossier() -> None:
    number = build.random_number()
    first = load(build.row(number), build.spouse_row(number))
    second = load(build.spouse_row(number), build.row(number, plan_code="ENHANCED"), existing=by_id(first))
    assert second.changed[0].plan_code == "ENHANCED"
    assert second.rejected == (LineError(2, "plan_code", "roster.plan_differs"),)


def test_a_dependant_elsewhere_than_the_member_is_refused() -> None:
    number = build.random_number()
    outcome = load(build.row(number), build.spouse_row(number, province="ON"))
    assert outcome.rejected == (LineError(3, "province", "roster.province_differs"),)
    assert len(outcome.changed[0].persons) == 1


def test_a_dependant_without_a_member_is_refused() -> None:
    outcome = load(build.spouse_row(build.random_number()))
    assert outcome.changed == ()
    assert outcome.rejected == (LineError(2, "relationship", "roster.member_missing"),)


def test_a_second_member_is_refused() -> None:
    number = build.random_number()
    outcome = load(build.row(number), build.row(number, person_number="09"))
    assert outcome.rejected == (LineError(3, "relationship", "roster.second_member"),)


def test_the_member_cannot_become_a_dependant() -> None:
    number = build.random_number()
    first = load(build.row(number))
    second = load(build.row(number, relationship="spouse"), existing=by_id(first))
    assert second.changed == ()
    assert second.rejected == (LineError(2, "relationship", "roster.member_missing"),)


def test_a_person_twice_in_a_slice_is_refused_when_the_rows_differ() -> None:
    number = build.random_number()
    outcome = load(build.row(number), build.row(number), build.row(number, first_name="Zoe"))
    assert (outcome.accepted, outcome.unchanged) == (1, 1)
    assert outcome.rejected == (LineError(4, "person_number", "roster.repeated_person"),)
    assert outcome.changed[0].member.first_name == "Zoé"

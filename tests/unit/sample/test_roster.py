"""The sample roster is what its generator makes, and identity takes every line of it."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from deploy.sample.generate import ROSTER, RosterRow, csv_text, rows
from deploy.sample.members import active_members
from services.identity.domain.email_address import email_address
from services.identity.domain.roster_loading import apply_rows
from services.identity.domain.roster_rows import read_header, read_rows

TODAY = date(2026, 11, 22)
PEOPLE = rows()


def families() -> dict[str, list[RosterRow]]:
    found: dict[str, list[RosterRow]] = defaultdict(list)
    for row in PEOPLE:
        found[row.certificate_number].append(row)
    return found


def test_the_file_is_what_the_generator_makes() -> None:
    assert ROSTER.read_text(encoding="utf-8") == csv_text(PEOPLE)


def test_another_seed_makes_other_people() -> None:
    assert csv_text(rows(seed=1)) != csv_text(PEOPLE)


@pytest.mark.req("REG-20")
def test_identity_accepts_every_line() -> None:
    header, *lines = ROSTER.read_text(encoding="utf-8").splitlines()
    read, errors = read_rows(read_header(header), lines, first_line=2, today=TODAY)
    assert errors == []
    outcome = apply_rows(read, {})
    assert (outcome.rejected, outcome.accepted, len(outcome.changed)) == ((), len(PEOPLE), 200)


def test_there_are_200_members_in_five_contracts_with_their_families() -> None:
    assert 460 <= len(PEOPLE) <= 500
    assert Counter(row.relationship for row in PEOPLE)["self"] == 200
    assert len({row.contract_number for row in PEOPLE}) == 5
    assert {row.plan_code for row in PEOPLE} == {"STANDARD", "PREMIER"}
    assert {row.language for row in PEOPLE} == {"fr", "en"}
    assert len({row.province for row in PEOPLE}) >= 8
    assert any(not row.last_name.isascii() for row in PEOPLE)


def test_person_numbers_say_who_somebody_is() -> None:
    for family in families().values():
        assert [row.relationship for row in family if row.person_number == "00"] == ["self"]
        assert all((row.person_number == "01") == (row.relationship == "spouse") for row in family)
        numbers = [row.person_number for row in family]
        assert all(first < second for first, second in pairwise(numbers))


def test_a_family_shares_contract_plan_and_province_but_no_first_name() -> None:
    for family in families().values():
        assert len({(row.contract_number, row.plan_code, row.province) for row in family}) == 1
        assert len({row.first_name for row in family}) == len(family)


def test_nobody_is_covered_before_birth_and_parents_are_older_than_their_children() -> None:
    for family in families().values():
        member = family[0]
        assert all(row.birth_date <= row.effective_from for row in family)
        assert all(row.effective_to is None or row.effective_from <= row.effective_to for row in family)
        children = [row for row in family if row.relationship == "child"]
        assert all((child.birth_date - member.birth_date).days > 21 * 365 for child in children)


def test_students_are_grown_up_children() -> None:
    students = [row for row in PEOPLE if row.student]
    assert len(students) > 10
    assert all(row.relationship == "child" and row.birth_date.year <= 2007 for row in students)


def test_some_coverage_has_ended_for_families_and_for_single_persons() -> None:
    ended = Counter(
        all(row.effective_to for row in family) for family in families().values() if any(r.effective_to for r in family)
    )
    assert ended[True] >= 5
    assert ended[False] >= 3


def test_active_members_are_those_who_can_register_and_each_has_an_address() -> None:
    members = active_members()
    expected = [row for row in PEOPLE if row.relationship == "self" and row.effective_to is None]
    assert [member.certificate_number for member in members] == [row.certificate_number for row in expected]
    assert [member.birth_date for member in members] == [row.birth_date for row in expected]
    addresses = {member.email for member in members}
    assert len(addresses) == len(members)
    assert all(address.endswith("@example.org") and email_address(address) == address for address in addresses)

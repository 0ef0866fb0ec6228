"""Procedure codes, FDI teeth and surfaces, and what a line with them is answered (CLM-8, CLM-9)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.adjudication import LineDecision, Outcome, explain
from services.claims.domain.dental import (
    TOOTH_CODES,
    DentalProblem,
    ProcedureCategory,
    ProcedureCode,
    ToothCode,
    surfaces_problem,
    tooth_problem,
)
from services.claims.domain.plan import Plan
from services.claims.domain.plan_loading import plan_from_document
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import (
    JsonObject,
    catalogue,
    claim_facts,
    decide,
    line,
    named,
    plan_document,
    wording,
)

pytestmark = pytest.mark.req("CLM-8")

TEETH = [code for code, kind in TOOTH_CODES.items() if kind is not ToothCode.AREA]
FRONT = [code for code in TEETH if code[1] in "123"]
SETS_OF_SURFACES = st.lists(st.sampled_from("MOIDBLV"), min_size=1, max_size=5, unique=True).map("".join)


@pytest.mark.parametrize(
    ("text", "category", "service", "count"),
    [
        ("01234", ProcedureCategory.DIAGNOSTIC, "0123", 4),
        ("11112", ProcedureCategory.PREVENTIVE, "1111", 2),
        ("20915", ProcedureCategory.RESTORATIVE, "2091", 5),
        ("99990", ProcedureCategory.ADJUNCTIVE, "9999", 0),
    ],
)
def test_a_procedure_code_is_read_digit_by_digit(text: str, category: ProcedureCategory, service: str, count: int):
    code = ProcedureCode.read(text)

    assert code is not None
    assert (code.category, code.service, code.count_digit) == (category, service, count)


@pytest.mark.parametrize("text", ["", "1111", "111111", "1111A", " 11112", "١١١١٢", "11112\n"])
def test_anything_but_five_digits_is_no_procedure_code(text: str):
    assert ProcedureCode.read(text) is None


def test_there_are_fifty_two_teeth_and_thirteen_areas():
    kinds = list(TOOTH_CODES.values())

    assert [kinds.count(kind) for kind in ToothCode] == [32, 20, 13]
    assert {TOOTH_CODES[code] for code in ("11", "18", "41", "48")} == {ToothCode.PERMANENT}
    assert {TOOTH_CODES[code] for code in ("51", "55", "81", "85")} == {ToothCode.PRIMARY}
    areas = ["00", "01", "02", "03", "04", "05", "06", "07", "08", "10", "20", "30", "40"]
    assert [code for code, kind in TOOTH_CODES.items() if kind is ToothCode.AREA] == areas


@given(number=st.integers(0, 99), area_allowed=st.booleans())
def test_a_two_digit_number_is_a_tooth_by_its_quadrant_and_place(number: int, area_allowed: bool):  # noqa: FBT001
    quadrant, place = divmod(number, 10)
    is_tooth = (1 <= quadrant <= 4 and 1 <= place <= 8) or (5 <= quadrant <= 8 and 1 <= place <= 5)
    is_area = (quadrant == 0 and place <= 8) or (place == 0 and quadrant <= 4)

    problem = tooth_problem(f"{number:02d}", area_allowed=area_allowed)

    if is_tooth or (is_area and area_allowed):
        assert problem is None
    else:
        assert problem is (DentalProblem.TOOTH_IS_AN_AREA if is_area else DentalProblem.TOOTH_UNKNOWN)


@given(st.text(max_size=3).filter(lambda text: text not in TOOTH_CODES))
def test_whatever_else_is_written_is_no_tooth(text: str):
    assert tooth_problem(text, area_allowed=True) is DentalProblem.TOOTH_UNKNOWN


@given(surfaces=SETS_OF_SURFACES, tooth=st.sampled_from(TEETH))
def test_surfaces_are_right_in_any_order_unless_the_tooth_lacks_one(surfaces: str, tooth: str):
    lacking = "O" if tooth in FRONT else "I"
    expected = DentalProblem.SURFACE_NOT_ON_TOOTH if lacking in surfaces else None

    assert surfaces_problem(surfaces, tooth=tooth, expected=None) is expected
    assert surfaces_problem(surfaces[::-1], tooth=tooth, expected=len(surfaces)) is expected


@given(surfaces=SETS_OF_SURFACES, stands_for=st.integers(1, 5))
def test_their_number_is_that_for_which_the_code_stands(surfaces: str, stands_for: int):
    problem = surfaces_problem(surfaces, tooth="", expected=stands_for)

    assert (problem is None) is (len(surfaces) == stands_for)


@pytest.mark.parametrize(
    ("surfaces", "problem"),
    [
        ("MOO", DentalProblem.SURFACE_REPEATED),
        ("MOX", DentalProblem.SURFACES_UNKNOWN),
        ("mod", DentalProblem.SURFACES_UNKNOWN),
        ("M O", DentalProblem.SURFACES_UNKNOWN),
        ("MODBLV", DentalProblem.SURFACES_TOO_MANY),
    ],
)
def test_what_cannot_be_surfaces_is_named(surfaces: str, problem: DentalProblem):
    assert surfaces_problem(surfaces, tooth="16", expected=None) is problem


def dental_plan() -> Plan:
    """Services with teeth: any number of surfaces, two, an area, a laboratory; none; and one worth two units."""
    types: list[JsonObject] = [
        {"code": "filling", "asks": ["tooth", "surfaces"], "services": [{**named("TWO"), "surfaces": 2}]},
        {"code": "guard", "asks": ["area", "lab_fee"]},
        {"code": "crown", "asks": ["tooth", "lab_fee"]},
        {"code": "scaling", "services": [{**named("HALF-HOUR"), "units": 2, "unit_minutes": 15}]},
    ]
    entries: list[JsonObject] = [
        {"benefit": "dental", "category": "care", "names": {"fr": "x", "en": "x"}, **each} for each in types
    ]
    benefit: JsonObject = {
        "code": "dental",
        "covered": True,
        "coinsurance_bp": 10_000,
        "customary_charges": [{"service": "scaling", "unit_cents": 6_000}],
        "frequency": [{"group": "scaling_units", "services": ["scaling"], "max_units": 3}],
    }
    document = plan_document(benefits=[benefit], deductible_groups=[], combined_maxima=[])
    return plan_from_document(document, catalogue(benefits=[named("dental")], claim_types=entries))


def decided(code: str, cents: int = 9_000, **overrides: Any) -> LineDecision:
    facts = claim_facts(line(code, cents, **overrides), claim_type="filling")
    return decide(facts, under=dental_plan()).lines[0]


@pytest.mark.req("CLM-9")
@pytest.mark.parametrize(
    ("code", "given", "outcome", "reason"),
    [
        ("filling", {"surfaces": "MO"}, Outcome.PENDED, ReasonCode.TOOTH_MISSING),
        ("filling", {"tooth": "16"}, Outcome.PENDED, ReasonCode.SURFACES_MISSING),
        ("filling", {"tooth": "16", "surfaces": "MOD"}, Outcome.APPROVED, None),
        ("filling", {"tooth": "19", "surfaces": "MOD"}, Outcome.DENIED, ReasonCode.TOOTH_UNKNOWN),
        ("filling", {"tooth": "10", "surfaces": "MOD"}, Outcome.DENIED, ReasonCode.TOOTH_IS_AN_AREA),
        ("filling", {"tooth": "11", "surfaces": "MOD"}, Outcome.DENIED, ReasonCode.SURFACE_NOT_ON_TOOTH),
        ("filling", {"tooth": "16", "surfaces": "MM"}, Outcome.DENIED, ReasonCode.SURFACES_NOT_VALID),
        ("TWO", {"tooth": "16", "surfaces": "MO"}, Outcome.APPROVED, None),
        ("TWO", {"tooth": "16", "surfaces": "MOD"}, Outcome.DENIED, ReasonCode.SURFACES_OTHER_NUMBER),
        ("guard", {"tooth": "01"}, Outcome.APPROVED, None),
        ("guard", {"tooth": "11"}, Outcome.APPROVED, None),
        ("guard", {"tooth": "01", "surfaces": "M"}, Outcome.DENIED, ReasonCode.SURFACES_NOT_EXPECTED),
        ("crown", {"tooth": "11", "lab_fee_cents": 4_000}, Outcome.APPROVED, None),
        ("crown", {"tooth": "11", "lab_fee_cents": 9_001}, Outcome.DENIED, ReasonCode.FIGURES_NOT_VALID),
        ("crown", {"tooth": "11", "lab_fee_cents": -1}, Outcome.DENIED, ReasonCode.FIGURES_NOT_VALID),
        ("scaling", {"tooth": "11"}, Outcome.DENIED, ReasonCode.TOOTH_NOT_EXPECTED),
        ("scaling", {"lab_fee_cents": 1}, Outcome.DENIED, ReasonCode.LAB_FEE_NOT_EXPECTED),
    ],
)
def test_what_is_missing_waits_and_what_cannot_be_is_denied(
    code: str, given: dict[str, Any], outcome: Outcome, reason: ReasonCode | None
):
    units = {"units": 2} if code == "scaling" else {}

    found = decided(code, **given, **units)

    assert (found.outcome, found.reason_codes) == (outcome, (reason,) if reason else ())


@pytest.mark.req("CLM-9")
def test_all_that_is_missing_is_asked_for_at_once():
    assert decided("filling").reason_codes == (ReasonCode.TOOTH_MISSING, ReasonCode.SURFACES_MISSING)


def test_the_same_surfaces_in_another_order_are_the_same_service():
    twice = claim_facts(
        line("filling", tooth="16", surfaces="MOD"), line("filling", tooth="16", surfaces="DOM"), claim_type="filling"
    )

    assert decide(twice, under=dental_plan()).lines[1].reason_codes == (ReasonCode.REPEATED_IN_CLAIM,)


def test_one_service_cannot_be_claimed_twice_by_naming_two_teeth_that_it_does_not_need():
    twice = claim_facts(line("scaling", 6_000, tooth="11"), line("scaling", 6_000, tooth="12"), claim_type="scaling")

    assert [each.outcome for each in decide(twice, under=dental_plan()).lines] == [Outcome.DENIED, Outcome.DENIED]


def test_two_teeth_on_one_day_are_two_services():
    two = claim_facts(
        line("filling", tooth="16", surfaces="M"), line("filling", tooth="17", surfaces="M"), claim_type="filling"
    )

    assert decide(two, under=dental_plan()).outcome is Outcome.APPROVED


def test_a_code_for_half_an_hour_is_worth_two_quarters_for_charges_and_limits():
    once = decided("HALF-HOUR", 12_500)
    twice = decided("HALF-HOUR", 25_000, units=2)

    assert (once.outcome, once.allowed_cents, once.benefit_cents) == (Outcome.REDUCED, 12_000, 12_000)
    assert (twice.reason_codes[-1], twice.eligible_cents) == (ReasonCode.UNITS_LIMITED, 18_000)
    assert once.delta is not None
    assert once.delta.units == 2


def test_the_tooth_stands_in_the_explanation_with_both_digits():
    decision = decide(claim_facts(line("filling", tooth="03", surfaces="M")), under=dental_plan())

    assert "Dent indiquée : 03." in explain(decision, "fr", wording=wording())
    assert "Tooth given: 03." in explain(decision, "en", wording=wording())


@pytest.mark.req("CLM-9")
def test_whatever_a_catch_all_is_described_as_a_person_reads_it():
    question: JsonObject = {
        "id": "describe",
        "kind": "text",
        "required": True,
        "text": {"fr": "?", "en": "?"},
        "review": {"answer": "*", "reason": "description_to_read"},
    }
    other: JsonObject = {"code": "other", "benefit": "dental", "category": "care", "questions": ["describe"]}
    known = catalogue(
        benefits=[named("dental")], questions=[question], claim_types=[{**other, "names": {"fr": "x", "en": "x"}}]
    )
    benefit: JsonObject = {"code": "dental", "covered": True, "coinsurance_bp": 8_000}
    under = plan_from_document(plan_document(benefits=[benefit], deductible_groups=[], combined_maxima=[]), known)
    facts = claim_facts(line("other", answers={"describe": "Une aide"}))

    assert decide(facts, under=under).lines[0].reason_codes == (ReasonCode.DESCRIPTION_TO_READ,)
    silent = replace(facts, lines=(line("other", answers={"describe": " "}),))
    assert decide(silent, under=under).lines[0].reason_codes == (ReasonCode.ANSWER_MISSING,)

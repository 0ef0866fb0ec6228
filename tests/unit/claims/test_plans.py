"""Plans as data: what a mistake looks like, and what the compiled plan knows (CLM-8)."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.claims.data import DIRECTORY, load_catalogue, load_plans
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.plan_loading import plan_from_document
from tests.support.claims_builders import (
    JsonObject,
    JsonValue,
    catalogue,
    dental,
    massage,
    physio,
    plan,
    plan_document,
    vision,
)

pytestmark = pytest.mark.req("CLM-8")


def benefits(*first: JsonObject) -> JsonValue:
    """All benefits of the test catalogue, those given in place of the usual ones."""
    given = {entry["code"] for entry in first}
    usual: list[JsonObject] = [physio(), massage(), dental(), vision(), {"code": "travel", "covered": False}]
    return [*first, *(entry for entry in usual if entry["code"] not in given)]


@pytest.mark.parametrize(
    ("overrides", "path", "problem"),
    [
        ({"version": 0}, "$.version", "0 must be at least 1"),
        ({"version": "1"}, "$.version", "must be a whole number"),
        ({"version": True}, "$.version", "must be a whole number"),
        ({"year_starts_month": 13}, "$.year_starts_month", "13 must be at least 1 and at most 12"),
        ({"claim_dedline_months": 1}, "$.claim_dedline_months", "not a known key"),
        (
            {"dependant_age": {"limit": 21, "student_limit": 18}},
            "$.dependant_age.student_limit",
            "must not be below",
        ),
        (
            {"deductible_groups": [{"id": "health", "per_person_cents": 500, "per_family_cents": 400}]},
            "$.deductible_groups[0].per_family_cents",
            "must not be below per_person_cents",
        ),
        ({"combined_maxima": [{"id": "m", "benefits": ["physio"]}]}, "$.combined_maxima[0]", "must give per_person"),
        (
            {"combined_maxima": [{"id": "m", "benefits": ["yoga"], "per_person_cents": 1}]},
            "$.combined_maxima[0].benefits[0]",
            "'yoga' is not a benefit",
        ),
        (
            {"combined_maxima": [{"id": "physio", "benefits": ["physio"], "per_person_cents": 1}]},
            "$.combined_maxima[0].id",
            "name of a benefit",
        ),
        ({"benefits": [physio()]}, "$.benefits", "whether these are covered: massage, dental, vision, travel"),
        ({"benefits": benefits({"code": "yoga"})}, "$.benefits[0].code", "'yoga' is not one of"),
        ({"benefits": benefits(physio(coinsurance_bp=10_001))}, "$.benefits[0].coinsurance_bp", "at most 10000"),
        (
            {"benefits": benefits(physio(coinsurance_bp=80.0))},  # type: ignore[arg-type]
            "$.benefits[0].coinsurance_bp",
            "must be a whole number",
        ),
        ({"benefits": benefits(physio(deductible_group="dental"))}, "$.benefits[0].deductible_group", "'dental'"),
        (
            {"benefits": benefits(physio(customary_charges=[{"service": "MA-A", "unit_cents": 1}]))},
            "$.benefits[0].customary_charges[0].service",
            "'MA-A' is not one of PH-EVA, PH-TRT, physio",
        ),
        (
            {
                "benefits": benefits(
                    physio(customary_charges=[{"service": "physio", "unit_cents": 1, "provinces": {"XX": 1}}])
                )
            },
            "$.benefits[0].customary_charges[0].provinces.XX",
            "not a province",
        ),
        (
            {"benefits": benefits(physio(frequency=[{"group": "g"}]))},
            "$.benefits[0].frequency[0]",
            "must give max_visits",
        ),
        (
            {"benefits": benefits(physio(frequency=[{"group": "massage", "max_visits": 1}]))},
            "$.benefits[0].frequency",
            "'massage' is the name of a benefit",
        ),
        (
            {"benefits": benefits(physio(frequency=[{"group": "g", "services": ["exam"], "max_visits": 1}]))},
            "$.benefits[0].frequency[0].services[0]",
            "'exam' is not a service",
        ),
        (
            {"benefits": benefits({"code": "physio", "covered": False, "coinsurance_bp": 1})},
            "$.benefits[0].coinsurance_bp",
            "not a known key",
        ),
    ],
)
def test_a_mistake_in_a_plan_is_named_by_its_path(overrides: JsonObject, path: str, problem: str):
    with pytest.raises(InvalidDocumentError) as refused:
        plan_from_document(plan_document(**overrides), catalogue())

    assert any(found.path == path and problem in found.text for found in refused.value.problems), str(refused.value)
    assert refused.value.params["document"] == "plan TEST"


def test_the_part_that_is_missing_is_told_once():
    document = plan_document()
    del document["dependant_age"]

    with pytest.raises(InvalidDocumentError) as refused:
        plan_from_document(document, catalogue())

    assert [found.path for found in refused.value.problems] == ["$.dependant_age"]


def test_what_is_said_of_a_service_wins_over_what_is_said_of_its_type():
    services = plan().services

    assert services["PH-EVA"].customary_unit_cents("QC") == 12_000
    assert services["PH-TRT"].customary_unit_cents("QC") == 8500
    assert services["physio"].customary_unit_cents("MB") == 9000
    assert services["massage"].customary_unit_cents("QC") is None


def test_a_limit_without_services_holds_for_the_whole_benefit():
    services = plan().services

    assert services["MA-B"].counted_under == ("massage", "massages")
    assert services["DX-RCL"].counted_under == ("recall_exams",)
    assert services["DS-1"].counted_under == ("scaling_units",)
    assert services["MA-B"].paid_under == ("massage", "body")


@pytest.mark.parametrize(("day", "year"), [(date(2026, 6, 30), 2025), (date(2026, 7, 1), 2026)])
def test_a_benefit_year_is_named_by_the_year_in_which_it_begins(day: date, year: int):
    assert plan(year_starts_month=7).benefit_year(day) == year


def test_the_shipped_plans_cover_every_claim_type_or_say_that_they_do_not():
    shipped = load_catalogue()
    plans = load_plans(shipped)

    assert set(plans) == {"STANDARD", "PREMIER"}
    for each in plans.values():
        assert set(each.services) >= set(shipped.types)
        assert each.services["physiotherapy"].benefit.covered
    assert not plans["STANDARD"].services["naturopathy"].benefit.covered
    assert plans["PREMIER"].services["naturopathy"].benefit.covered


def test_two_files_may_not_hold_the_same_plan(tmp_path: Path):
    standard = json.loads((DIRECTORY / "plans" / "standard.json").read_text(encoding="utf-8"))
    (tmp_path / "plans").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / "plans" / name).write_text(json.dumps(standard), encoding="utf-8")

    with pytest.raises(InvalidDocumentError, match=r"b\.json.*'STANDARD' is the code of another plan"):
        load_plans(load_catalogue(), tmp_path)

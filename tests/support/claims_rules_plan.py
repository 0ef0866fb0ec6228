"""A catalogue and a plan with every kind of rule, in round figures, for worked cases."""

from functools import cache

from services.claims.domain.catalogue import Catalogue
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.plan import Plan
from services.claims.domain.plan_loading import plan_from_document
from tests.support.claims_builders import JsonObject, JsonValue, both, named

BENEFITS = ("physio", "dental", "major", "ortho", "vision", "medicine", "nursing", "gear")


def rules_catalogue_document() -> JsonObject:
    return {
        "version": 1,
        "categories": [named("care")],
        "benefits": [named(code) for code in BENEFITS],
        "questions": [
            {
                "id": "other_insurance",
                "kind": "yes_no",
                "required": False,
                "text": both("other?"),
                "review": {"answer": "yes", "reason": "other_insurer"},
            },
            {"id": "extraction_date", "kind": "date", "required": False, "text": both("extracted?")},
        ],
        "claim_types": [
            _type("physio", "physio", services=[named("PH-TRT")], questions=["other_insurance"]),
            _type("scaling", "dental", services=[named("DS-1"), named("DS-2")]),
            _type("exam", "dental", services=[named("DX-RCL"), named("DX-CMP")]),
            _type("filling", "dental", services=[named("F-WHITE"), named("F-GREY")], asks=["tooth"]),
            _type("crown", "major", asks=["tooth", "lab_fee"]),
            _type("bridge", "major", asks=["tooth"], questions=["extraction_date"]),
            _type("braces", "ortho"),
            _type("glasses", "vision"),
            _type("medicine", "medicine"),
            _type("nursing", "nursing"),
            _type("crutches", "gear"),
            _type("insoles", "gear"),
        ],
    }


def rules_plan_document(**overrides: JsonValue) -> JsonObject:
    return {
        "code": "RULES",
        "version": 1,
        "names": both("Rules"),
        "year_starts_month": 1,
        "claim_deadline_months": 60,
        "dependant_age": {"limit": 21, "student_limit": 25},
        "agreement_kinds": ["hygienist"],
        "deductible_groups": [{"id": "health", "per_person_cents": 5000, "per_family_cents": 8000}],
        "out_of_pocket_limits": [
            {"id": "catastrophe", "benefits": ["nursing"], "per_person_cents": 300_000, "per_family_cents": 450_000}
        ],
        "combined_maxima": [
            {"id": "mouth_for_life", "benefits": ["major", "ortho"], "per_person_cents": 250_000, "lifetime": True}
        ],
        "benefits": [_physio(), _dental(), _major(), _ortho(), _vision(), _medicine(), _nursing(), _gear()],
        **overrides,
    }


@cache
def rules_catalogue() -> Catalogue:
    return catalogue_from_document(rules_catalogue_document())


@cache
def rules_plan() -> Plan:
    return plan_from_document(rules_plan_document(), rules_catalogue())


def _type(code: str, benefit: str, **more: JsonValue) -> JsonObject:
    return {"code": code, "benefit": benefit, "category": "care", "names": both(code), **more}


def _benefit(code: str, coinsurance_bp: int, **more: JsonValue) -> JsonObject:
    return {"code": code, "covered": True, "coinsurance_bp": coinsurance_bp, **more}


def _physio() -> JsonObject:
    return _benefit("physio", 8000, annual_maximum_cents=50_000, annual_family_maximum_cents=70_000)


def _dental() -> JsonObject:
    return _benefit(
        "dental",
        8000,
        customary_charges=[
            {"service": "scaling", "unit_cents": 6100},
            {"service": "scaling", "unit_cents": 5000, "provider_kinds": ["hygienist"]},
            {"service": "F-GREY", "unit_cents": 10_000, "provinces": {"QC": 9000}},
            {"service": "F-WHITE", "unit_cents": 14_000},
        ],
        alternate_benefits=[{"service": "F-WHITE", "as": "F-GREY", "teeth": ["16", "26"]}],
        provider_kinds=[{"service": "scaling", "kinds": ["dentist", "hygienist"]}],
        frequency=[
            {"group": "planing", "services": ["DS-1"], "max_units": 3, "in_months": 12},
            {"group": "polish", "services": ["DS-2"], "max_units_per_visit": 1},
            {"group": "recalls", "services": ["DX-RCL"], "max_visits": 2, "in_months": 12},
            {"group": "complete", "services": ["DX-CMP"], "max_visits": 1, "lifetime": True},
        ],
    )


def _major() -> JsonObject:
    return _benefit(
        "major",
        5000,
        customary_charges=[{"service": "crown", "unit_cents": 80_000}],
        laboratory_fees=[{"service": "crown", "share_bp": 5000, "cap_cents": 30_000}],
        missing_tooth_clause=["bridge"],
        predetermination_above_cents=100_000,
        frequency=[
            {"group": "crowns", "services": ["crown"], "months_between": 60, "per_tooth": True},
            {"group": "bridges", "services": ["bridge"], "max_units": 1, "lifetime": True, "per_tooth": True},
        ],
    )


def _ortho() -> JsonObject:
    return _benefit("ortho", 5000, maxima=[{"id": "braces_for_life", "per_person_cents": 200_000, "lifetime": True}])


def _vision() -> JsonObject:
    two_years: JsonObject = {"id": "glasses_two_years", "per_person_cents": 27_500, "years": 2, "first_year": 2025}
    return _benefit("vision", 10_000, maxima=[{**two_years, "per_family_cents": 60_000}])


def _medicine() -> JsonObject:
    return _benefit("medicine", 8000, coinsurance_tiers=[{"above_cents": 15_000, "coinsurance_bp": 10_000}])


def _nursing() -> JsonObject:
    return _benefit("nursing", 8000)


def _gear() -> JsonObject:
    return _benefit(
        "gear",
        8000,
        deductible_group="health",
        deductible_waived_for=["insoles"],
        annual_maximum_cents=100_000,
        maxima=[{"id": "insoles_yearly", "services": ["insoles"], "per_person_cents": 30_000}],
    )

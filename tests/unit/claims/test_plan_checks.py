"""Plans checked before they are used: the schema, the command line, and mistakes in each kind of rule (CLM-8)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from services.claims.data import DIRECTORY
from services.claims.domain.accumulators import LIFETIME
from services.claims.domain.adjudication import benefit_years, names_looked_at
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.plan_loading import plan_from_document
from services.claims.plans import SCHEMA, cli, problems_of_form
from tests.support.claims_builders import claim_facts, line, plan_document
from tests.support.claims_rules_plan import rules_catalogue, rules_plan, rules_plan_document

pytestmark = pytest.mark.req("CLM-8")

PLANS = sorted((DIRECTORY / "plans").glob("*.json"))
MAJOR, ORTHO, VISION, MEDICINE, DENTAL = 2, 3, 4, 5, 1


def with_mistake(benefit: int | None, key: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(rules_plan_document())
    target = document if benefit is None else document["benefits"][benefit]
    target[key] = value
    return document


@pytest.mark.parametrize(
    ("benefit", "key", "value", "path", "problem"),
    [
        (
            None,
            "out_of_pocket_limits",
            [{"id": "x", "benefits": ["nursing"]}],
            "$.out_of_pocket_limits[0]",
            "must give",
        ),
        (
            None,
            "combined_maxima",
            [{"id": "x", "benefits": ["major"], "per_person_cents": 1, "years": 2}],
            "$.combined_maxima[0].first_year",
            "given together",
        ),
        (
            MEDICINE,
            "coinsurance_tiers",
            [{"above_cents": 5, "coinsurance_bp": 1}, {"above_cents": 5, "coinsurance_bp": 2}],
            "$.benefits[5].coinsurance_tiers[1].above_cents",
            "must be above",
        ),
        (ORTHO, "maxima", [{"id": "ortho", "per_person_cents": 1}], "$.benefits[3].maxima[0].id", "name of a benefit"),
        (
            ORTHO,
            "maxima",
            [{"id": "m", "per_person_cents": 1, "years": 2, "first_year": 2025, "lifetime": True}],
            "$.benefits[3].maxima[0].lifetime",
            "not both",
        ),
        (VISION, "maxima", [{"id": "m"}], "$.benefits[4].maxima[0]", "must give per_person_cents"),
        (VISION, "deductible_waived_for", ["yoga"], "$.benefits[4].deductible_waived_for[0]", "not a service"),
        (MAJOR, "missing_tooth_clause", ["exam"], "$.benefits[2].missing_tooth_clause[0]", "not a service"),
        (MAJOR, "laboratory_fees", [{"service": "crown"}], "$.benefits[2].laboratory_fees[0]", "must give share_bp"),
        (
            DENTAL,
            "alternate_benefits",
            [{"service": "F-WHITE", "as": "exam"}],
            "$.benefits[1].alternate_benefits[0].as",
            "no customary charge",
        ),
        (
            DENTAL,
            "alternate_benefits",
            [{"service": "F-WHITE", "as": "F-GREY", "teeth": ["19"]}],
            "$.benefits[1].alternate_benefits[0].teeth[0]",
            "not a tooth",
        ),
        (
            DENTAL,
            "provider_kinds",
            [{"service": "scaling", "kinds": []}],
            "$.benefits[1].provider_kinds[0].kinds",
            "must name a kind",
        ),
        (
            DENTAL,
            "customary_charges",
            [{"service": "F-GREY", "unit_cents": 1}, {"service": "F-GREY", "unit_cents": 2}],
            "$.benefits[1].customary_charges[1].service",
            "stands here twice",
        ),
        (
            DENTAL,
            "frequency",
            [{"group": "g", "months_between": 3, "in_months": 12}],
            "$.benefits[1].frequency[0]",
            "need max_visits or max_units",
        ),
        (
            DENTAL,
            "frequency",
            [{"group": "g", "max_units": 3, "in_months": 12, "lifetime": True}],
            "$.benefits[1].frequency[0].lifetime",
            "not both",
        ),
    ],
)
def test_a_mistake_in_a_rule_is_named_by_its_path(
    benefit: int | None, key: str, value: object, path: str, problem: str
):
    with pytest.raises(InvalidDocumentError) as refused:
        plan_from_document(with_mistake(benefit, key, value), rules_catalogue())
    assert any(found.path == path and problem in found.text for found in refused.value.problems), str(refused.value)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_shipped_plan_has_the_form_of_the_schema(path: Path):
    assert list(problems_of_form(json.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("document", [plan_document(), rules_plan_document()], ids=["few rules", "all rules"])
def test_what_the_service_reads_has_the_form_of_the_schema(document: object):
    assert list(problems_of_form(json.loads(json.dumps(document)))) == []


@pytest.mark.parametrize(
    ("benefit", "key", "value", "path"),
    [
        (None, "claim_dedline_months", 1, "$"),
        (None, "version", "1", "$.version"),
        (ORTHO, "coinsurance_bp", 10_001, "$.benefits[3].coinsurance_bp"),
        (ORTHO, "covered", False, "$.benefits[3]"),
        (VISION, "maxima", [{"id": "m"}], "$.benefits[4].maxima[0]"),
        (DENTAL, "frequency", [{"group": "g"}], "$.benefits[1].frequency[0]"),
    ],
)
def test_the_schema_refuses_what_the_service_refuses(benefit: int | None, key: str, value: object, path: str):
    document = with_mistake(benefit, key, value)
    assert path in {problem.path for problem in problems_of_form(document)}
    with pytest.raises(InvalidDocumentError):
        plan_from_document(document, rules_catalogue())


def test_the_command_line_says_that_nothing_is_wrong():
    told = CliRunner().invoke(cli, ["check", *map(str, PLANS)])
    assert told.exit_code == 0
    assert told.output.count("nothing wrong") == len(PLANS)


def test_the_command_line_explains_mistakes_by_their_path(tmp_path: Path):
    broken = json.loads(PLANS[0].read_text(encoding="utf-8"))
    broken["benefits"][0]["coinsurance_bp"] = -1
    broken["dependant_age"]["limit"] = 99
    for name, text in (("plan.json", json.dumps(broken)), ("text.json", "{")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = CliRunner().invoke(cli, ["check", str(tmp_path / "plan.json"), str(tmp_path / "text.json"), str(PLANS[1])])
    assert told.exit_code == 1
    assert "$.benefits[0].coinsurance_bp: -1 must be at least 1" in told.output
    assert "$.dependant_age.student_limit: must not be below" in told.output
    assert "text.json: $: is no JSON" in told.output
    assert f"{PLANS[1].name}: nothing wrong" in told.output


def test_a_decision_looks_at_the_years_and_names_of_every_limit():
    facts = claim_facts(line("bridge", tooth="16"), line("glasses"))
    assert benefit_years(facts, rules_plan()) == (LIFETIME, 2025, 2026)
    names = names_looked_at(facts, rules_plan())
    assert names == {"major", "mouth_for_life", "bridges#16", "vision", "glasses_two_years"}

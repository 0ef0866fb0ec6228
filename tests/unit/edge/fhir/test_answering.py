"""Decisions as FHIR resources (CLM-13)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.edge.fhir.codes import kind_of
from services.edge.fhir.library import model_of
from services.edge.routes import TABLE
from shared.contracts.claims import (
    ClaimsPage,
    ClaimSummary,
    ClaimView,
    DecidedLineView,
    GetClaim,
    ListClaims,
    ReasonView,
    StatusChange,
)
from shared.errors import NotFound
from tests.support.edge_api import Edge, problem_code
from tests.unit.edge.fhir.conftest import GOLDEN, golden

NUMBER = "7K2M-9QXA-4T1B"
RECEIVED = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
DECIDED = datetime(2026, 3, 2, 14, 0, 1, tzinfo=UTC)
PAID = datetime(2026, 3, 5, 3, 30, tzinfo=UTC)
CATALOGUE = Path("services/claims/data/catalogue.json")


def line(**changes: Any) -> DecidedLineView:
    values: dict[str, Any] = {
        "line": 1,
        "service_date": date(2026, 3, 1),
        "units": 2,
        "submitted_cents": 12500,
        "eligible_cents": 11000,
        "deductible_cents": 2507,
        "share_basis_points": 8000,
        "benefit_cents": 6794,
        "outcome": "reduced",
        "reasons": (
            ReasonView(code="above_customary", text="Plus que l’usage.", next_step="Rien à faire."),
            ReasonView(code="deductible", text="Franchise appliquée.", next_step=""),
        ),
    }
    return DecidedLineView(**(values | changes))


def view(**changes: Any) -> ClaimView:
    values: dict[str, Any] = {
        "claim_number": NUMBER,
        "claim_type": "physiotherapy",
        "claim_type_name": "Physiothérapie",
        "person_id": "dossier-a:1",
        "provider_name": "Clinique du Vieux-Moulin",
        "status": "paid",
        "outcome": "reduced",
        "submitted_cents": 12500,
        "benefit_cents": 6794,
        "received_at": RECEIVED,
        "version": 2,
        "decided_at": DECIDED,
        "timeline": (
            StatusChange(status="received", at=RECEIVED),
            StatusChange(status="decided", at=DECIDED),
            StatusChange(status="paid", at=PAID),
        ),
        "lines": (line(),),
        "explanation": ("Nous payons 67,94 $.",),
    }
    return ClaimView(**(values | changes))


async def read(edge: Edge, resource_type: str, claim: ClaimView) -> dict[str, Any]:
    edge.rpc.replies |= {GetClaim: claim}
    answer = await edge.client.get(f"/fhir/{resource_type}/{NUMBER}", headers=edge.bearer())
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    found: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)
    model_of(resource_type).model_validate(found)
    return found


@pytest.mark.req("CLM-13")
@pytest.mark.parametrize(
    ("resource_type", "name"),
    [("ClaimResponse", "decided.response.json"), ("ExplanationOfBenefit", "decided.eob.json")],
)
async def test_a_decision_is_the_resource_that_the_worked_example_says(
    edge: Edge, resource_type: str, name: str
) -> None:
    assert await read(edge, resource_type, view()) == golden(name)


async def test_amounts_keep_their_two_digits(edge: Edge) -> None:
    edge.rpc.replies |= {GetClaim: view(benefit_cents=10, lines=(line(benefit_cents=10, submitted_cents=100_000),))}
    answer = await edge.client.get(f"/fhir/ClaimResponse/{NUMBER}", headers=edge.bearer())
    assert '"value":0.10,' in answer.text
    assert '"value":1000.00,' in answer.text


PENDED = line(line=2, outcome="pended", reasons=())


@pytest.mark.req("CLM-13", "CLM-9")
@pytest.mark.parametrize(
    ("changes", "outcome", "status"),
    [
        ({"status": "received", "outcome": None, "lines": (), "decided_at": None}, "queued", "active"),
        ({"status": "in_review", "outcome": "pended", "lines": (PENDED,)}, "queued", "active"),
        ({"status": "in_review", "outcome": "pended", "lines": (line(), PENDED)}, "partial", "active"),
        ({"status": "decided", "outcome": "denied", "benefit_cents": 0}, "complete", "active"),
        ({"status": "voided", "outcome": "denied", "benefit_cents": 0}, "complete", "cancelled"),
        ({"status": "decided", "kind": "predetermination", "valid_through": date(2026, 9, 1)}, "complete", "active"),
    ],
)
async def test_how_a_claim_stands_is_an_outcome_and_words(
    edge: Edge, changes: dict[str, Any], outcome: str, status: str
) -> None:
    for resource_type in ("ClaimResponse", "ExplanationOfBenefit"):
        found = await read(edge, resource_type, view(**changes))
        assert (found["outcome"], found["status"]) == (outcome, status)
        assert found["disposition"]
        assert "payment" not in found
    assert ("preAuthRef" in found) == ("valid_through" in changes)


@pytest.mark.req("CLM-13")
async def test_the_claims_of_a_dossier_come_in_pages(edge: Edge) -> None:
    named = ("claim_number", "claim_type", "claim_type_name", "person_id", "status", "outcome")
    whole = view()
    told = {name: getattr(whole, name) for name in (*named, "submitted_cents", "benefit_cents", "received_at")}
    page = ClaimsPage(claims=(ClaimSummary(**told),), next_before="1-a b")
    edge.rpc.replies |= {GetClaim: whole, ListClaims: page}

    answer = await edge.client.get("/fhir/ExplanationOfBenefit?_count=500&_cursor=9-z", headers=edge.bearer())

    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    model_of("Bundle").model_validate(bundle)
    assert edge.rpc.of(ListClaims) == [ListClaims(limit=50, before="9-z")]
    assert [(each["fullUrl"], each["resource"]["id"]) for each in bundle["entry"]] == [
        (f"http://edge/fhir/ExplanationOfBenefit/{NUMBER}", NUMBER)
    ]
    assert {each["relation"]: each["url"] for each in bundle["link"]} == {
        "self": "http://edge/fhir/ExplanationOfBenefit?_count=50&_cursor=9-z",
        "next": "http://edge/fhir/ExplanationOfBenefit?_count=50&_cursor=1-a%20b",
    }


async def test_an_empty_dossier_is_an_empty_page_and_a_strange_host_harms_nothing(edge: Edge) -> None:
    edge.rpc.replies |= {ListClaims: ClaimsPage(claims=())}
    headers = edge.bearer() | {"host": 'a"b <script>'}
    answer = await edge.client.get("/fhir/ExplanationOfBenefit", headers=headers)
    assert answer.json()["link"] == [{"relation": "self", "url": "/fhir/ExplanationOfBenefit?_count=20"}]
    assert "entry" not in answer.json()


@pytest.mark.parametrize("query", ["_count=0", "_count=x", "_cursor=" + "c" * 65, "patient=1", "_format=xml"])
async def test_a_search_that_we_do_not_do_is_refused(edge: Edge, query: str) -> None:
    answer = await edge.client.get(f"/fhir/ExplanationOfBenefit?{query}", headers=edge.bearer())
    assert (answer.status_code, problem_code(answer)[:11]) == (422, "validation.")
    assert edge.rpc.asked == []


@pytest.mark.req("CLM-13", "LOG-6")
@pytest.mark.parametrize("number", [NUMBER, "nonsense"])
async def test_a_claim_of_another_is_not_found_and_neither_is_nonsense(edge: Edge, number: str) -> None:
    edge.rpc.replies |= {GetClaim: NotFound("claims.not_found", claim_number=NUMBER)}
    answer = await edge.client.get(f"/fhir/ClaimResponse/{number}", headers=edge.bearer())
    assert (answer.status_code, problem_code(answer)) == (404, "claims.not_found")


@pytest.mark.req("CLM-13")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_capability_statement_is_the_route_table(edge: Edge, language: str) -> None:
    answer = await edge.client.get("/fhir/metadata", headers={"accept-language": language})

    statement = answer.json()
    model_of("CapabilityStatement").model_validate(statement)
    said = {
        f"POST /fhir/{resource['type']}/${operation['name']}"
        for resource in statement["rest"][0]["resource"]
        for operation in resource.get("operation", ())
    } | {
        f"GET /fhir/{resource['type']}" + ("/{claim_number}" if interaction["code"] == "read" else "")
        for resource in statement["rest"][0]["resource"]
        for interaction in resource.get("interaction", ())
    }
    assert said == {row.name for row in TABLE if row.path.startswith("/fhir/")} - {"GET /fhir/metadata"}
    assert answer.headers["content-language"] == language


def test_every_claim_type_of_the_catalogue_is_of_hl7s_kind() -> None:
    kinds = {"dental": "oral", "drugs": "pharmacy", "vision": "vision", "hospital": "institutional"}
    types = json.loads(CATALOGUE.read_text(encoding="utf-8"))["claim_types"]
    wrong = {each["code"] for each in types if kind_of(each["code"]) != kinds.get(each["category"], "professional")}
    assert wrong == set()


def test_the_worked_examples_are_valid() -> None:
    for path in GOLDEN.glob("*.json"):
        resource = golden(path.name)
        if "resourceType" in resource:
            model_of(resource["resourceType"]).model_validate(resource)

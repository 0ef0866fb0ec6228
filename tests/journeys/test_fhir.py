"""A claim as a FHIR resource on the running system: taken, decided, told, and the same claim as everywhere else."""

import json
import secrets
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.edge.fhir.library import model_of
from tests.support.waiting import eventually
from tests.support.world import Member, World, yesterday

HL7 = "http://terminology.hl7.org/CodeSystem/"


def fhir_claim(person_id: str, **changes: Any) -> dict[str, Any]:
    """A claim for one physiotherapy treatment of $100.00."""

    def information(sequence: int, kind: str, **value: Any) -> dict[str, Any]:
        category = {"coding": [{"system": "urn:acquit:information", "code": kind}]}
        return {"sequence": sequence, "category": category, **value}

    question = {"coding": [{"system": "urn:acquit:question", "code": "work_accident"}]}
    return {
        "resourceType": "Claim",
        "identifier": [{"system": "urn:example:app", "value": secrets.token_urlsafe(12)}],
        "status": "active",
        "type": {
            "coding": [
                {"system": f"{HL7}claim-type", "code": "professional"},
                {"system": "urn:acquit:claim-type", "code": "physiotherapy"},
            ]
        },
        "use": "claim",
        "patient": {"identifier": {"system": "urn:acquit:person", "value": person_id}},
        "created": yesterday().isoformat(),
        "provider": {"display": "Clinique du Vieux-Moulin"},
        "priority": {"coding": [{"system": f"{HL7}processpriority", "code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "Acquit"}}],
        "supportingInfo": [
            information(1, "authorisation", valueString="2026-01"),
            information(2, "answer", code=question, valueBoolean=False),
        ],
        "item": [
            {
                "sequence": 1,
                "productOrService": {"coding": [{"system": "urn:acquit:service", "code": "PH-TRT"}]},
                "servicedDate": yesterday().isoformat(),
                "net": {"value": 100, "currency": "CAD"},
            }
        ],
    } | changes


class Exchange:
    """The health exchange as one member's application uses it; everything that comes is held against R4B."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._member = member

    async def ask(self, method: str, path: str, content: Any = None) -> tuple[int, dict[str, Any]]:
        headers = self._member.person.headers() | {"content-type": "application/fhir+json"}
        answer = await self._world.http.request(
            method, f"/fhir/{path}", content=None if content is None else json.dumps(content), headers=headers
        )
        assert answer.headers["content-type"] == "application/fhir+json"
        resource: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)
        model_of(resource["resourceType"]).model_validate(resource)
        return answer.status_code, resource

    async def decided(self, number: str) -> dict[str, Any]:
        async def probe() -> dict[str, Any] | None:
            status, found = await self.ask("GET", f"ExplanationOfBenefit/{number}")
            return found if status == httpx.codes.OK and found["outcome"] != "queued" else None

        found = await eventually(probe, f"claim {number} is decided")
        assert found is not None
        return found


def figures(item: dict[str, Any]) -> dict[str, Decimal]:
    """Adjudication of an item, by category."""
    return {
        each["category"]["coding"][0]["code"]: each["amount"]["value"]
        for each in item["adjudication"]
        if "amount" in each
    }


@pytest.mark.req("CLM-13")
async def test_a_fhir_claim_is_decided_and_told_as_the_same_claim(world: World) -> None:
    member = await world.member()
    exchange, claim = Exchange(world, member), fhir_claim(member.persons[0])

    status, response = await exchange.ask("POST", "Claim/$submit", claim)
    assert (status, response["resourceType"], response["outcome"]) == (200, "ClaimResponse", "queued")
    assert (await exchange.ask("POST", "Claim/$submit", claim))[1]["id"] == response["id"], "a repetition"

    explained = await exchange.decided(response["id"])
    ours = await member.claim(response["id"])
    (line,), (item,) = ours["lines"], explained["item"]
    assert ours["claim_type"] == "physiotherapy"
    assert explained["outcome"] == "complete"
    assert {name: int(amount * 100) for name, amount in figures(item).items()} == {
        "submitted": 10_000,
        "eligible": line["eligible_cents"],
        "deductible": line["deductible_cents"],
        "benefit": line["benefit_cents"],
    }
    assert line["benefit_cents"] > 0
    _, decision = await exchange.ask("GET", f"ClaimResponse/{response['id']}")
    assert decision["item"][0]["adjudication"] == item["adjudication"]
    _, page = await exchange.ask("GET", "ExplanationOfBenefit?_count=5")
    assert [each["resource"] for each in page["entry"]] == [explained]


@pytest.mark.req("CLM-13")
async def test_what_is_refused_says_where(world: World) -> None:
    member = await world.member()
    exchange = Exchange(world, member)

    status, outcome = await exchange.ask("POST", "Claim/$submit", fhir_claim(member.persons[0], status="cancelled"))

    assert (status, outcome["issue"][0]["code"]) == (422, "not-supported")
    assert outcome["issue"][0]["expression"] == ["Claim.status"]
    assert (await exchange.ask("GET", "metadata"))[1]["resourceType"] == "CapabilityStatement"
    assert (await exchange.ask("GET", "Nothing"))[0] == 404
    assert (await member.person.get("/claims"))["claims"] == []

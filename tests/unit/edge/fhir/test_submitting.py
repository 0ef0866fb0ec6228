"""Claims that come as FHIR resources (CLM-13)."""

import copy
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.edge.fhir import library
from services.edge.fhir.library import model_of
from services.edge.problems import catalogue
from shared.contracts.claims import SubmitClaim
from shared.messaging import PublishFailed
from tests.support.edge_api import Edge, problem_code
from tests.unit.edge.fhir.conftest import GOLDEN, Post, golden

EXAMPLES = ("physiotherapy", "crown", "pharmacy")


def submitted(edge: Edge) -> dict[str, Any]:
    command = SubmitClaim.model_validate_json(edge.publisher.published[-1].body)
    return command.submission.model_dump(mode="json")


def issue(answer: httpx.Response) -> tuple[int, str, str, str]:
    """Status, issue type, our code, and where; of an outcome that R4B has nothing against."""
    assert answer.headers["content-type"] == "application/fhir+json"
    model_of("OperationOutcome").model_validate(answer.json())
    first = answer.json()["issue"][0]
    return answer.status_code, first["code"], problem_code(answer), first.get("expression", [""])[0]


def changed(path: str, value: Any, *, example: str = "physiotherapy") -> Any:
    """A worked example with another value at ``path``; ``...`` takes the element away."""
    resource = copy.deepcopy(golden(f"{example}.claim.json"))
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place = resource
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return resource


@pytest.mark.req("CLM-13")
@pytest.mark.parametrize("example", EXAMPLES)
async def test_a_claim_is_the_submission_that_the_worked_example_says(edge: Edge, post: Post, example: str) -> None:
    answer = await post(golden(f"{example}.claim.json"))

    assert answer.status_code == 200, answer.text
    assert submitted(edge) == golden(f"{example}.submission.json")
    response = answer.json()
    model_of("ClaimResponse").model_validate(response)
    command = SubmitClaim.model_validate_json(edge.publisher.published[-1].body)
    assert (response["resourceType"], response["outcome"]) == ("ClaimResponse", "queued")
    assert response["identifier"] == [{"system": "urn:acquit:claim", "value": command.claim_number}]
    assert answer.headers["content-location"] == f"/fhir/ClaimResponse/{command.claim_number}"
    assert answer.headers["content-type"] == "application/fhir+json"
    assert response["request"]["identifier"]["system"] == "urn:example:practice"


@pytest.mark.req("CLM-13")
async def test_a_claim_may_come_as_plain_json_and_in_a_message(edge: Edge, post: Post) -> None:
    message = golden("pharmacy.claim.json") | {"type": "message"}
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": "urn:example:event", "code": "01"},
        "source": {"endpoint": "urn:example:pharmacy"},
    }
    message["entry"].insert(0, {"fullUrl": "urn:uuid:0b1c0a9e-0000-4000-8000-000000000009", "resource": header})

    answer = await post(message, {"content-type": "application/json; charset=utf-8"})

    assert answer.status_code == 200, answer.text
    assert submitted(edge) == golden("pharmacy.submission.json")


@pytest.mark.req("CLM-13", "CLM-7")
async def test_the_identifier_of_a_claim_is_its_key_unless_a_header_says_another(edge: Edge, post: Post) -> None:
    claim = golden("physiotherapy.claim.json")
    first, second = [(await post(claim)).json()["id"] for _ in range(2)]
    other = (await post(claim | {"identifier": [{"system": "urn:example:practice", "value": "B-1"}]})).json()["id"]
    by_header = [(await post(claim, {"idempotency-key": "key-1"})).json()["id"] for _ in range(2)]

    assert first == second
    assert len({first, other, *by_header}) == 3
    assert by_header[0] == by_header[1]
    mismatch = await post(changed("item.0.servicedDate", "2026-02-28"))
    assert issue(mismatch)[:3] == (422, "business-rule", "claims.idempotency_mismatch")


REFUSED = [
    ("identifier", ..., "required", "fhir.idempotency_key", "Claim.identifier"),
    ("status", "cancelled", "not-supported", "fhir.not_supported", "Claim.status"),
    ("related", [{"claim": {"display": "x"}}], "not-supported", "fhir.not_supported", "Claim.related"),
    ("accident", {"date": "2026-01-01"}, "not-supported", "fhir.not_supported", "Claim.accident"),
    ("use", "preauthorization", "not-supported", "fhir.not_supported", "Claim.use"),
    ("use", ..., "required", "validation.missing", "Claim.use"),
    ("use", "guess", "not-supported", "fhir.not_supported", "Claim.use"),
    (
        "payee",
        {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/payeetype", "code": "provider"}]}},
        "not-supported",
        "fhir.not_supported",
        "Claim.payee",
    ),
    ("patient", {"reference": "#nobody"}, "not-found", "fhir.unresolved", "Claim.patient.reference"),
    ("patient", {"reference": "#provider"}, "not-found", "fhir.unresolved", "Claim.patient.reference"),
    ("patient", {"display": "Alice"}, "required", "fhir.required", "Claim.patient"),
    ("patient", {"identifier": {"system": "urn:acquit:person", "value": "a b"}}, "value", None, "Claim.patient"),
    ("type", {"text": "physio"}, "required", "fhir.required", "Claim.type"),
    ("type.coding.0.code", "oral", "code-invalid", "fhir.code", "Claim.type"),
    ("supportingInfo.0.valueString", ..., "required", "claims.authorisation_required", "Claim.supportingInfo"),
    (
        "supportingInfo.2.valueAttachment",
        {"data": "aGk="},
        "not-supported",
        "fhir.not_supported",
        "Claim.supportingInfo[2].valueAttachment",
    ),
    ("item.0.net.currency", "USD", "code-invalid", "fhir.code", "Claim.item[0].net.currency"),
    ("item.0.net.value", Decimal("125.001"), "value", "fhir.value", "Claim.item[0].net"),
    ("item.0.net.value", Decimal("125.01"), "value", "fhir.value", "Claim.item[0].net"),
    ("item.0.net.value", "125.00", "value", "fhir.value", "Claim.item[0].net.value"),
    ("item.0.net.value", -125, "value", "fhir.value", "Claim.item[0].net"),
    ("item.0.quantity.value", Decimal("1.5"), "value", "fhir.value", "Claim.item[0].net"),
    ("item.0.servicedDate", "2026-03", "value", "fhir.value", "Claim.item[0].servicedDate"),
    ("item.0.servicedDate", ..., "required", "fhir.required", "Claim.item[0].servicedDate"),
    ("item.0.factor", 2, "not-supported", "fhir.not_supported", "Claim.item[0].factor"),
    ("item.0.informationSequence", [9], "not-found", "fhir.unresolved", "Claim.item[0].informationSequence"),
    (
        "item.0.productOrService",
        {"coding": [{"system": "urn:x", "code": "1"}]},
        "code-invalid",
        "fhir.code",
        "Claim.item[0].productOrService",
    ),
    (
        "item.0.productOrService.coding.0.code",
        "PH TRT",
        "value",
        "validation.string_pattern_mismatch",
        "Claim.item[0].productOrService",
    ),
    ("item.0.bodySite", {"text": "left"}, "code-invalid", "fhir.code", "Claim.item[0].bodySite"),
    ("item.0.colour", "blue", "structure", "validation.extra_forbidden", "Claim.item[0]"),
    ("item", [], "value", "validation.too_short", "Claim.item"),
    ("total.value", 126, "value", "fhir.value", "Claim.total"),
    ("insurance.0.focal", False, "not-supported", "fhir.not_supported", "Claim.insurance"),
    ("modifierExtension", [{"url": "urn:x", "valueCode": "y"}], "not-supported", None, "Claim.modifierExtension"),
    ("implicitRules", "urn:x", "not-supported", "fhir.not_supported", "Claim.implicitRules"),
    ("contained.0.resourceType", "Device", "not-supported", "fhir.not_supported", "Claim.contained[0]"),
    ("resourceType", "Patient", "code-invalid", "fhir.code", "resourceType"),
]


@pytest.mark.wide
@pytest.mark.req("CLM-13")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]} {case[2]}")
async def test_a_wrong_element_is_named_and_nothing_is_submitted(
    edge: Edge, post: Post, case: tuple[str, Any, str, str | None, str]
) -> None:
    path, value, kind, code, expression = case
    resource = changed(path, value)
    if path == "item":
        del resource["total"]

    found = issue(await post(resource))

    assert found == (422, kind, code or found[2], expression)
    assert edge.publisher.published == []


@pytest.mark.req("CLM-13", "CLM-5")
@pytest.mark.parametrize(
    ("path", "value", "code", "expression"),
    [
        ("entry.0.resource.supportingInfo.1", ..., "fhir.unresolved", "item[0].informationSequence"),
        ("entry.0.resource.item.0.informationSequence", ..., None, ""),
        ("entry.0.resource.item.0.quantity", ..., "fhir.required", "item[0].quantity"),
        ("entry.0.resource.item.0.detail.0.net.value", Decimal("43.43"), "fhir.value", "item[0].net"),
        ("entry.4.resource.item.0.adjudication.1.amount.currency", "USD", "fhir.code", None),
    ],
)
async def test_a_drug_needs_its_quantity_its_days_and_parts_that_add_up(
    post: Post, path: str, value: Any, code: str | None, expression: str | None
) -> None:
    answer = await post(changed(path, value, example="pharmacy"))

    if code is None:
        assert answer.status_code == 200, "information that no item points at is about all of them"
        return
    found = issue(answer)
    assert found[2] == code
    assert expression is None or found[3] == f"Bundle.entry[0].resource.{expression}"


@pytest.mark.req("CLM-13")
async def test_a_bundle_holds_exactly_one_claim_and_is_one_of_two_types(post: Post) -> None:
    bundle = golden("pharmacy.claim.json")
    none = bundle | {"entry": bundle["entry"][1:]}
    two = bundle | {"entry": [*bundle["entry"], {"resource": bundle["entry"][0]["resource"]}]}

    assert issue(await post(none))[1:] == ("required", "fhir.required", "Bundle.entry.resource")
    assert issue(await post(two))[1:] == ("not-supported", "fhir.not_supported", "Bundle.entry[5].resource")
    assert issue(await post(bundle | {"type": "batch"}))[1:] == ("not-supported", "fhir.not_supported", "Bundle.type")


@pytest.mark.req("CLM-13")
@pytest.mark.parametrize(
    ("text", "cents"),
    [("19.99", 1999), ("0.07", 7), ("4.35", 435), ("1e2", 10000), ("100000", 10_000_000), ("1.10000", 110)],
)
async def test_dollars_are_cents_to_the_last_one(edge: Edge, post: Post, text: str, cents: int) -> None:
    raw = (GOLDEN / "physiotherapy.claim.json").read_text(encoding="utf-8")
    raw = raw.replace("125.00", text).replace('"unitPrice"', '"_was"')
    resource = json.loads(raw)
    for item in resource["item"]:
        del item["_was"]
    resource["item"][0]["net"]["value"] = resource["total"]["value"] = "AMOUNT"

    answer = await post(json.dumps(resource).replace('"AMOUNT"', text).encode())

    assert answer.status_code == 200, answer.text
    assert submitted(edge)["lines"][0]["amount_cents"] == cents


@pytest.mark.req("CLM-13")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"resourceType": "Claim", "resourceType": "Claim"}',
        b'{"resourceType": "Claim", "x": NaN}',
        b'{"resourceType": "Claim", "x": Infinity}',
        b'{"resourceType": "Claim", "x": 1e99999}',
        b'{"resourceType": "Claim", "x": ' + b"9" * 5000 + b"}",
        b'{"resourceType": "Claim", "x": "\\ud800"}',
        b'{"resourceType": "Claim", "x": "\xff"}',
        b"[" * 60_000,
        b'{"extension":[' * 1_000 + b"]}" * 1_000,
    ],
    ids=str,
)
async def test_what_is_no_json_that_says_one_thing_is_malformed(post: Post, content: bytes) -> None:
    assert issue(await post(content))[:3] == (400, "structure", "request.malformed")


@pytest.mark.req("CLM-13")
async def test_refusals_of_every_kind_are_outcomes(edge: Edge, post: Post) -> None:
    claim = golden("physiotherapy.claim.json")
    member = edge.bearer()
    get = edge.client.get
    found = {
        401: await get("/fhir/ExplanationOfBenefit"),
        403: await get("/fhir/ExplanationOfBenefit", headers=edge.bearer(roles=("agent",))),
        404: await get("/fhir/Patient/1", headers=member),
        405: await edge.client.delete("/fhir/Claim/$submit", headers=member),
        413: await post(b" " * 70_000),
        415: await post(claim, {"content-type": "application/fhir+xml"}),
        422: await get("/fhir/ExplanationOfBenefit?_count=many", headers=member),
    }
    edge.publisher.error = PublishFailed("claims.submit_claim.v1")
    found[503] = await post(claim)

    assert {status: issue(answer)[:2] for status, answer in found.items()} == {
        401: (401, "login"),
        403: (403, "forbidden"),
        404: (404, "not-found"),
        405: (405, "not-supported"),
        413: (413, "too-long"),
        415: (415, "not-supported"),
        422: (422, "value"),
        503: (503, "transient"),
    }
    assert found[401].headers["www-authenticate"].startswith("Bearer")
    assert "POST" in found[405].headers["allow"]
    assert found[503].headers["retry-after"] == "5"
    assert issue(found[422])[3] == "http._count"


async def test_refusals_speak_the_language_that_is_asked_for_and_repeat_nothing(post: Post) -> None:
    planted = changed("item.0.servicedDate", "2026-canary") | {"canary": "canary"}
    told = [(await post(planted, {"accept-language": language})).text for language in ("fr", "en")]

    assert told[0] != told[1]
    assert "canary" not in "".join(told)


def test_every_refusal_of_ours_has_words() -> None:
    codes = {row[3] for row in REFUSED if row[3] is not None} | {"fhir.required", "fhir.unresolved"}
    assert codes <= catalogue().keys()


@pytest.mark.req("CLM-13")
async def test_another_member_with_the_same_identifier_has_another_claim(edge: Edge, post: Post) -> None:
    claim = golden("physiotherapy.claim.json")
    mine = (await post(claim)).json()["id"]
    headers = edge.bearer(account_id="account-2") | {"content-type": "application/fhir+json"}
    theirs = await edge.client.post("/fhir/Claim/$submit", json=_floats(claim), headers=headers)

    assert theirs.json()["id"] != mine


def _floats(value: Any) -> Any:
    return json.loads(json.dumps(value, default=float))


def test_the_library_is_loaded_by_need_and_by_no_import() -> None:
    """An edge that answers no FHIR request does not pay for it: time and memory in ``docs/fhir.md``."""
    sources = [path.read_text(encoding="utf-8") for path in Path("services/edge").rglob("*.py")]
    assert not [text for text in sources if re.search(r"^\s*(from|import) fhir\b", text, re.MULTILINE)]
    assert [text for text in sources if "import_module" in text] == [Path(library.__file__).read_text(encoding="utf-8")]


@pytest.mark.req("CLM-13", "CLM-3")
async def test_information_is_about_the_items_that_point_at_it(edge: Edge, post: Post) -> None:
    claim = golden("physiotherapy.claim.json")
    [item] = claim["item"]
    _, answered, receipt = claim["supportingInfo"]
    coded = {"coding": [{"system": "urn:acquit:information", "code": "others-paid"}]}
    dollars = {"value": Decimal("30.05"), "system": "urn:iso:std:iso:4217", "code": "CAD"}
    claim["supportingInfo"] += [
        answered | {"sequence": 4, "valueBoolean": True},
        {"sequence": 5, "category": coded, "valueQuantity": dollars},
    ]
    claim["item"] = [
        item | {"informationSequence": [2]},
        item | {"sequence": 2, "servicedDate": "2026-02-27", "informationSequence": [4, 5]},
    ]
    del claim["total"]

    answer = await post(claim)

    assert answer.status_code == 200, answer.text
    lines = submitted(edge)["lines"]
    assert [line["answers"]["work_accident"] for line in lines] == ["no", "yes"]
    assert [line["others_paid_cents"] for line in lines] == [None, 3005]
    assert receipt["sequence"] == 3, "no item points at it: it belongs to the claim"


@pytest.mark.req("CLM-13")
async def test_what_another_insurer_decided_is_about_the_item_of_its_number(edge: Edge, post: Post) -> None:
    bundle = golden("pharmacy.claim.json")
    claim = bundle["entry"][0]["resource"]
    claim["item"].append(claim["item"][0] | {"sequence": 2, "servicedDate": "2026-02-01"})

    answer = await post(bundle)

    assert answer.status_code == 200, answer.text
    assert [line["others_paid_cents"] for line in submitted(edge)["lines"]] == [2010, None]


@pytest.mark.req("CLM-13")
async def test_a_submission_may_quote_its_estimate(edge: Edge, post: Post) -> None:
    answer = await post(changed("insurance.0.preAuthRef", ["7K2M-9QXA-4T1B"]))

    assert answer.status_code == 200, answer.text
    assert submitted(edge)["predetermination"] == "7K2M-9QXA-4T1B"
    wrong = issue(await post(changed("insurance.0.preAuthRef", ["1"]), {"idempotency-key": "other"}))
    assert wrong == (422, "value", "validation.string_pattern_mismatch", "Claim.insurance")

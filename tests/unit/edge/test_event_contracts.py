"""Public events, described for those who write a subscriber (SUB-1)."""

import json
from pathlib import Path

import jsonschema
import pytest

from services.edge.event_contracts import ASYNCAPI_JSON, SCHEMA_JSON, asyncapi, envelope_example
from shared.contracts import Event
from shared.contracts.payments import PaymentSent
from shared.envelopes import event_envelope
from shared.json_schemas import public_events
from tests.support import notification_builders as build
from tests.support.edge_api import Edge, problem_code

ASYNCAPI_SCHEMA = Path(__file__).parents[2] / "contract" / "asyncapi" / "3.0.0.json"
PUBLIC = public_events()
PROMISED = {
    "claims.claim_adjudicated.v1",
    "payments.payment_scheduled.v1",
    "payments.payment_sent.v1",
    "payments.payment_settled.v1",
    "payments.statement_issued.v1",
}


def _ids(event: type[Event]) -> str:
    return event.wire_type


@pytest.mark.req("SUB-1")
async def test_the_document_names_every_public_event_and_no_other(edge: Edge) -> None:
    answer = await edge.client.get("/asyncapi.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == ASYNCAPI_JSON
    channels = set(answer.json()["channels"])
    assert channels == {event.wire_type for event in PUBLIC}
    assert channels >= PROMISED


@pytest.mark.req("SUB-1")
async def test_every_schema_that_the_document_links_to_is_served(edge: Edge) -> None:
    document = (await edge.client.get("/asyncapi.json")).json()
    for wire_type, envelope in document["components"]["schemas"].items():
        answer = await edge.client.get(f"/{envelope['properties']['data']['$ref']}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == SCHEMA_JSON
        schema = answer.json()
        assert schema["$id"] == f"urn:acquit:schema:{wire_type}"
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["examples"]
        for example in schema["examples"]:
            jsonschema.validate(example, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("wire_type", ["payments.run_approved.v1", "claims.submit_claim.v1", "something"])
async def test_internal_messages_are_unknown_to_the_outside(edge: Edge, wire_type: str) -> None:
    answer = await edge.client.get(f"/schemas/{wire_type}")

    assert answer.status_code == 404
    assert problem_code(answer) == "events.schema_not_found"


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("path", ["/asyncapi.json", "/schemas/payments.payment_sent.v1"])
async def test_who_has_the_present_document_is_told_so(edge: Edge, path: str) -> None:
    first = await edge.client.get(path)
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"older", {tag}', "*"):
        again = await edge.client.get(path, headers={"if-none-match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for sent in ('"older"', tag.strip('"')):
        assert (await edge.client.get(path, headers={"if-none-match": sent})).content == first.content
    assert first.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.req("SUB-1")
async def test_different_documents_have_different_tags(edge: Edge) -> None:
    tags = {(await edge.client.get(f"/schemas/{event.wire_type}")).headers["etag"] for event in PUBLIC}
    assert len(tags) == len(PUBLIC)


@pytest.mark.req("SUB-1")
def test_the_document_is_asyncapi_3() -> None:
    validator = jsonschema.Draft7Validator(json.loads(ASYNCAPI_SCHEMA.read_text(encoding="utf-8")))
    document = asyncapi(schema_path="schemas/{}")

    assert [error.message for error in validator.iter_errors(document)] == []
    document["operations"]["receive.payments.payment_sent.v1"]["action"] = "read"
    assert not validator.is_valid(document)


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("event", PUBLIC, ids=_ids)
def test_the_envelope_is_described_as_it_is_sent(event: type[Event]) -> None:
    described = asyncapi(schema_path="schemas/{}")["components"]["schemas"][event.wire_type]
    described["properties"].pop("data")  # has a schema of its own
    sample = envelope_example(event)
    made = event.model_validate(sample["data"])
    source = event.wire_type.partition(".")[0]
    sent = json.loads(event_envelope(made, source=source, cause=build.received(made)).body)

    jsonschema.validate(sample, described)
    jsonschema.validate(sent, described)
    assert sample.keys() <= sent.keys() <= described["properties"].keys() | {"data"}


def test_the_sample_is_about_what_the_event_is_about() -> None:
    sample = envelope_example(PaymentSent)
    assert sample["subject"] == sample["data"]["payment_id"]

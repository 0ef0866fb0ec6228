"""Events as CloudEvents, requests as plain JSON, and what both carry along."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy import contracts
from shared.contracts import Actor, Event
from shared.contracts.claims import GetClaim
from shared.contracts.payments import PaymentSettled
from shared.envelopes import CLOUDEVENT, Outgoing, Poison, Received, event_envelope, request_envelope
from shared.message_log import LogRecord, outgoing_from
from shared.telemetry import Trace

EVENTS = [message for message in contracts.messages() if issubclass(message, Event)]
NOW = datetime(2026, 6, 15, 12, 0, 0, 5_000, tzinfo=UTC)
QUESTION = GetClaim(claim_number="7K2M-9QXA-4T1B")
TRACE = Trace.start("request-1")
ACTOR = Actor(account_id="account-1", session_id="session-1", roles=("member",), language="en")
CAUSE = Received(QUESTION, "message-1", "request-1", ACTOR, TRACE)

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
REQUIRED = {"id", "source", "specversion", "type"}
OPTIONAL = {"datacontenttype", "dataschema", "subject", "time"}


def sample(kind: type[Event]) -> Event:
    return kind.model_validate(contracts.example(kind))


def envelope_of(event: Event, **overrides: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"source": "payments", "cause": CAUSE, "clock": lambda: NOW, **overrides}
    content: dict[str, Any] = json.loads(event_envelope(event, **fields).body)
    return content


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.wire_type)
def test_every_event_keeps_the_rules_of_cloudevents(kind):
    """CloudEvents 1.0.2: §2 naming, §3.1 required and optional attributes, §2.1 attribute values."""
    envelope = envelope_of(sample(kind))
    attributes = {name: value for name, value in envelope.items() if name != "data"}

    assert attributes.keys() >= REQUIRED
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in attributes)
    assert all(isinstance(value, str) and value for value in attributes.values())
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f]", value) for value in attributes.values())
    assert attributes["specversion"] == "1.0"
    assert attributes["source"] == "/acquit/payments"
    assert attributes["type"] == kind.wire_type
    assert MEDIA_TYPE.fullmatch(attributes["datacontenttype"])
    assert urlsplit(attributes["dataschema"]).scheme == "urn"
    assert RFC3339.fullmatch(attributes["time"])
    assert attributes.keys() - REQUIRED - OPTIONAL == {"correlationid", "causationid", "traceparent"}


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.wire_type)
def test_the_data_of_an_event_is_the_event(kind):
    event = sample(kind)
    assert kind.model_validate(envelope_of(event)["data"]) == event


def test_an_event_goes_to_the_exchange_of_its_service_under_its_type():
    event = sample(PaymentSettled)
    outgoing = event_envelope(event, source="payments", cause=CAUSE, ids=lambda: "event-1")
    assert (outgoing.exchange, outgoing.routing_key) == ("payments.events", "payments.payment_settled.v1")
    assert (outgoing.wire_type, outgoing.content_type) == ("payments.payment_settled.v1", CLOUDEVENT)
    assert (outgoing.message_id, json.loads(outgoing.body)["id"]) == ("event-1", "event-1")
    assert (outgoing.persistent, outgoing.mandatory, outgoing.expires_at) == (True, False, None)


def test_an_event_names_what_caused_it():
    envelope = envelope_of(sample(PaymentSettled))
    assert (envelope["correlationid"], envelope["causationid"]) == ("request-1", "message-1")
    assert envelope["traceparent"] == TRACE.traceparent


def test_an_event_without_trace_has_no_empty_attribute():
    assert "traceparent" not in envelope_of(sample(PaymentSettled), cause=replace(CAUSE, trace=None))


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (NOW, "2026-06-15T12:00:00.005000Z"),
        (datetime(2026, 6, 15, tzinfo=UTC), "2026-06-15T00:00:00Z"),
        (datetime(2026, 6, 15, tzinfo=timezone(timedelta(hours=-4))), "2026-06-15T00:00:00-04:00"),
    ],
)
def test_the_time_of_an_event_has_its_offset(instant, written):
    assert envelope_of(sample(PaymentSettled), clock=lambda: instant)["time"] == written


def test_a_request_is_plain_json_with_the_caller_in_a_header():
    outgoing = request_envelope(QUESTION, actor=ACTOR, trace=TRACE)
    assert GetClaim.model_validate_json(outgoing.body) == QUESTION
    assert (outgoing.exchange, outgoing.routing_key) == ("claims.commands", "claims.get_claim.v1")
    assert Actor.model_validate_json(str(outgoing.headers["actor"])) == ACTOR
    assert (outgoing.headers["request_id"], outgoing.headers["traceparent"]) == ("request-1", TRACE.traceparent)
    assert outgoing.correlation_id == "request-1"
    assert outgoing.mandatory


def test_a_request_of_nobody_says_nothing_about_a_caller():
    outgoing = request_envelope(QUESTION)
    assert outgoing.headers == {}
    assert outgoing.correlation_id is None
    assert outgoing.message_id != request_envelope(QUESTION).message_id


def test_a_request_keeps_what_its_sender_chose():
    chosen: dict[str, Any] = {
        "message_id": "message-9",
        "correlation_id": "correlation-9",
        "reply_to": "here",
        "expires_at": NOW,
        "persistent": False,
    }
    outgoing = request_envelope(QUESTION, trace=TRACE, **chosen)
    assert {name: getattr(outgoing, name) for name in chosen} == chosen


def test_a_handler_that_needs_the_caller_gets_it_or_sets_the_message_aside():
    assert CAUSE.require_actor() == ACTOR
    with pytest.raises(Poison, match=r"claims\.get_claim\.v1"):
        replace(CAUSE, actor=None).require_actor()


@pytest.mark.parametrize(
    "outgoing",
    [
        event_envelope(sample(PaymentSettled), source="payments", cause=CAUSE),
        request_envelope(QUESTION, trace=TRACE, expires_at=NOW),
    ],
    ids=["event", "command"],
)
def test_a_message_that_waited_in_the_outbox_is_published_to_the_byte(outgoing: Outgoing):
    [row] = LogRecord("key", (outgoing,), None, NOW).document()["outgoing"]
    assert outgoing_from(row) == outgoing


def test_a_record_with_nothing_to_publish_is_done_from_the_start():
    done = LogRecord("key", (), b"{}", NOW).document()
    assert done == {"_id": "key", "written_at": NOW, "dispatched_at": NOW, "reply": b"{}"}
    pending = LogRecord("key", (request_envelope(QUESTION),), None, NOW).document()
    assert pending["pending"] is True
    assert "dispatched_at" not in pending
    assert "reply" not in pending

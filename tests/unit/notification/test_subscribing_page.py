"""docs/subscribing.md shows the envelope that is really published, and names the public events that there are."""

import json
import re
from pathlib import Path

import pytest

from services.payments.routes import TOPOLOGY
from shared.contracts.payments import PaymentSent
from shared.envelopes import Received, event_envelope
from shared.telemetry import Trace
from tests.support import notification_builders as build

PAGE = (Path(__file__).parents[3] / "docs" / "subscribing.md").read_text(encoding="utf-8")


def envelope_on_the_page() -> dict[str, object]:
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    found: dict[str, object] = json.loads(block[1])
    return found


@pytest.mark.req("SUB-1")
def test_the_envelope_on_the_page_has_the_fields_of_a_real_one() -> None:
    event = build.payment_sent(account_ids=(build.random_id(),))
    cause = Received(event, build.random_id(), build.random_id(), trace=Trace.start(build.random_id()))
    real = json.loads(event_envelope(event, source="payments", cause=cause).body)
    shown = envelope_on_the_page()
    assert list(shown) == list(real)
    for name in ("specversion", "source", "type", "datacontenttype", "dataschema"):
        assert shown[name] == real[name]


@pytest.mark.req("SUB-1")
def test_the_data_on_the_page_are_a_payment_and_its_subject() -> None:
    shown = envelope_on_the_page()
    event = PaymentSent.model_validate_json(json.dumps(shown["data"]))
    assert set(shown["data"]) == set(PaymentSent.model_fields)  # type: ignore[call-overload]
    assert shown["subject"] == event.subject()


@pytest.mark.req("SUB-1")
def test_the_page_lists_the_public_events_of_payments_and_no_others() -> None:
    listed = re.findall(r"^\| `(payments\.\w+\.v\d+)` \|", PAGE, re.MULTILINE)
    public = [event.wire_type for event in TOPOLOGY.publishes if event.public]
    assert sorted(listed) == sorted(public)

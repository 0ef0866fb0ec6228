"""What goes over the wire, compared with the documents in docs/contracts (``make contracts`` rewrites them)."""

import json

import jsonschema
import pytest

from deploy import contracts
from shared.contracts import Event, Message

MESSAGES = contracts.messages()


def _ids(message: type[Message]) -> str:
    return message.wire_type


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, object]]:
    return contracts.documents()


def test_documents_are_up_to_date(documents: dict[str, dict[str, object]]) -> None:
    written = {str(path.relative_to(contracts.TARGET)) for path in contracts.TARGET.rglob("*.json")}
    assert written == set(documents)
    for name, document in documents.items():
        assert (contracts.TARGET / name).read_text(encoding="utf-8") == contracts.rendered(document), (
            f"{name} differs: run `make contracts` and review the change"
        )


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("message", MESSAGES, ids=_ids)
def test_the_stored_example_is_still_read_and_written_the_same(message: type[Message]) -> None:
    stored = (contracts.TARGET / "examples" / f"{message.wire_type}.json").read_text(encoding="utf-8")
    assert json.loads(message.model_validate_json(stored).model_dump_json()) == json.loads(stored)
    jsonschema.validate(json.loads(stored), contracts.schema(message))


@pytest.mark.parametrize("message", MESSAGES, ids=_ids)
def test_wire_types_are_literal_versioned_and_of_their_service(message: type[Message]) -> None:
    service, name, version = message.wire_type.split(".")
    module = message.__module__.removeprefix("shared.contracts.")
    assert module.partition(".")[0].partition("_")[0] == service
    assert name == name.lower()
    assert version.startswith("v")


@pytest.mark.parametrize("message", MESSAGES, ids=_ids)
def test_readers_of_events_ignore_new_fields_and_commands_refuse_them(message: type[Message]) -> None:
    grown = {**contracts.example(message), "field_of_a_later_version": 1}
    if issubclass(message, Event):
        message.model_validate(grown)
    else:
        with pytest.raises(ValueError, match="field_of_a_later_version"):
            message.model_validate(grown)

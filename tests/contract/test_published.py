"""What other systems were promised: present events fit the first readers, first events are still read (SUB-1)."""

import jsonschema
import pytest

from shared.contracts import Event
from shared.json_schemas import example, public_events, schema
from tests.support import published

PUBLIC = public_events()
VALIDATOR = jsonschema.Draft202012Validator


def _ids(event: type[Event]) -> str:
    return event.wire_type


@pytest.mark.req("SUB-1")
def test_no_public_type_has_gone_and_none_is_new_without_being_kept() -> None:
    kept = {path.stem for path in published.FOLDER.glob("*.json")}
    assert kept == {event.wire_type for event in PUBLIC}, "a new one: `make contracts` keeps its first form"


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("event", PUBLIC, ids=_ids)
def test_the_first_example_is_still_read(event: type[Event]) -> None:
    (first,) = published.first_schema(event.wire_type)["examples"]

    read = event.model_validate(first).model_dump(mode="json")

    assert {name: read[name] for name in first} == first
    VALIDATOR(schema(event)).validate(first)


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("event", PUBLIC, ids=_ids)
def test_readers_of_the_first_schema_read_what_is_sent_today(event: type[Event]) -> None:
    VALIDATOR(published.first_schema(event.wire_type)).validate(example(event))


@pytest.mark.req("SUB-1")
@pytest.mark.parametrize("event", PUBLIC, ids=_ids)
def test_what_was_always_there_is_so_today(event: type[Event]) -> None:
    first, today = published.first_schema(event.wire_type), schema(event)
    assert set(first["required"]) <= set(today["properties"])
    assert set(today["required"]) <= set(first["required"]), "a new required field breaks events that were kept"

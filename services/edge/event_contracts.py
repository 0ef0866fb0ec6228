"""What systems outside Acquit read, described: an AsyncAPI document and a JSON Schema of every public event (SUB-1)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson

from shared.contracts import Event
from shared.envelopes import CLOUDEVENT, JSON
from shared.json_schemas import example, public_events, schema, schema_urn
from shared.topology import exchange_of

VERSION: Final = "1.0.0"
"""Of the public events together: the second number grows with a type or an optional field, the third with words. The
first would mean that a type went away; what breaks a reader comes as a new type beside the old one.
"""
ASYNCAPI_JSON: Final = "application/vnd.aai.asyncapi+json"
SCHEMA_JSON: Final = "application/schema+json"
_DESCRIPTION: Final = (
    "Public events of Acquit as CloudEvents 1.0 in structured JSON. A subscriber reads them from a RabbitMQ queue of "
    "its own, to which the operator binds the events that it may read; it declares, binds and publishes nothing. "
    "Delivery is at least once and in no promised order; readers ignore fields and types that they do not know."
)
_TEXT: Final = {"type": "string", "minLength": 1}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_SAMPLE_ID: Final = "019aac1e-5a50-7c3e-9d0a-6f6f2f1b8a11"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is served; the tag changes with its content."""

    body: bytes
    media_type: str
    etag: str


@cache
def asyncapi_document() -> Document:
    """The AsyncAPI document with links to the schemas beside it."""
    return _document(asyncapi(schema_path="schemas/{}"), ASYNCAPI_JSON)


@cache
def schema_documents() -> Mapping[str, Document]:
    """The schema of every public event, by wire type."""
    return {event.wire_type: _document(schema(event), SCHEMA_JSON) for event in public_events()}


def _document(content: Json, media_type: str) -> Document:
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2)
    return Document(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def asyncapi(*, schema_path: str) -> Json:
    """AsyncAPI 3.0 as a subscriber sees it; ``schema_path`` leads from the document to the schema of a wire type."""
    events = public_events()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Acquit: public events", "version": VERSION, "description": _DESCRIPTION},
        "defaultContentType": CLOUDEVENT,
        "channels": {event.wire_type: _channel(event) for event in events},
        "operations": {f"receive.{event.wire_type}": _operation(event) for event in events},
        "components": {
            "messages": {event.wire_type: _message(event) for event in events},
            "schemas": {event.wire_type: _envelope_schema(event, schema_path) for event in events},
        },
    }


def _channel(event: type[Event]) -> Json:
    exchange = {"name": exchange_of(event), "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": event.wire_type,
        "messages": {event.wire_type: {"$ref": f"#/components/messages/{event.wire_type}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange}},
    }


def _operation(event: type[Event]) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{event.wire_type}"},
        "bindings": {"amqp": {"ack": True}},
    }


def _message(event: type[Event]) -> Json:
    return {
        "name": event.wire_type,
        "summary": (event.__doc__ or "").strip().partition("\n")[0],
        "contentType": CLOUDEVENT,
        "payload": {"$ref": f"#/components/schemas/{event.wire_type}"},
        "examples": [{"name": "invented", "payload": envelope_example(event)}],
    }


def _envelope_schema(event: type[Event], schema_path: str) -> Json:
    """The whole event: what CloudEvents 1.0 says, and ours in ``data``."""
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "dataschema", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**_TEXT, "description": "The same at every delivery: handle each once."},
            "source": {"const": _source(event)},
            "type": {"const": event.wire_type},
            "subject": _TEXT,
            "time": _INSTANT,
            "datacontenttype": {"const": JSON},
            "dataschema": {"const": schema_urn(event)},
            "correlationid": {**_TEXT, "description": "The same in everything that one request caused."},
            "causationid": {**_TEXT, "description": "The message that caused this one."},
            "traceparent": {**_TEXT, "description": "W3C Trace Context, where there is a trace."},
            "data": {"$ref": schema_path.format(event.wire_type)},
        },
    }


def envelope_example(event: type[Event]) -> Json:
    """An invented event as it arrives."""
    data = example(event)
    return {
        "specversion": "1.0",
        "id": _SAMPLE_ID,
        "source": _source(event),
        "type": event.wire_type,
        "subject": event.model_validate(data).subject(),
        "time": "2026-11-20T15:04:05.123000Z",
        "datacontenttype": JSON,
        "dataschema": schema_urn(event),
        "data": data,
        "correlationid": "019aac1e-5a11-7a0d-8b8e-2d2f0a4c9b10",
        "causationid": "019aac1e-5a2c-7f52-b1a6-4c8d9e7f0a21",
    }


def _source(event: type[Event]) -> str:
    return f"/acquit/{event.wire_type.partition('.')[0]}"

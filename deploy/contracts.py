"""Documents generated from the contracts: JSON Schemas, an example of every message, AsyncAPI and OpenAPI.

``python -m deploy.contracts`` writes them to ``docs/contracts``. Tests compare, so that a change of what goes over the
wire always shows in review.
"""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final

import shared.contracts
from deploy.topology import Topology, load_topology
from shared.contracts import Event, Message
from shared.contracts.notification import Addressed
from shared.topology import exchange_of

TARGET: Final = Path(__file__).parent.parent / "docs" / "contracts"
Json = dict[str, Any]


def messages() -> list[type[Message]]:
    """Every message class that has a wire type, by wire type."""
    for module in walk_packages(shared.contracts.__path__, "shared.contracts."):
        import_module(module.name)
    found = {cls.wire_type: cls for cls in _descendants(Message) if _is_contract(cls)}
    return [found[wire_type] for wire_type in sorted(found)]


def _is_contract(cls: type[Message]) -> bool:
    return "wire_type" in cls.__dict__ and cls.__module__.startswith("shared.contracts.")


def _descendants(cls: type[Message]) -> Iterator[type[Message]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)


def schema(message: type[Message]) -> Json:
    """JSON Schema (2020-12) of a message body; of ``data`` for an event."""
    body = message.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:acquit:schema:{message.wire_type}",
        **body,
    }


def example(message: type[Message]) -> Json:
    """An invented, valid body of a message."""
    body = message.model_json_schema(mode="serialization")
    made = _example(body, body.get("$defs", {}))
    if issubclass(message, Addressed):
        made |= {"email": None, "language": None}
    return json.loads(message.model_validate(made).model_dump_json())  # type: ignore[no-any-return]


def _example(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    if "$ref" in node:
        return _example(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    if "examples" in node:
        return node["examples"][0]
    for key in ("const", "enum"):
        if key in node:
            return node[key] if key == "const" else node[key][0]
    if "anyOf" in node:
        return _example(next(option for option in node["anyOf"] if option.get("type") != "null"), definitions)
    if "oneOf" in node:
        return _example(node["oneOf"][0], definitions)
    return _example_of_type(node, definitions)


def _example_of_type(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    match node.get("type"):
        case "object":
            if "properties" not in node:
                return {"example": _example(node.get("additionalProperties") or {"type": "string"}, definitions)}
            return {name: _example(child, definitions) for name, child in node["properties"].items()}
        case "array":
            return [_example(node["items"], definitions)]
        case "integer":
            return max(1, node.get("minimum", 1))
        case "boolean":
            return True
    formats = {"date": "2026-11-20", "date-time": "2026-11-20T15:04:05Z"}
    return formats.get(node.get("format", ""), "example")


def asyncapi(topology: Topology) -> Json:
    """AsyncAPI 3.0: a channel per message, and which service sends and receives it."""
    all_messages = messages()
    operations: Json = {}
    for service in topology.services:
        sent: tuple[type[Message], ...] = (*service.publishes, *service.sends)
        for message in sent:
            operations[f"{service.service}.sends.{message.wire_type}"] = _operation("send", message)
        for queue in service.queues:
            for message in queue.messages:
                operations[f"{service.service}.receives.{message.wire_type}"] = {
                    **_operation("receive", message),
                    "bindings": {"amqp": {"ack": True}},
                    "x-queue": queue.name,
                }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Acquit", "version": "1", "description": "Messages between and out of the services."},
        "defaultContentType": "application/json",
        "channels": {message.wire_type: _channel(message) for message in all_messages},
        "operations": dict(sorted(operations.items())),
        "components": {"messages": {message.wire_type: _message(message) for message in all_messages}},
    }


def _channel(message: type[Message]) -> Json:
    exchange = {"name": exchange_of(message), "type": "topic", "durable": True}
    return {
        "address": message.wire_type,
        "messages": {message.wire_type: {"$ref": f"#/components/messages/{message.wire_type}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange}},
    }


def _operation(action: str, message: type[Message]) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{message.wire_type}"}}


def _message(message: type[Message]) -> Json:
    event = issubclass(message, Event)
    return {
        "name": message.wire_type,
        "summary": (message.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/cloudevents+json" if event else "application/json",
        "payload": {"$ref": f"schemas/{message.wire_type}.json"},
        "x-public": issubclass(message, Event) and message.public,
    }


def documents() -> dict[str, Json]:
    """Relative path → content of everything generated."""
    from services.edge import openapi  # noqa: PLC0415 - the edge's HTTP stack is only needed here

    made: dict[str, Json] = {}
    for message in messages():
        made[f"schemas/{message.wire_type}.json"] = schema(message)
        made[f"examples/{message.wire_type}.json"] = example(message)
    made["asyncapi.json"] = asyncapi(load_topology())
    made["openapi.json"] = openapi.document("en")
    return made


def rendered(document: Json) -> str:
    """The text that is written: indented, and as it is in French too."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all documents and remove those that no message needs any more."""
    made = documents()
    for path in TARGET.rglob("*.json"):
        if str(path.relative_to(TARGET)) not in made:
            path.unlink()
    for name, document in made.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rendered(document), encoding="utf-8")


if __name__ == "__main__":
    main()

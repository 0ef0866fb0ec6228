"""JSON Schemas of messages, and an invented example of each: what other systems read, and what tests compare."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final

import shared.contracts
from shared.contracts import Event, Message
from shared.contracts.notification import Addressed

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


@cache
def messages() -> tuple[type[Message], ...]:
    """Every message class that has a wire type, by wire type."""
    for module in walk_packages(shared.contracts.__path__, "shared.contracts."):
        import_module(module.name)
    found = {cls.wire_type: cls for cls in _descendants(Message) if _is_contract(cls)}
    return tuple(found[wire_type] for wire_type in sorted(found))


def public_events() -> tuple[type[Event], ...]:
    """What systems outside Acquit may read (SUB-1), by wire type."""
    return tuple(message for message in messages() if issubclass(message, Event) and message.public)


def schema_urn(message: type[Message]) -> str:
    """The name of its schema: ``$id`` there, ``dataschema`` in an event."""
    return f"urn:acquit:schema:{message.wire_type}"


def schema(message: type[Message]) -> Json:
    """JSON Schema (2020-12) of a message body; of ``data`` for an event. Those of public events show an example."""
    made = {"$schema": DIALECT, "$id": schema_urn(message), **message.model_json_schema(mode="serialization")}
    if issubclass(message, Event) and message.public:
        made["examples"] = [example(message)]
    return made


def example(message: type[Message]) -> Json:
    """An invented, valid body of a message."""
    body = message.model_json_schema(mode="serialization")
    made = _example(body, body.get("$defs", {}))
    if issubclass(message, Addressed):
        made |= {"email": None, "language": None}
    return json.loads(message.model_validate(made).model_dump_json())  # type: ignore[no-any-return]


def _is_contract(cls: type[Message]) -> bool:
    return "wire_type" in cls.__dict__ and cls.__module__.startswith("shared.contracts.")


def _descendants(cls: type[Message]) -> Iterator[type[Message]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)


def _example(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    if "$ref" in node:
        return _example(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    if "examples" in node:
        return node["examples"][0]
    for key in ("const", "enum"):
        if key in node:
            return node[key] if key == "const" else node[key][0]
    if "oneOf" in node:
        return _example(node["oneOf"][0], definitions)
    if "anyOf" in node:
        return _example(next(option for option in node["anyOf"] if option.get("type") != "null"), definitions)
    return _example_of_type(node, definitions)


def _example_of_type(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    match node.get("type"):
        case "object":
            if "properties" not in node:
                return {"example": _example(node.get("additionalProperties") or {"type": "string"}, definitions)}
            return {name: _example(child, definitions) for name, child in node["properties"].items()}
        case "array":
            return [_example(child, definitions) for child in node.get("prefixItems") or [node["items"]]]
        case "integer":
            return max(1, node.get("minimum", 1))
        case "boolean":
            return True
    formats = {"date": "2026-11-20", "date-time": "2026-11-20T15:04:05Z"}
    return formats.get(node.get("format", ""), "example")

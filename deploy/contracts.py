"""Documents generated from the contracts: JSON Schemas, an example of every message, AsyncAPI and OpenAPI.

``asyncapi.json`` has every message, ``asyncapi.public.json`` what systems outside Acquit read: the edge serves it.

``python -m deploy.contracts`` writes them to ``docs/contracts``. Tests compare, so that a change of what goes over the
wire always shows in review.
"""

import json
from pathlib import Path
from typing import Any, Final

from deploy.topology import Topology, load_topology
from shared.contracts import Event, Message
from shared.json_schemas import example, messages, schema
from shared.topology import exchange_of

__all__ = ("TARGET", "asyncapi", "documents", "example", "messages", "rendered", "schema")

TARGET: Final = Path(__file__).parent.parent / "docs" / "contracts"
Json = dict[str, Any]


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
    from services.edge import event_contracts, openapi  # noqa: PLC0415 - the edge's HTTP stack is only needed here

    made: dict[str, Json] = {}
    for message in messages():
        made[f"schemas/{message.wire_type}.json"] = schema(message)
        made[f"examples/{message.wire_type}.json"] = example(message)
    made["asyncapi.json"] = asyncapi(load_topology())
    made["asyncapi.public.json"] = event_contracts.asyncapi(schema_path="schemas/{}.json")
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

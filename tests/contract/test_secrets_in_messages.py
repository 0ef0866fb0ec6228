"""Secrets on the bus: sealed in every message that carries one, and gone when nobody can use them any more (J1, J5)."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from deploy import contracts
from deploy.topology import load_topology
from services.edge.settings import Settings as Edge
from services.notification.routes import SEND_CODE
from shared.contracts import Message, Sealed
from shared.contracts.notification import SendAccessNotice

SECRET = re.compile(
    r"password|secret|passcode|\botp\b|\bpin\b|hint|answer|mother|seed|token|transit|institution|bank_account"
)
HARMLESS = frozenset({"secrets", "second_factor"})
"""Names that only sound like it: lists of when secrets were made."""

QUESTIONNAIRES = frozenset(
    {
        "claims.submit_claim.v1",
        "claims.submit_provider_claim.v1",
        "claims.correct_claim.v1",
        "claims.correct_provider_claim.v1",
        "identity.follow_delegation_tree.v1",
        "identity.request_delegation.v1",
    }
)
"""Where people answer questions about a treatment or about what they want, not about themselves."""

OPENABLE_MS = 120_000
MESSAGES = contracts.messages()


def fields(node: dict[str, Any], definitions: dict[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Every property of a message's schema, of its parts as well, with its name."""
    reference = node.get("$ref", "").rpartition("/")[2]
    if reference and reference not in seen:
        yield from fields(definitions[reference], definitions, seen | {reference})
    for name, child in node.get("properties", {}).items():
        yield name, child
        yield from fields(child, definitions, seen)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from fields(node[key], definitions, seen)
    for key in ("anyOf", "oneOf", "prefixItems"):
        for child in node.get(key, ()):
            yield from fields(child, definitions, seen)


def is_sealed(node: dict[str, Any]) -> bool:
    """Text as ``Sealed`` describes it, nothing, or several of them. The fields of a part are looked at themselves."""
    if "anyOf" in node:
        return all(is_sealed(option) for option in node["anyOf"] if option.get("type") != "null")
    if node.get("type") == "array":
        return all(is_sealed(each) for each in (*node.get("prefixItems", ()), *filter(None, [node.get("items")])))
    if "$ref" in node:
        return True
    return "as a compact JWE" in node.get("description", "") or node.get("type") in {"boolean", "integer"}


@pytest.mark.req("MSG-3", "J1")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.wire_type)
def test_j1_whatever_is_named_like_a_secret_is_sealed(message: type[Message]) -> None:
    schema = contracts.schema(message)
    found = {
        name: child
        for name, child in fields(schema, schema.get("$defs", {}))
        if SECRET.search(name) and name not in HARMLESS and message.wire_type not in QUESTIONNAIRES
    }
    assert {name for name, child in found.items() if not is_sealed(child)} == set()


@pytest.mark.req("MSG-3", "J1")
def test_j1_secrets_are_found_where_they_are_known_to_be() -> None:
    def named(wire_type: str) -> set[str]:
        message = next(message for message in MESSAGES if message.wire_type == wire_type)
        schema = contracts.schema(message)
        return {name for name, child in fields(schema, schema.get("$defs", {})) if is_sealed(child)}

    assert "password" in named("identity.verify_credentials.v1")
    assert {"password", "code"} <= named("identity.submit_step.v1")
    assert "code" in named("notification.send_code.v1")
    assert "secret" in named("notification.send_access_notice.v1")
    assert "details" in named("banking.enrol_direct_deposit.v1")
    assert "secret" in named("identity.create_client.v1")
    (described,) = get_args(Sealed)[1:]
    assert "as a compact JWE" in described.description


@pytest.mark.req("MSG-3", "J5")
def test_j5_no_message_with_a_code_outlives_the_code() -> None:
    code_lifetime_ms = Edge.model_fields["code_lifetime_seconds"].default * 1_000
    assert SEND_CODE.message_ttl_ms is not None
    assert SEND_CODE.message_ttl_ms <= code_lifetime_ms
    assert "x-dead-letter-exchange" not in SEND_CODE.arguments()


@pytest.mark.req("MSG-3", "J5")
def test_j5_requests_with_secrets_are_gone_before_their_secret_is() -> None:
    """Passwords and bank details can be opened for two minutes; nothing that carries them waits longer in a queue.
    Temporary passwords in notices can be opened for a day, and their mails are retried.
    """
    queues = [queue for service in load_topology().services for queue in service.queues]
    for queue in queues:
        for message in queue.messages:
            schema = contracts.schema(message)
            sealed = [name for name, child in fields(schema, schema.get("$defs", {})) if _is_a_sealed_text(child)]
            if sealed and queue is not SEND_CODE and message is not SendAccessNotice:
                assert queue.message_ttl_ms is not None, (queue.name, sealed)
                assert queue.message_ttl_ms <= OPENABLE_MS


def _is_a_sealed_text(node: dict[str, Any]) -> bool:
    return any("as a compact JWE" in option.get("description", "") for option in (node, *node.get("anyOf", ())))

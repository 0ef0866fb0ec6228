"""Pieces of RabbitMQ's definitions JSON: users, permissions, exchanges, queues, bindings."""

import base64
import hashlib
import secrets as random
from collections.abc import Mapping
from typing import Any, Final

VHOST: Final = "/"
NOTHING: Final = "^$"
"""Pattern of a permission that matches no name."""

Definition = dict[str, Any]


def user(name: str, password: str, *, limits: Mapping[str, int] | None = None) -> Definition:
    """A user without rights in RabbitMQ's administration; ``limits`` on its connections and channels."""
    made: Definition = {
        "name": name,
        "password_hash": password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
    }
    return made if limits is None else {**made, "limits": dict(limits)}


def password_hash(password: str) -> str:
    """RabbitMQ's own format: base64 of a 4-byte salt and SHA-256 of salt and password."""
    salt = random.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def permission(name: str, vhost: str, *, configure: str, write: str, read: str) -> Definition:
    """What a user may configure, write and read: patterns of names."""
    return {"user": name, "vhost": vhost, "configure": configure, "write": write, "read": read}


def exchange(name: str, kind: str, vhost: str) -> Definition:
    """A durable exchange."""
    return {
        "name": name, "vhost": vhost, "type": kind, "durable": True,
        "auto_delete": False, "internal": False, "arguments": {},
    }  # fmt: skip


def queue(name: str, arguments: Mapping[str, str | int], vhost: str) -> Definition:
    """A durable queue."""
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def binding(source: str, target: str, key: str, vhost: str) -> Definition:
    """Messages with this routing key go from an exchange to a queue."""
    return {
        "source": source, "vhost": vhost, "destination": target, "destination_type": "queue",
        "routing_key": key, "arguments": {},
    }  # fmt: skip

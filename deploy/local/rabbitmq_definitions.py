"""RabbitMQ definitions with an administrator added."""

import base64
import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

_SALT_BYTES = 4
_EVERYTHING = ".*"


def with_administrator(definitions: Path | None, *, name: str, password: str) -> str:
    """The definitions (or none) as JSON, with the default virtual host and a user who may do everything.

    Adding the user here costs nothing, where `rabbitmqctl` would take seconds after each start; and with
    definitions to load RabbitMQ creates no `guest`.
    """
    content: dict[str, Any] = {} if definitions is None else json.loads(definitions.read_text())
    vhosts = {str(vhost["name"]) for vhost in content.get("vhosts", [])} | {"/"}
    content["vhosts"] = [{"name": vhost} for vhost in sorted(vhosts)]
    content["users"] = [
        *content.get("users", []),
        {
            "name": name,
            "password_hash": password_hash(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator",
        },
    ]
    content["permissions"] = [
        *content.get("permissions", []),
        *(
            {"user": name, "vhost": vhost, "configure": _EVERYTHING, "write": _EVERYTHING, "read": _EVERYTHING}
            for vhost in sorted(vhosts)
        ),
    ]
    return json.dumps(content, indent=1)


def password_hash(password: str) -> str:
    """RabbitMQ's salted SHA-256 format: base64 of a 4-byte salt followed by SHA-256 of salt and password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()

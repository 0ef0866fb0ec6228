"""Passwords and keys of an installation: made once, kept in files that only their owner can read.

A platform with a secret store provides the same files itself (docs/operations.md).
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.tokens import generate_key

KEY_NAMES: Final = ("signing", "identity", "notification", "banking")
"""RSA keys: one signs access tokens, the others open what was sealed for their service."""

RANDOM_FILES: Final = {"identity.pepper": 32, "edge.pepper": 32, "banking.master": 96, "banking.fingerprint": 32}
"""Random secrets and their length in bytes; stored as hexadecimal text, the master key as raw bytes."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where the secrets of an installation stand, and the passwords among them."""

    directory: Path
    rabbitmq: dict[str, str]
    mongodb: dict[str, str]

    def file(self, name: str) -> str:
        """Path of a key or secret file, as a setting."""
        return str(self.directory / name)


def load_or_create(directory: Path, *, rabbitmq_users: tuple[str, ...], mongodb_users: tuple[str, ...]) -> Secrets:
    """The secrets under ``directory``; whatever is missing is made."""
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEY_NAMES:
        _make_key(directory, name)
    for name, length in RANDOM_FILES.items():
        raw = secrets.token_bytes(length)
        _make(directory / name, raw if name.endswith(".master") else raw.hex().encode())
    passwords = _passwords(directory / "passwords.json", rabbitmq_users, mongodb_users)
    return Secrets(directory, passwords["rabbitmq"], passwords["mongodb"])


def _make_key(directory: Path, name: str) -> None:
    private, public = directory / f"{name}.private.pem", directory / f"{name}.public.pem"
    if not private.exists():
        key = generate_key()
        _make(private, key.pem.encode())
        _make(public, key.public().pem.encode())


def _make(path: Path, content: bytes) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(content)
        path.chmod(0o400)


def _passwords(
    path: Path, rabbitmq_users: tuple[str, ...], mongodb_users: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for system, users in (("rabbitmq", rabbitmq_users), ("mongodb", mongodb_users)):
        passwords = kept.setdefault(system, {})
        for user in users:
            passwords.setdefault(user, secrets.token_urlsafe(24))
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept, indent=2), encoding="utf-8")
    return kept

"""Passwords and keys of an installation: made once, kept in files that only their owner can read, replaced on demand.

``python -m deploy.secrets rotate NAME`` replaces a key and keeps the one before it as retired; ``forget NAME`` removes
what nobody needs any more. A platform with a secret store provides the same files itself (docs/operations.md).
"""

import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from shared.tokens import PrivateKey, generate_key, load_private_key


class KeyName(StrEnum):
    """RSA keys: one signs access tokens, one heads of the audit, the others open what was sealed for their service."""

    SIGNING = "signing"
    AUDIT = "audit"
    IDENTITY = "identity"
    NOTIFICATION = "notification"
    BANKING = "banking"
    PAYMENTS = "payments"


KEY_NAMES: Final = tuple(key.value for key in KeyName)

SIGNING_KEYS: Final = frozenset({"signing", "audit"})
"""Of a key that signs only the public half is kept once it is replaced."""

RETIRED_FOR: Final = {
    "signing": timedelta(minutes=15),
    "identity": timedelta(minutes=15),
    "banking": timedelta(minutes=15),
    "notification": timedelta(hours=25),
}
"""How long something that the key before made may still be on its way: tokens live ten minutes, sealed passwords and
bank details two, temporary passwords in mails a day. Heads of the audit are verified for ever, and secrets of webhooks
stay sealed for the key with which they were stored.
"""

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

    def retired(self, name: str) -> list[str]:
        """Paths of the keys that ``name`` replaced and that still count."""
        return [str(path) for path in retired_files(self.directory, name)]


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


def rotate_key(directory: Path, name: str) -> PrivateKey:
    """Put a new key in the place of ``name``; the present one is kept as retired. Returns the new key.

    The order makes a crash harmless: the retired file is there before the new key is, and doing it again completes it.
    """
    private, public = _files(directory, name)
    present = load_private_key(private.read_text(encoding="utf-8"))
    kept = present.public().pem if name in SIGNING_KEYS else present.pem
    _replace(directory / f"{name}.retired.{present.kid}.pem", kept)
    new = generate_key()
    _replace(private, new.pem)
    _replace(public, new.public().pem)
    return new


def retired_files(directory: Path, name: str) -> list[Path]:
    """The keys that ``name`` replaced, the latest first."""
    return sorted(directory.glob(f"{name}.retired.*.pem"), key=lambda path: path.stat().st_mtime, reverse=True)


def forget_retired(directory: Path, name: str, *, now: float | None = None) -> list[Path]:
    """Remove the retired keys of ``name`` that nothing needs any more; returns those that must stay for now."""
    if name not in RETIRED_FOR:
        return retired_files(directory, name)
    oldest_needed = (time.time() if now is None else now) - RETIRED_FOR[name].total_seconds()
    staying: list[Path] = []
    for path in retired_files(directory, name):
        if path.stat().st_mtime > oldest_needed:
            staying.append(path)
        else:
            path.unlink()
    return staying


def _files(directory: Path, name: str) -> tuple[Path, Path]:
    return directory / f"{name}.private.pem", directory / f"{name}.public.pem"


def _make_key(directory: Path, name: str) -> None:
    private, public = _files(directory, name)
    if not private.exists():
        key = generate_key()
        _make(private, key.pem.encode())
        _make(public, key.public().pem.encode())


def _make(path: Path, content: bytes) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(content)
        path.chmod(0o400)


def _replace(path: Path, content: str) -> None:
    """All of it or nothing, also for whoever reads meanwhile."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    _make(new, content.encode())
    os.replace(new, path)  # noqa: PTH105 - Path.replace says less clearly that it is atomic


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


Directory = Annotated[Path, typer.Option(exists=True, file_okay=False, help="Where the installation's secrets are.")]

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.command()
def rotate(name: KeyName, *, directory: Directory) -> None:
    """Replace a key; the one before it still counts until it is forgotten."""
    new = rotate_key(directory, name.value)
    typer.echo(f"{name.value}: new key {new.kid}")
    for path in retired_files(directory, name.value):
        typer.echo(f"retired, still to be named in the settings: {path}")


@cli.command()
def forget(name: KeyName, *, directory: Directory) -> None:
    """Remove retired keys once nothing that they made can still be on its way."""
    for path in forget_retired(directory, name.value):
        typer.echo(f"still needed: {path}")


if __name__ == "__main__":
    cli()

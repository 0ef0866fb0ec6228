"""What ``compose.yaml`` mounts: passwords, keys and RabbitMQ definitions, made once under ``.local/compose``.

``python -m deploy.compose`` (or ``make compose-files``) writes them, and the passwords once more into ``.env``, from
which Compose fills its placeholders. Both are ignored by git.
"""

import json
import os
import secrets as random
import shutil
from pathlib import Path
from typing import Final

from deploy.database import STORAGE_MODULES
from deploy.secrets import Secrets, load_or_create
from deploy.topology import definitions, load_topology

TARGET: Final = Path(".local/compose")
CONTAINER_USER: Final = 10_001
SERVER_USER: Final = 999
"""Runs RabbitMQ and MongoDB in their official images."""
FILES: Final = {
    "edge": (
        "signing.private.pem",
        "edge.pepper",
        "identity.public.pem",
        "notification.public.pem",
        "banking.public.pem",
        "payments.public.pem",
    ),
    "identity": ("identity.private.pem", "audit.private.pem", "identity.pepper", "notification.public.pem"),
    "banking": ("banking.private.pem", "banking.master", "banking.fingerprint"),
    "notification": ("notification.private.pem",),
    "payments": ("payments.private.pem",),
}
"""Which secret files each container may see."""


def main(target: Path = TARGET, environment_file: Path = Path(".env")) -> None:
    """Write everything that is missing and refresh what is derived."""
    topology = load_topology()
    services = tuple(STORAGE_MODULES)
    secrets = load_or_create(
        target / "secrets", rabbitmq_users=topology.users(), mongodb_users=(*services, "administrator")
    )
    _private(target / "definitions.json", json.dumps(definitions(topology, secrets.rabbitmq)), owner=SERVER_USER)
    _private(target / "passwords.json", json.dumps({"mongodb": secrets.mongodb}), owner=CONTAINER_USER)
    _private(target / "mongo" / "mongo.key", _mongo_key(target), owner=SERVER_USER, mode=0o400)
    for service, names in FILES.items():
        _copy_keys(secrets, target / "keys" / service, names)
    _private(environment_file, _environment(services, secrets))


def _environment(services: tuple[str, ...], secrets: Secrets) -> str:
    lines = [f"MONGODB_ADMINISTRATOR_PASSWORD={secrets.mongodb['administrator']}"]
    for service in services:
        lines.append(f"{service.upper()}_RABBITMQ_PASSWORD={secrets.rabbitmq[service]}")
        lines.append(f"{service.upper()}_MONGODB_PASSWORD={secrets.mongodb[service]}")
    return "\n".join(lines) + "\n"


def _mongo_key(target: Path) -> str:
    existing = target / "mongo" / "mongo.key"
    return existing.read_text(encoding="ascii") if existing.exists() else random.token_urlsafe(512)


def _copy_keys(secrets: Secrets, folder: Path, names: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*names, *_retired(secrets, names)):
        copy = folder / name
        copy.unlink(missing_ok=True)
        shutil.copyfile(secrets.directory / name, copy)
        _give(copy, CONTAINER_USER, 0o400)


def _retired(secrets: Secrets, names: tuple[str, ...]) -> list[str]:
    """Files of the keys before those among ``names``; the environment has to name them (docs/operations.md)."""
    keys = [name.removesuffix(".private.pem") for name in names if name.endswith(".private.pem")]
    return [Path(path).name for key in keys for path in secrets.retired(key)]


def _private(path: Path, content: str, *, owner: int | None = None, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
    _give(path, owner, mode)


def _give(path: Path, owner: int | None, mode: int) -> None:
    """Hand a file to the container's user; without the right to do so, let it be readable instead."""
    if owner is None:
        path.chmod(mode)
    elif os.geteuid() == 0:
        os.chown(path, owner, owner)
        path.chmod(mode)
    else:
        path.chmod(0o444)


if __name__ == "__main__":
    main()

"""Canaries: secrets that a test knows, looked for wherever the system may have left them (J6, L8, U4).

    canaries = Canaries(secrets={"temporary password": temporary}, codes={"code": code}, visible=person.email)
    assert leaks_in_databases(world, canaries) == {}
    assert leaks_in_logs(world, canaries) == {}
    assert leaks_in_files(world, canaries) == {}
    assert await leaks_in_queues(world, canaries) == {}

``visible`` is no secret and must be found, or the scan is blind: check ``seen_in_databases`` and ``seen_in_files``.
"""

import base64
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aio_pika
from bson import encode

from deploy.topology import definitions
from tests.faults.harm import local_servers
from tests.support.world import World

SECRET_FOLDERS: Final = ("mail", "secrets", "bank")
"""Codes are in mails, account numbers in the file for the bank: that is where they belong."""

SHORTEST: Final = 8
"""Anything shorter is found by chance; a code of six digits has a rule of its own."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """Secrets by name, and something that is no secret and must be found, or the scan is blind."""

    secrets: dict[str, str]
    codes: dict[str, str] = field(default_factory=dict)
    visible: str = ""

    def __post_init__(self) -> None:
        short = [name for name, value in self.secrets.items() if len(value) < SHORTEST]
        if short:
            raise ValueError(f"too short to be looked for: {short}")

    def found_in(self, content: bytes) -> list[str]:
        """The names of the secrets that are in ``content``, in any usual way of writing them."""
        found = [name for name, value in self.secrets.items() if any(form in content for form in forms_of(value))]
        found += [name for name, code in self.codes.items() if contains_code(content, code)]
        return found

    def sees(self, content: bytes) -> bool:
        """Whether what must be found is in ``content``."""
        return self.visible.encode() in content


def forms_of(secret: str) -> list[bytes]:
    """The secret as text, as JSON escapes it, as UTF-16, as hexadecimal digits, and as base64 at any offset."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"x" * shift + raw) for shift in range(3)]
    inner = [encoded[4:-4] for encoded in shifted]
    escaped = secret.encode("unicode_escape")
    return [raw, escaped, secret.encode("utf-16-le"), raw.hex().encode(), *inner]


def contains_code(content: bytes, code: str) -> bool:
    """Six digits by themselves: not within a longer number, a decimal fraction or a name."""
    digits = code.encode()
    alone = rb"(?<![0-9A-Za-z.,_-])" + digits + rb"(?![0-9A-Za-z._-])"
    return digits in content and re.search(alone, content) is not None


def documents(world: World) -> Iterator[tuple[str, str, bytes]]:
    """Every document of every service, as stored: message logs, challenges, the audit and key vaults included."""
    for service in world.databases():
        database = world.database(service)
        for collection in database.list_collection_names():
            for document in database[collection].find():
                yield service, collection, encode(document)


def leaks_in_databases(world: World, canaries: Canaries) -> dict[tuple[str, str], list[str]]:
    """Service and collection of every document that holds a secret."""
    return {
        (service, collection): found
        for service, collection, content in documents(world)
        if (found := canaries.found_in(content))
    }


def seen_in_databases(world: World, canaries: Canaries) -> set[str]:
    """The services that hold what is no secret."""
    return {service for service, _, content in documents(world) if canaries.sees(content)}


def logs(world: World) -> dict[str, bytes]:
    """What every process wrote."""
    return {path.name: path.read_bytes() for path in world.stack.supervisor.logs.glob("*.log")}


def leaks_in_logs(world: World, canaries: Canaries) -> dict[str, list[str]]:
    """Logs with secrets."""
    return {name: found for name, content in logs(world).items() if (found := canaries.found_in(content))}


def files(world: World) -> Iterator[tuple[Path, bytes]]:
    """What the system left on disk (journals, message stores), without the places where a secret belongs."""
    root = local_servers(world.stack).root
    world.database("admin").command("fsync")
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.relative_to(root).parts[0] not in SECRET_FOLDERS:
            yield path.relative_to(root), path.read_bytes()


def leaks_in_files(world: World, canaries: Canaries) -> dict[str, list[str]]:
    """Files with secrets."""
    return {str(path): found for path, content in files(world) if (found := canaries.found_in(content))}


def seen_in_files(world: World, canaries: Canaries) -> set[str]:
    """The first folders in which what is no secret was found."""
    return {path.parts[0] for path, content in files(world) if canaries.sees(content)}


async def leaks_in_queues(world: World, canaries: Canaries) -> dict[str, list[str]]:
    """Queues with secrets in messages that wait, dead letters included; every message goes back to its place."""
    leaks: dict[str, list[str]] = {}
    connection = await aio_pika.connect(world.stack.servers.rabbitmq_admin_url)
    async with connection:
        for name in sorted(
            queue["name"] for queue in definitions(world.stack.topology, world.stack.secrets.rabbitmq)["queues"]
        ):
            channel = await connection.channel()
            found = [leak async for body in _waiting(channel, name) for leak in canaries.found_in(body)]
            await channel.close()
            if found:
                leaks[name] = found
    return leaks


async def _waiting(channel: aio_pika.abc.AbstractChannel, name: str) -> AsyncIterator[bytes]:
    """Unacknowledged: they are back when the channel closes."""
    queue = await channel.get_queue(name, ensure=False)
    while (message := await queue.get(fail=False, timeout=5)) is not None:
        yield message.body + repr(message.headers).encode()

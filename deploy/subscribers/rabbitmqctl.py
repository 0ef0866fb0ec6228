"""RabbitMQ's own administration program, as far as subscribers need it.

Whoever may run it is an administrator already (it reads the node's Erlang cookie), so there is no password to keep. It
stands beside every node: on this machine, or behind ``docker compose exec -T rabbitmq`` or ``kubectl exec -i``.
"""

import json
import subprocess
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Any, Final, Protocol

from deploy.definitions import VHOST, Definition

TIMEOUT_SECONDS: Final = 60.0

Row = dict[str, Any]


class BrokerError(RuntimeError):
    """RabbitMQ's program could not be run, or refused."""


class Broker(Protocol):
    """What the administration of subscribers asks of RabbitMQ."""

    def exported(self) -> Definition:
        """All definitions."""

    def load(self, definitions: Definition) -> None:
        """Add these definitions to what is there, or replace those of the same name."""

    def queues(self) -> list[Row]:
        """``name``, ``messages_ready``, ``messages_unacknowledged``, ``message_bytes_ready``, ``consumers`` of each."""

    def connections(self) -> list[Row]:
        """``user``, ``peer_host`` and ``connected_at`` (milliseconds since 1970) of each."""

    def close_connections(self, user: str, reason: str) -> None:
        """End all connections of a user; what it had not acknowledged is back in the queue."""

    def delete_user(self, user: str) -> None:
        """Remove a user and all its permissions."""

    def delete_queue(self, queue: str) -> None:
        """Remove a queue and what is in it."""

    def clear_parameter(self, name: str) -> None:
        """Remove a global parameter."""


class Rabbitmqctl:
    """A node's administration by ``rabbitmqctl``. Passwords go as hashes and over standard input, never as arguments.

    Args:
        command: The program and what stands before it.
    """

    def __init__(self, command: Sequence[str], *, vhost: str = VHOST) -> None:
        self._command = tuple(command)
        self._vhost = vhost

    def exported(self) -> Definition:
        found: Definition = json.loads(self._run("export_definitions", "-", "--format", "json"))
        return found

    def load(self, definitions: Definition) -> None:
        self._run("import_definitions", "--format", "json", given=json.dumps(definitions))

    def queues(self) -> list[Row]:
        columns = ("name", "messages_ready", "messages_unacknowledged", "message_bytes_ready", "consumers")
        return self._table("list_queues", "--vhost", self._vhost, *columns)

    def connections(self) -> list[Row]:
        listed = self._table("list_connections", "user", "peer_host", "connected_at")
        return [{**row, "peer_host": _address(row["peer_host"])} for row in listed]

    def close_connections(self, user: str, reason: str) -> None:
        self._run("close_all_user_connections", user, reason)

    def delete_user(self, user: str) -> None:
        self._run("delete_user", user)

    def delete_queue(self, queue: str) -> None:
        self._run("delete_queue", queue, "--vhost", self._vhost)

    def clear_parameter(self, name: str) -> None:
        self._run("clear_global_parameter", name)

    def _table(self, *arguments: str) -> list[Row]:
        listed: list[Row] = json.loads(self._run("--formatter", "json", *arguments))
        return listed

    def _run(self, *arguments: str, given: str = "") -> str:
        try:
            done = subprocess.run(
                [*self._command, "--quiet", *arguments],
                input=given,
                capture_output=True,
                text=True,
                check=True,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            raise BrokerError(f"rabbitmqctl {arguments[0]}: {(error.stderr or error.stdout).strip()}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokerError(f"rabbitmqctl {arguments[0]}: {error}") from error
        return done.stdout


def _address(given: Any) -> str:
    """An address as it is written; some versions list its numbers: four bytes, or eight pairs of them."""
    match given:
        case [_, _, _, _]:
            return ".".join(str(byte) for byte in given)
        case [_, *_]:
            return str(IPv6Address(b"".join(int(pair).to_bytes(2) for pair in given)))
        case _:
            return str(given)

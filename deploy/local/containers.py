"""The same servers in containers, where a container engine answers."""

import functools
import os
import secrets
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from pymongo import MongoClient
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import get_docker_host
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy.local.mongodb import REPLICA_SET, ROOT, TRANSACTION_SECONDS
from deploy.local.rabbitmq import ADMINISTRATOR
from deploy.local.rabbitmq_definitions import with_administrator
from deploy.local.servers import DEFAULT_ROOT, MONGODB_URL, RABBITMQ_URL, LocalServers, Servers
from deploy.local.waiting import wait_until

RABBITMQ_IMAGE: Final = "rabbitmq:4.1"
MONGODB_IMAGE: Final = "mongo:8.0"

_AMQP_PORT = 5672
_MONGODB_PORT = 27017
_START_TIMEOUT_S = 180  # pulling the images excluded
_PING_TIMEOUT_S = 1.0
_DEFAULT_ENGINE = "unix:///var/run/docker.sock"

# The image's start script sets up the root user, but knows nothing of key files: mongod wants one of its own user.
_START_MONGODB = (
    'install -m 400 -o mongodb -g mongodb /dev/stdin /data/replica-set.key <<< "$REPLICA_SET_KEY" && '
    f"exec docker-entrypoint.sh mongod --replSet {REPLICA_SET} --keyFile /data/replica-set.key --bind_ip_all"
)


@functools.cache
def container_servers_available() -> bool:
    """Whether a container engine answers, within about a second.

    Looks where testcontainers does (`DOCKER_HOST`, the current Docker context, the default socket). Engines
    behind SSH or TLS are left alone: asking them takes longer than starting local servers. The question is asked
    without the Docker client, which leaves sockets open when nobody answers.
    """
    engine = urlsplit(get_docker_host() or _DEFAULT_ENGINE)
    if os.environ.get("DOCKER_TLS_VERIFY"):
        return False
    try:
        if engine.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_PING_TIMEOUT_S)
                connection.connect(engine.path)
                return _answers_ping(connection)
        if engine.scheme in {"tcp", "http"} and engine.hostname:
            address = (engine.hostname, engine.port or 2375)
            with socket.create_connection(address, timeout=_PING_TIMEOUT_S) as connection:
                return _answers_ping(connection)
    except OSError:
        return False
    return False


def _answers_ping(connection: socket.socket) -> bool:
    connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
    status_line = connection.recv(64).split(b"\r\n", 1)[0].split()
    return status_line[1:2] == [b"200"]


class ContainerServers(Servers):
    """RabbitMQ and a MongoDB replica set of one member in containers; the mail server is a local process."""

    def __init__(
        self,
        root: Path = DEFAULT_ROOT,
        *,
        rabbitmq_definitions: Path | None = None,
        mongodb_parameters: Mapping[str, str] | None = None,
    ) -> None:
        self._definitions = rabbitmq_definitions
        self._mongodb_parameters = {
            "transactionLifetimeLimitSeconds": str(TRANSACTION_SECONDS),
            **(mongodb_parameters or {}),
        }
        self._password = secrets.token_urlsafe(24)
        self._root = root
        self._urls: dict[str, str] = {}
        self._rabbitmq_id = ""
        self._running = ExitStack()

    @property
    def rabbitmq_admin_url(self) -> str:
        return self._urls[RABBITMQ_URL]

    @property
    def mongodb_admin_url(self) -> str:
        return self._urls[MONGODB_URL]

    @property
    def rabbitmqctl(self) -> tuple[str, ...]:
        return ("docker", "exec", "--interactive", self._rabbitmq_id, "rabbitmqctl")

    def start(self) -> None:
        with ExitStack() as started:
            rabbitmq = self._rabbitmq_container()
            mongodb = self._mongodb_container()
            with ThreadPoolExecutor(max_workers=2) as pool:
                for container in (rabbitmq, mongodb):
                    started.callback(container.stop)
                for start in [pool.submit(rabbitmq.start), pool.submit(mongodb.start)]:
                    start.result()
            self._rabbitmq_id = str(rabbitmq.get_wrapped_container().id)
            self._urls[RABBITMQ_URL] = f"amqp://{ADMINISTRATOR}:{self._password}@{_address(rabbitmq, _AMQP_PORT)}/%2F"
            self._urls[MONGODB_URL] = (
                f"mongodb://{ROOT}:{self._password}@{_address(mongodb, _MONGODB_PORT)}/"
                "?authSource=admin&directConnection=true"
            )
            _initiate_replica_set(self._urls[MONGODB_URL])
            mail = started.enter_context(LocalServers(self._root, environment=self._urls))
            self.smtp_port, self.maildir = mail.smtp_port, mail.maildir
            self._running = started.pop_all()

    def stop(self) -> None:
        self._running.close()

    def _rabbitmq_container(self) -> DockerContainer:
        definitions = with_administrator(self._definitions, name=ADMINISTRATOR, password=self._password)
        configuration = "load_definitions = /etc/rabbitmq/definitions.json\n"
        return (
            DockerContainer(RABBITMQ_IMAGE)
            .with_exposed_ports(_AMQP_PORT)
            .with_copy_into_container(definitions.encode(), "/etc/rabbitmq/definitions.json")
            .with_copy_into_container(configuration.encode(), "/etc/rabbitmq/conf.d/20-acquit.conf")
            .waiting_for(LogMessageWaitStrategy("Server startup complete").with_startup_timeout(_START_TIMEOUT_S))
        )

    def _mongodb_container(self) -> DockerContainer:
        # The start script runs a first mongod to create the user, so the ready message appears twice.
        ready = LogMessageWaitStrategy("Waiting for connections", times=2).with_startup_timeout(_START_TIMEOUT_S)
        parameters = "".join(f" --setParameter {name}={value}" for name, value in self._mongodb_parameters.items())
        return (
            DockerContainer(MONGODB_IMAGE)
            .with_exposed_ports(_MONGODB_PORT)
            .with_env("MONGO_INITDB_ROOT_USERNAME", ROOT)
            .with_env("MONGO_INITDB_ROOT_PASSWORD", self._password)
            .with_env("REPLICA_SET_KEY", secrets.token_hex(96))
            .with_command(["bash", "-c", _START_MONGODB + parameters])
            .waiting_for(ready)
        )


def _address(container: DockerContainer, port: int) -> str:
    return f"{quote(container.get_container_host_ip())}:{container.get_exposed_port(port)}"


def _initiate_replica_set(url: str) -> None:
    """Clients connect directly, so the member's address only has to be one that the server knows as its own."""
    member = {"_id": 0, "host": f"localhost:{_MONGODB_PORT}"}
    with _client(url) as client:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
    with _client(url) as client:
        wait_until(lambda: bool(client.admin.command("hello")["isWritablePrimary"]), "MongoDB is primary", timeout_s=30)


def _client(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=10_000)


def suitable_servers(
    root: Path = DEFAULT_ROOT,
    *,
    rabbitmq_definitions: Path | None = None,
    mongodb_parameters: Mapping[str, str] | None = None,
) -> Servers:
    """For tests: external servers if the environment names any, else containers, else local processes."""
    external = RABBITMQ_URL in os.environ or MONGODB_URL in os.environ
    if not external and container_servers_available():
        return ContainerServers(root, rabbitmq_definitions=rabbitmq_definitions, mongodb_parameters=mongodb_parameters)
    return LocalServers(root, rabbitmq_definitions=rabbitmq_definitions, mongodb_parameters=mongodb_parameters)

"""All of Acquit on this machine: servers, databases, bus, keys, and every service as a process of its own.

The demo, ``make up``, the bench and the tests use the same ``Stack``.
"""

import asyncio
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, urlsplit, urlunsplit

from deploy import database, secrets, topology
from deploy.local.containers import suitable_servers
from deploy.local.environment import PROJECT, Folders, own_settings, process_environment
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Command, ProcessEvent, RestartPolicy
from deploy.local.servers import DEFAULT_ROOT, LocalServers, Servers
from deploy.local.supervisor import Supervisor
from shared.topology import ServiceTopology

SERVICES: Final = ("identity", "banking", "claims", "payments", "notification", "edge")
READY_SECONDS: Final = 60.0

OnStep = Callable[[str, str], None]


def _quiet(_name: str, _state: str) -> None:
    """Nobody watches."""


def _quiet_event(_event: ProcessEvent) -> None:
    """Nobody watches."""


class Stack:
    """Starts and stops everything. A context manager, plain or async.

    Args:
        root: Data, logs, keys and mails; a later run with the same one finds them again.
        services: Which services to start.
        replicas: How many processes of a service to start, where not one.
        settings: Extra environment by service, ``ACQUIT_…`` names; under ``*`` for all.
        containers: Use containers where an engine answers.
    """

    def __init__(
        self,
        root: Path = DEFAULT_ROOT,
        *,
        services: Sequence[str] = SERVICES,
        replicas: Mapping[str, int] | None = None,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        http_port: int | None = None,
        containers: bool = False,
        mongodb_parameters: Mapping[str, str] | None = None,
        on_step: OnStep = _quiet,
        on_event: Callable[[ProcessEvent], None] = _quiet_event,
    ) -> None:
        self.root = root.absolute()
        self.folders = Folders(self.root)
        self.services = tuple(services)
        self.topology = topology.load_topology()
        self.http_port = http_port or free_port()
        self._replicas = dict(replicas or {})
        self._settings = {name: dict(values) for name, values in (settings or {}).items()}
        self._on_step = on_step
        self._health_ports: dict[str, int] = {}
        self.secrets = secrets.load_or_create(
            self.root / "secrets", rabbitmq_users=self.topology.users(), mongodb_users=SERVICES
        )
        self._definitions = self._write_definitions()
        make = suitable_servers if containers else LocalServers
        self.servers: Servers = make(
            self.root, rabbitmq_definitions=self._definitions, mongodb_parameters=mongodb_parameters
        )
        self.supervisor = Supervisor(self.root, on_event=on_event)

    @property
    def base_url(self) -> str:
        """Of the edge's HTTP API."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def start(self) -> None:
        """Start everything and wait until every service is ready."""
        self._on_step("servers", "starting")
        self.servers.start()
        self._on_step("servers", "ready")
        self.prepare()
        for name in self.services:
            self.start_service(name)
        self.start_simulator()
        self.wait_ready()

    def prepare(self) -> None:
        """Databases, users, indexes; and the bus where RabbitMQ runs elsewhere."""
        self._on_step("databases", "preparing")
        database.prepare(self.servers.mongodb_admin_url, database.load_schemas(), self.secrets.mongodb)
        management = os.environ.get("ACQUIT_RABBITMQ_MANAGEMENT_URL")
        if management:
            _post_definitions(management, self._definitions)
        for folder in (self.folders.bank_outbox, self.folders.bank_inbox):
            folder.mkdir(parents=True, exist_ok=True)
        self._on_step("databases", "ready")

    def stop(self) -> None:
        """Stop services first, then servers."""
        self.supervisor.stop()
        self.servers.stop()

    def start_service(self, name: str) -> None:
        """Start one service, in as many processes as ``replicas`` says."""
        self._on_step(name, "starting")
        for number in range(self._replicas.get(name, 1)):
            process = name if number == 0 else f"{name}-{number + 1}"
            self._health_ports[process] = self._health_ports.get(process) or free_port()
            self.supervisor.start(
                process,
                Command(
                    argv=[sys.executable, "-m", f"services.{name}.app"],
                    env=self.environment(name, health_port=self._health_ports[process]),
                    cwd=PROJECT,
                    restart=RestartPolicy(),
                ),
            )

    def start_simulator(self) -> None:
        """Start the bank that settles what banking sends."""
        if "banking" in self.services:
            folders = self.folders
            argv = [sys.executable, "-m", "deploy.local.bank_simulator"]
            argv += ["--incoming", str(folders.bank_outbox), "--outgoing", str(folders.bank_inbox)]
            argv += ["--clock", str(folders.bank_clock)]
            self.supervisor.start("bank-simulator", Command(argv=argv, cwd=PROJECT, restart=RestartPolicy()))

    def wait_ready(self, *names: str) -> None:
        """Wait until the named processes (all by default) say that they are ready.

        Raises:
            TimeoutError: One did not become ready; says which and why.
        """
        for name in names or tuple(self._health_ports):
            self._wait_for(name)
            self._on_step(name, "ready")

    def not_ready_because(self, name: str) -> str | None:
        """Why a process is not ready, or None."""
        try:
            with urllib.request.urlopen(self.health_url(name, "ready"), timeout=5):  # noqa: S310
                return None
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace")
        except OSError as error:
            return str(error)

    def health_url(self, name: str, path: str) -> str:
        """A health address of a process: ``live``, ``ready`` or ``metrics``."""
        return f"http://{LOOPBACK}:{self._health_ports[name]}/{path}"

    def _wait_for(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while (reason := self.not_ready_because(name)) is not None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is not ready: {reason}")
            time.sleep(0.05)

    def rabbitmq_url(self, user: str) -> str:
        """AMQP URL of a service's or subscriber's user."""
        return _as_user(self.servers.rabbitmq_admin_url, user, self.secrets.rabbitmq[user])

    def mongodb_url(self, user: str) -> str:
        """MongoDB URL of a service's user; users live in their own database."""
        parts = urlsplit(_as_user(self.servers.mongodb_admin_url, user, self.secrets.mongodb[user]))
        options = "&".join(o for o in parts.query.split("&") if o and not o.lower().startswith("authsource="))
        query = f"{options}&authSource={user}" if options else f"authSource={user}"
        return urlunsplit((parts.scheme, parts.netloc, f"/{user}", query, ""))

    def environment(self, service: str, *, health_port: int = 0) -> dict[str, str]:
        """Environment of a service's process: its own credentials and keys, nobody else's."""
        common = {
            "RABBITMQ_URL": self.rabbitmq_url(service),
            "MONGODB_URL": self.mongodb_url(service),
            "MONGODB_DATABASE": service,
            "HEALTH_PORT": str(health_port),
        }
        own = own_settings(
            service,
            file=self.secrets.file,
            retired=self.secrets.retired,
            folders=self.folders,
            http_port=self.http_port,
            smtp_port=self.servers.smtp_port,
        )
        extra = {**self._settings.get("*", {}), **self._settings.get(service, {})}
        return process_environment({**common, **own}, extra=extra)

    def _write_definitions(self) -> Path:
        path = self.root / "definitions.json"
        content = json.dumps(topology.definitions(self.topology, self.secrets.rabbitmq), indent=1)
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
        return path

    def service_topology(self, name: str) -> ServiceTopology:
        """What ``name`` says about itself."""
        return next(service for service in self.topology.services if service.service == name)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.to_thread(self.stop))


def _as_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{address}"))


def _post_definitions(management_url: str, definitions: Path) -> None:
    """Load definitions through RabbitMQ's management API; the URL carries an administrator's credentials."""
    parts = urlsplit(management_url)
    handler = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    handler.add_password(None, address, parts.username or "", parts.password or "")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(handler))
    request = urllib.request.Request(  # noqa: S310
        f"{address}/api/definitions",
        data=definitions.read_bytes(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    with opener.open(request, timeout=30):
        pass

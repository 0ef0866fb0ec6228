"""RabbitMQ, MongoDB and a mail server, started together.

`LocalServers` runs them as private processes. `ACQUIT_RABBITMQ_URL` and `ACQUIT_MONGODB_URL` (administrators' URLs)
name servers that run elsewhere and are used instead; nothing is started or changed there.
"""

import asyncio
import enum
import fcntl
import os
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TextIO

from deploy.local.mail_server import MailServer
from deploy.local.mailbox import Mailbox
from deploy.local.mongodb import MongoServer
from deploy.local.processes import ProcessError, ProcessEvent
from deploy.local.rabbitmq import RabbitMQServer
from deploy.local.supervisor import Supervisor

RABBITMQ_URL: Final = "ACQUIT_RABBITMQ_URL"
MONGODB_URL: Final = "ACQUIT_MONGODB_URL"
RABBITMQCTL: Final = "ACQUIT_RABBITMQCTL"
DEFAULT_ROOT: Final = Path(".local")


class Step(enum.Enum):
    """What a server is doing, for progress displays."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"
    EXTERNAL = "external"


class RootInUseError(RuntimeError):
    """Another program runs its servers on the same data directory."""


class Server(Protocol):
    def start(self) -> None: ...

    def wait_ready(self) -> None: ...


class Servers(ABC):
    """The servers that the services need; a context manager, plain or async, that starts and stops them.

    `start` and `stop` block. In a program with an event loop use `async with`, which runs them in a thread.
    """

    smtp_port: int
    maildir: Path

    @property
    @abstractmethod
    def rabbitmq_admin_url(self) -> str:
        """Of a user who may do everything, on the default virtual host."""

    @property
    @abstractmethod
    def mongodb_admin_url(self) -> str:
        """Of a user with the role `root`; without a database."""

    @property
    @abstractmethod
    def rabbitmqctl(self) -> tuple[str, ...]:
        """RabbitMQ's administration program for this server, as a command to which its arguments are added."""

    @abstractmethod
    def start(self) -> None:
        """Start everything and wait until it is ready; on failure nothing is left running."""

    @abstractmethod
    def stop(self) -> None:
        """Stop what was started. Harmless when nothing was."""

    def mailbox(self) -> Mailbox:
        """A new reader of all mail that was sent."""
        return Mailbox(self.maildir)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(self.start)
        except BaseException:  # cancelled, too: the thread goes on starting until it is stopped
            await asyncio.to_thread(self.stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.to_thread(self.stop))


def _quiet_step(_name: str, _step: Step) -> None:
    pass


def _quiet_event(_event: ProcessEvent) -> None:
    pass


class LocalServers(Servers):
    """Private processes on free loopback ports, with their data and logs under one directory. For one use.

    Args:
        root: Directory of the data; a later run with the same one finds them again. One run at a time.
        rabbitmq_definitions: JSON file, loaded when RabbitMQ starts.
        mongodb_parameters: Server parameters of MongoDB.
        on_step: Told of the progress of "rabbitmq", "mongodb" and "mail", from several threads.
        on_event: Told when a process starts, dies or is restarted; must not raise.
        environment: Where the URLs of external servers are looked for; the process's own by default.

    Attributes:
        rabbitmq: None when an external server is used.
        mongodb: None when an external server is used.
    """

    def __init__(
        self,
        root: Path = DEFAULT_ROOT,
        *,
        rabbitmq_definitions: Path | None = None,
        mongodb_parameters: Mapping[str, str] | None = None,
        on_step: Callable[[str, Step], None] = _quiet_step,
        on_event: Callable[[ProcessEvent], None] = _quiet_event,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.root = root.absolute()
        self._on_step = on_step
        self._rabbitmq_url = environment.get(RABBITMQ_URL)
        self._mongodb_url = environment.get(MONGODB_URL)
        self.supervisor = Supervisor(self.root, on_event=on_event)
        self.rabbitmq = (
            None if self._rabbitmq_url else RabbitMQServer(self.root, self.supervisor, definitions=rabbitmq_definitions)
        )
        self.mongodb = (
            None if self._mongodb_url else MongoServer(self.root, self.supervisor, parameters=mongodb_parameters)
        )
        self.mail = MailServer(self.root, self.supervisor)
        self.smtp_port = self.mail.port
        self.maildir = self.mail.maildir
        self._root_lock: TextIO | None = None
        self._ready: set[str] = set()

    @property
    def rabbitmq_admin_url(self) -> str:
        return self.rabbitmq.admin_url if self.rabbitmq else str(self._rabbitmq_url)

    @property
    def mongodb_admin_url(self) -> str:
        return self.mongodb.admin_url if self.mongodb else str(self._mongodb_url)

    @property
    def rabbitmqctl(self) -> tuple[str, ...]:
        if self.rabbitmq is not None:
            return (str(self.rabbitmq.control_script),)
        return tuple(shlex.split(os.environ.get(RABBITMQCTL, "rabbitmqctl")))

    def start(self) -> None:
        """Start all servers at the same time.

        Raises:
            RootInUseError: The data directory is in use.
            MissingProgramError: A server is not installed.
            ProcessError: A server ended while starting; the error quotes its log.
            TimeoutError: A server did not become ready.
        """
        self._lock_root()
        servers = self._servers()
        with ThreadPoolExecutor(max_workers=len(servers)) as pool:
            starts = [pool.submit(self._bring_up, name, server) for name, server in servers.items()]
            try:
                for start in as_completed(starts):
                    start.result()
            except BaseException:
                self.stop()  # the other starts end with their processes
                raise

    def stop(self) -> None:
        started = [name for name in self._servers() if name in self.supervisor.names()]
        for name in started:
            if name not in self._ready:
                # RabbitMQ does not obey a request to stop while it boots.
                with suppress(ProcessError):
                    self.supervisor.kill(name)
        self.supervisor.stop()
        if self.rabbitmq is not None:
            self.rabbitmq.control_script.unlink(missing_ok=True)
        for name in started:
            self._on_step(name, Step.STOPPED)
        if self._root_lock is not None:
            self._root_lock.close()
            self._root_lock = None

    def _servers(self) -> dict[str, Server | None]:
        return {"rabbitmq": self.rabbitmq, "mongodb": self.mongodb, "mail": self.mail}

    def _bring_up(self, name: str, server: Server | None) -> None:
        if server is None:
            self._on_step(name, Step.EXTERNAL)
            return
        self._on_step(name, Step.STARTING)
        try:
            server.start()
            server.wait_ready()
        except BaseException:
            self._on_step(name, Step.FAILED)
            raise
        self._ready.add(name)
        self._on_step(name, Step.READY)

    def _lock_root(self) -> None:
        """Two RabbitMQ nodes on one directory would destroy each other's data."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = (self.root / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise RootInUseError(f"another program runs its servers in {self.root}") from error
        self._root_lock = lock

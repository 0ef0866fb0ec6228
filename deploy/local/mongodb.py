"""A private MongoDB server: a replica set of one member, with authorisation."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.files import read_or_create_private, write_private
from deploy.local.mongodb_program import find_mongod
from deploy.local.ports import LOOPBACK, accepts_connections, free_port, is_free
from deploy.local.processes import Command, ManagedProcess, ProcessError
from deploy.local.supervisor import Supervisor
from deploy.local.waiting import wait_until

ROOT: Final = "root"
REPLICA_SET: Final = "rs0"
TRANSACTION_SECONDS: Final = 10
"""A process that is killed leaves its transaction open. Its messages, delivered again, conflict with it until the
server ends it, after a minute by default; our transactions take milliseconds."""

_UNAUTHORIZED = 13
_AUTHENTICATION_FAILED = 18
_ALREADY_INITIALIZED = 23
_NOT_YET_INITIALIZED = 94
_CLOSED_WHEN_IDLE: Final = "file_manager=(close_idle_time=20,close_scan_interval=5,close_handle_minimum=500)"
"""Hundreds of tests make a database each: without it, a file per collection and index stays open for ten minutes."""
_KEY_BYTES = 96
_KILLED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept with the data: the address in the replica set's configuration, the root user's password."""

    port: int
    password: str
    initiated: bool = False


class MongoServer:
    """MongoDB with its data under `<root>/mongodb`, listening on the loopback interface only.

    The port and the root password are kept with the data, so that a later start finds the same server; when the
    port has been taken in the meantime, the replica set is told its new address.

    Args:
        supervisor: Runs the process `mongodb`.
        password: Of the user `root`, who is created with the data; a random one when not given.
        parameters: Server parameters (`--setParameter`), for example `{"enableTestCommands": "1"}`.
        cache_gb: Size of the storage engine's cache.
    """

    def __init__(
        self,
        root: Path,
        supervisor: Supervisor,
        *,
        password: str | None = None,
        parameters: Mapping[str, str] | None = None,
        cache_gb: float = 1.0,
    ) -> None:
        self._directory = root.absolute() / "mongodb"
        self._supervisor = supervisor
        self._parameters = dict(parameters or {})
        self._cache_gb = cache_gb
        self._kept = self._load() or _Kept(port=free_port(), password=password or secrets.token_urlsafe(24))
        self.password = password or self._kept.password
        self.port = self._kept.port if is_free(self._kept.port) else free_port()

    @property
    def process(self) -> ManagedProcess:
        return self._supervisor["mongodb"]

    @property
    def admin_url(self) -> str:
        return self.url(ROOT, self.password)

    def url(self, user: str, password: str, database: str = "", *, auth_source: str = "admin") -> str:
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        options = f"replicaSet={REPLICA_SET}&authSource={quote(auth_source, safe='')}"
        return f"mongodb://{credentials}@{LOOPBACK}:{self.port}/{quote(database, safe='')}?{options}"

    def start(self) -> None:
        """Start the server; `wait_ready` makes it usable.

        Raises:
            MissingProgramError: There is no `mongod`.
        """
        mongod = find_mongod(self._directory / "bin")
        (self._directory / "data").mkdir(parents=True, exist_ok=True, mode=0o700)
        read_or_create_private(self._directory / "key", secrets.token_hex(_KEY_BYTES))
        self._save(self._kept)
        self._supervisor.start("mongodb", Command(argv=self._argv(mongod), cwd=self._directory, grace_s=20))

    def wait_ready(self, *, timeout_s: float = 120.0) -> None:
        """Wait until the server takes writes and knows the root user; new data are set up on the way.

        Raises:
            ProcessError: The server ended, or the data belong to another root password.
        """
        self._wait(lambda: accepts_connections(self.port), "MongoDB accepts connections", timeout_s)
        if not self._kept.initiated:
            self._initiate()
        elif self._kept.port != self.port:
            self._wait(self._move_member, "MongoDB knows its earlier address", timeout_s)
        self._wait(self._is_primary, "MongoDB is primary", timeout_s)
        self._ensure_root_user()
        self._save(_Kept(port=self.port, password=self.password, initiated=True))

    def stop(self) -> None:
        if "mongodb" in self._supervisor.names():
            self.process.stop()

    def kill(self) -> None:
        """End the server as a fault would, without step-down or flush; `start` brings it back."""
        self.process.kill()
        self.process.wait_ended(timeout_s=_KILLED_WITHIN_S)

    def _argv(self, mongod: Path) -> list[str]:
        parameters = {
            # Less background work, and no waiting for other members, which do not exist.
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": "100",
            "transactionLifetimeLimitSeconds": str(TRANSACTION_SECONDS),
            **self._parameters,
        }
        return [
            str(mongod),
            *("--dbpath", str(self._directory / "data")),
            *("--bind_ip", LOOPBACK, "--port", str(self.port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", "512"),
            *("--auth", "--keyFile", str(self._directory / "key")),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb)),
            *("--wiredTigerEngineConfigString", _CLOSED_WHEN_IDLE),
            *(part for name, value in parameters.items() for part in ("--setParameter", f"{name}={value}")),
        ]

    def _load(self) -> _Kept | None:
        path = self._directory / "server.json"
        return _Kept(**json.loads(path.read_text())) if path.exists() else None

    def _save(self, kept: _Kept) -> None:
        self._kept = kept
        write_private(self._directory / "server.json", json.dumps(asdict(kept)))

    def _wait(self, condition: Callable[[], bool], description: str, timeout_s: float) -> None:
        wait_until(condition, description, timeout_s=timeout_s, process=self.process)

    def _client(self, user: str | None = None) -> MongoClient[dict[str, Any]]:
        """A new connection each time: one opened before the initiation would go on without sessions."""
        return MongoClient(
            LOOPBACK,
            self.port,
            username=user,
            password=None if user is None else self.password,
            directConnection=True,
            serverSelectionTimeoutMS=5_000,
            connect=False,
        )

    def _members(self) -> list[dict[str, Any]]:
        return [{"_id": 0, "host": f"{LOOPBACK}:{self.port}"}]

    def _initiate(self) -> None:
        """Set up the replica set; without a login, as long as there is no user (the localhost exception)."""
        self._save(replace(self._kept, port=self.port))
        with self._client() as client:
            try:
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": self._members()})
            except OperationFailure as error:
                # A run that was interrupted after this step.
                if error.code not in {_ALREADY_INITIALIZED, _UNAUTHORIZED}:
                    raise

    def _move_member(self) -> bool:
        """Tell the replica set that its only member has another port now; False while it is still starting."""
        with self._client(ROOT) as client:
            try:
                configuration = client.admin.command("replSetGetConfig")["config"]
            except OperationFailure as error:
                if error.code != _NOT_YET_INITIALIZED:
                    raise
                return False
            configuration["members"] = self._members()
            configuration["version"] += 1
            client.admin.command("replSetReconfig", configuration, force=True)
        return True

    def _is_primary(self) -> bool:
        with self._client() as client:
            try:
                return bool(client.admin.command("hello")["isWritablePrimary"])
            except PyMongoError:
                return False

    def _ensure_root_user(self) -> None:
        if self._root_can_log_in():
            return
        with self._client() as client:
            try:
                client.admin.command("createUser", ROOT, pwd=self.password, roles=["root"])
            except OperationFailure as error:
                if error.code != _UNAUTHORIZED:
                    raise
                raise ProcessError(f"the data in {self._directory} belong to another root password") from error

    def _root_can_log_in(self) -> bool:
        with self._client(ROOT) as client:
            try:
                client.admin.command("ping")
            except OperationFailure as error:
                if error.code != _AUTHENTICATION_FAILED:
                    raise
                return False
        return True

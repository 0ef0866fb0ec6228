"""The system under measurement: edge and claims on real servers, and the processes that load and measure them."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import aio_pika
import httpx
from pymongo import MongoClient

from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from loadtests.bench import payload
from loadtests.bench.worker import ECHO, RAW_QUEUE
from services.edge.settings import Settings as EdgeSettings
from shared.contracts.claims import GetClaim
from shared.mongo import Document
from shared.tokens import AccessClaims, TokenPolicy, load_private_key, sign_access_token

INTAKE_QUEUE: Final = "claims.intake"
Options = dict[str, Any]


class Rig:
    """Starts the stack without services; measurements start and stop what they need."""

    def __init__(self, root: Path) -> None:
        self.stack = Stack(root, services=("claims", "edge"))
        self._client: MongoClient[Document] | None = None

    def __enter__(self) -> Self:
        self.stack.servers.start()
        self.stack.prepare()
        self._client = MongoClient(self.stack.servers.mongodb_admin_url)
        self.claims["coverages"].insert_many(list(payload.coverages()))
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()
        self.stack.stop()

    @property
    def claims(self) -> Any:
        """The claims database, as administrator."""
        return self._client["claims"] if self._client is not None else None

    @property
    def identity(self) -> Any:
        """The identity database, as administrator."""
        return self._client["identity"] if self._client is not None else None

    def measure(self, kind: str, **options: Any) -> Options:
        """Run one measurement in a process of its own."""
        with self.beside(kind, **options) as outcome:
            return outcome()

    @contextmanager
    def beside(self, kind: str, **options: Any) -> Iterator[Callable[[], Options]]:
        """Begin a measurement in a process of its own; what is handed out waits for its outcome."""
        with _options_file({"url": self.stack.servers.rabbitmq_admin_url, **options}) as path:
            argv = [sys.executable, "-m", "loadtests.bench.worker", kind, path]
            process = subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

            def outcome() -> Options:
                out, err = process.communicate(timeout=300)
                if process.returncode != 0:
                    raise RuntimeError(f"{kind} failed: {err[-2000:]}")
                read: Options = json.loads(out.splitlines()[-1])
                return read

            try:
                yield outcome
            finally:
                if process.poll() is None:
                    process.kill()
                    process.communicate()

    @contextmanager
    def responder(self, body: str) -> Iterator[None]:
        """A process that answers the bare multiplexed request."""
        with _options_file({"url": self.stack.servers.rabbitmq_admin_url, "body": body}) as path:
            argv = [sys.executable, "-m", "loadtests.bench.worker", "echo", path]
            process = subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
            try:
                if process.stdout is None or process.stdout.readline().strip() != "ready":
                    raise RuntimeError("the responder did not start")
                yield
            finally:
                process.terminate()
                process.wait(timeout=20)

    @contextmanager
    def service(self, name: str, *, ready: bool = True) -> Iterator[None]:
        """One service, running; and ready, unless what it does from its first moment on is measured."""
        self.stack.start_service(name)
        try:
            if ready:
                self.stack.wait_ready(name)
            yield
        finally:
            self.stack.supervisor[name].stop()

    async def declare_floors(self) -> None:
        """The queue of the raw floors, and the one of the bare request."""
        async with await aio_pika.connect(self.stack.servers.rabbitmq_admin_url) as connection:
            channel = await connection.channel()
            exchange = await channel.declare_exchange("bench", aio_pika.ExchangeType.DIRECT, durable=True)
            queue = await channel.declare_queue(RAW_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            await queue.bind(exchange, "raw")
            echo = await channel.declare_queue(ECHO.name, durable=True, arguments=dict(ECHO.arguments()))
            commands = await channel.get_exchange("claims.commands", ensure=False)
            await echo.bind(commands, GetClaim.wire_type)

    async def undeclare_echo(self) -> None:
        """Take the bare responder's queue away, so that only claims answers."""
        async with await aio_pika.connect(self.stack.servers.rabbitmq_admin_url) as connection:
            await (await connection.channel()).queue_delete(ECHO.name)

    async def empty(self, queue: str) -> int:
        """Purge a queue; how many messages were in it."""
        async with await aio_pika.connect(self.stack.servers.rabbitmq_admin_url) as connection:
            target = await (await connection.channel()).get_queue(queue, ensure=False)
            return int((await target.purge()).message_count or 0)

    def tokens(self) -> list[str]:
        """An access token for every member of the payload."""
        key = load_private_key(Path(self.stack.secrets.file("signing.private.pem")).read_text(encoding="ascii"))
        fields = EdgeSettings.model_fields
        policy = TokenPolicy(fields["token_issuer"].default, fields["token_audience"].default)
        now = datetime.now(UTC)
        return [sign_access_token(_claims(number, now), key, policy) for number in range(payload.DOSSIERS)]

    def get(self, path: str, *, token: str) -> str:
        """The answer to one request at the edge."""
        answer = httpx.get(f"{self.stack.base_url}{path}", headers={"authorization": f"Bearer {token}"})
        return answer.raise_for_status().text

    def memory_mb(self, name: str) -> float:
        """Resident memory of a running process."""
        pid = self.stack.supervisor[name].pid
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return round(int(line.split()[1]) / 1024, 1)


def _claims(number: int, now: datetime) -> AccessClaims:
    return AccessClaims(
        payload.actor(number), issued_at=now, expires_at=now + timedelta(minutes=15), token_id=f"bench-{number}"
    )


@contextmanager
def _options_file(options: Options) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(options, file)
        file.flush()
        yield file.name

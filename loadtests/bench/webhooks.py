"""Webhooks delivered per second by one payments process to a receiver on the same machine, signed and logged.

``python -m loadtests.bench.webhooks`` measures this alone.
"""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import httpx
import orjson
import typer

from deploy.local.environment import PROJECT
from deploy.local.ports import LOOPBACK, free_port
from loadtests.bench.rig import Rig
from services.payments.domain.feed import PublicEvent
from services.payments.domain.webhooks import Endpoint, EndpointSecret
from services.payments.handlers.webhook_secrets import IN_TRANSIT, WebhookSecrets
from services.payments.storage import Storage
from shared.clock import new_id, utc_now
from shared.mongo import connect
from shared.tokens import Binding, PrivateKey, SecretOpener, load_private_key, seal

ROOT: Final = PROJECT / ".local" / "bench-webhooks"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of this measurement
DEADLINE_SECONDS: Final = 180
WIRE_TYPE: Final = "payments.payment_sent.v1"


def measure(rig: Rig, *, count: int) -> float:
    """Deliveries per second, from the first that arrives to the last."""
    port = free_port()
    key = load_private_key(Path(rig.stack.secrets.file("payments.private.pem")).read_text(encoding="ascii"))
    asyncio.run(_prepared(rig, key, port=port, count=count))
    with _receiver(port), rig.service("payments"):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (seen := _seen(port))["count"] < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{seen['count']} of {count} events arrived")
            time.sleep(0.1)
    return (seen["count"] - 1) / (seen["last"] - seen["first"])


async def _prepared(rig: Rig, key: PrivateKey, *, port: int, count: int) -> None:
    """A webhook behind the feed's present end, and so many events after it."""
    secrets = WebhookSecrets(SecretOpener((key,)), key.public(), clock=utc_now)
    database = connect(rig.stack.servers.mongodb_admin_url, "payments", pool_size=4)
    storage, webhook_id, now = Storage(database), new_id(), utc_now()
    binding = Binding(IN_TRANSIT, webhook_id)
    sealed = seal(SECRET, key.public(), binding=binding, expires_at=now + timedelta(minutes=2))
    endpoint = Endpoint(
        endpoint_id=webhook_id,
        url=f"http://{LOOPBACK}:{port}/",
        types=(),
        description="bench",
        created_by="bench",
        created_at=now,
        position=await storage.feed.head(),
        secrets=(EndpointSecret(sealed=secrets.kept(sealed, webhook_id=webhook_id), created_at=now),),
    )
    await storage.webhooks.add(endpoint, session=None)
    for _ in range(0, count, 500):
        await storage.feed.append([_event() for _ in range(500)], session=None)
    database.close()


def _event() -> PublicEvent:
    """Of the size of a real one."""
    event_id = new_id()
    data = {"payment_id": new_id(), "batch_number": "10000042", "amount_cents": 123_456, "claim_ids": [new_id()] * 5}
    envelope = {"specversion": "1.0", "id": event_id, "type": WIRE_TYPE, "source": "/acquit/payments", "data": data}
    return PublicEvent(event_id=event_id, wire_type=WIRE_TYPE, body=orjson.dumps(envelope).decode())


def _seen(port: int) -> dict[str, float]:
    seen: dict[str, float] = httpx.get(f"http://{LOOPBACK}:{port}/", timeout=30).json()
    return seen


@contextmanager
def _receiver(port: int) -> Iterator[None]:
    """A receiver in a process of its own."""
    argv = [sys.executable, "-m", "loadtests.bench.webhooks", "--receive", str(port)]
    process = subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError("the receiver did not start")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


class _Tally:
    """Answers 204 to everything that is posted; tells how much that was, and when."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = 0.0

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET"):
                    told = orjson.dumps({"count": self.count, "first": self.first, "last": self.last})
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(told), told))
                    continue
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                await reader.readexactly(int(length))
                self.count, self.last = self.count + 1, time.perf_counter()
                self.first = self.first or self.last
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _receive(port: int) -> None:
    server = await asyncio.start_server(_Tally().on_connection, LOOPBACK, port)
    print("ready", flush=True)
    await server.serve_forever()


def main(
    count: Annotated[int, typer.Option(help="Events to deliver.")] = 4_000,
    receive: Annotated[int | None, typer.Option(help="Be the receiver, on this port.", hidden=True)] = None,
) -> None:
    """Measure deliveries to a webhook."""
    if receive is not None:
        asyncio.run(_receive(receive))
        return
    shutil.rmtree(ROOT, ignore_errors=True)
    with Rig(ROOT) as rig:
        print(f"webhooks delivered: {measure(rig, count=count):,.0f}/s")


if __name__ == "__main__":
    typer.run(main)

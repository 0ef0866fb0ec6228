"""A small keep-alive HTTP/1.1 client, cheap enough not to be what is measured."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, cast

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


@dataclass(slots=True)
class Result:
    """What a load run saw."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return sum(self.statuses.values()) / self.seconds


class Connection(asyncio.Protocol):
    """A connection with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect to this machine."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def exchange(self, request: bytes) -> int:
        """Send a request and wait for its answer; returns the status.

        Raises:
            ConnectionError: the server closed the connection.
        """
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._received += data
        if self._answer is not None and _is_whole(self._received):
            status, self._received = int(self._received[9:12]), b""
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(str(exc)))


def _is_whole(answer: bytes) -> bool:
    head = answer.find(_HEAD_END)
    if head < 0:
        return False
    at = answer.find(_LENGTH, 0, head)
    length = int(answer[at + len(_LENGTH) : answer.index(b"\r\n", at)]) if at >= 0 else 0
    return len(answer) >= head + len(_HEAD_END) + length


async def closed_loop(port: int, requests: Sequence[bytes], *, connections: int) -> Result:
    """All requests over ``connections`` connections, each sending the next as soon as it has its answer."""
    result = Result()
    opened = [await Connection.open(port) for _ in range(connections)]
    waiting = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_lane(connection, waiting, result) for connection in opened))
    result.seconds = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return result


async def _lane(connection: Connection, waiting: Iterator[bytes], result: Result) -> None:
    for request in waiting:
        status = await connection.exchange(request)
        result.statuses[status] = result.statuses.get(status, 0) + 1


def request(method: str, path: str, *, token: str | None = None, body: bytes = b"", extra: str = "") -> bytes:
    """The bytes of a request, with a bearer token if there is one."""
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\n{extra}"
    if token is not None:
        head += f"authorization: Bearer {token}\r\n"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body

"""A small keep-alive HTTP/1.1 client, cheap enough not to be what is measured."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MakeRequest = Callable[[int], bytes]


@dataclass(slots=True)
class Result:
    """What a load run saw; latencies in seconds."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds


async def closed_loop(host: str, port: int, make: MakeRequest, *, count: int, connections: int) -> Result:
    """``count`` requests over ``connections`` connections, each sending the next as soon as it has its answer."""
    result = Result()
    numbers = iter(range(count))
    started = time.perf_counter()
    await asyncio.gather(*(_lane(host, port, make, numbers, result) for _ in range(connections)))
    result.seconds = time.perf_counter() - started
    return result


async def _lane(host: str, port: int, make: MakeRequest, numbers: "object", result: Result) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for number in numbers:  # type: ignore[attr-defined]
            sent = time.perf_counter()
            status = await exchange(reader, writer, make(number))
            result.latencies.append(time.perf_counter() - sent)
            result.statuses[status] = result.statuses.get(status, 0) + 1
    finally:
        writer.close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send one request and read its answer; returns the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at >= 0:
        length = int(lowered[at + 15 : lowered.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    return int(head[9:12])


def request(method: str, path: str, *, token: str, body: bytes = b"", extra: str = "") -> bytes:
    """The bytes of a request with a bearer token."""
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n{extra}"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body

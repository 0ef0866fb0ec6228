"""The small HTTP client of the measurements: it counts what it was answered, whatever pieces that comes in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from loadtests.bench.http_load import closed_loop, request

Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            await respond(head + await reader.readexactly(length), writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_answers_are_counted_by_status_though_they_come_in_pieces() -> None:
    async def respond(received: bytes, writer: asyncio.StreamWriter) -> None:
        status = b"202 Accepted" if received.endswith(b'{"n":1}') else b"404 Not Found"
        answer = b"HTTP/1.1 " + status + b"\r\ncontent-length: 5\r\n\r\nabcde"
        for piece in (answer[:4], answer[4:30], answer[30:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    requests = [request("POST", "/claims", token="t", body=b'{"n":%d}' % (n % 3)) for n in range(30)]
    async with serving(respond) as port:
        result = await closed_loop(port, requests, connections=4)
    assert result.statuses == {202: 10, 404: 20}
    assert result.per_second == pytest.approx(30 / result.seconds)


async def test_a_server_that_hangs_up_fails_the_measurement() -> None:
    async def respond(_received: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(respond) as port:
        with pytest.raises((ConnectionError, ExceptionGroup)):
            await closed_loop(port, [request("GET", "/claims/1", token="t")], connections=1)

"""A clamd that speaks as much of its protocol as a scan needs: ``nINSTREAM``, then parts with their length."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.receipt_files import EICAR


@dataclass
class FakeClamd:
    """Finds the EICAR test file; ``says`` is an answer whatever comes."""

    port: int = 0
    says: bytes | None = None
    scanned: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readline() == b"nINSTREAM\n"
        size, tail, found = 0, b"", False
        while length := struct.unpack("!L", await reader.readexactly(4))[0]:
            part = await reader.readexactly(length)
            size, found = size + length, found or EICAR in tail + part
            tail = part[-len(EICAR) :]
        self.scanned.append(size)
        writer.write(self.says or (b"stream: Eicar-Test-Signature FOUND\n" if found else b"stream: OK\n"))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def fake_clamd() -> AsyncIterator[FakeClamd]:
    clamd = FakeClamd()
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    clamd.port = server.sockets[0].getsockname()[1]
    async with server:
        yield clamd

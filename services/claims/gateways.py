"""The virus scanner: clamd over TCP, with the library ``aioclamd``."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError as FutureCancelled
from typing import BinaryIO, Final, cast

from aioclamd import ClamdAsyncClient, ClamdError

from services.claims.domain.receipt_errors import ScannerUnavailableError
from shared.telemetry import logger

SCAN_SECONDS: Final = 20.0
FOUND: Final = "FOUND"
OK: Final = "OK"


class ClamdScanner:
    """``Scanner``. A file goes to clamd part by part; clamd's ``StreamMaxLength`` (25 MB by default) is above ours."""

    def __init__(self, host: str, port: int, *, seconds: float = SCAN_SECONDS) -> None:
        self._client = ClamdAsyncClient(host, port, timeout=seconds)

    async def is_clean(self, parts: AsyncIterator[bytes]) -> bool:
        """See ``Scanner``."""
        try:
            answer = await self._client.instream(cast("BinaryIO", _PartsAsFile(parts)))
        except (ClamdError, ConnectionError, FutureCancelled) as error:
            logger().error("scanner_unavailable", cause=type(error).__name__)
            raise ScannerUnavailableError from error
        status, finding = next(iter((answer or {}).values()), ("ERROR", "no answer"))
        if status == FOUND:
            logger().warning("virus_found", finding=finding)
            return False
        if status != OK:
            logger().error("scanner_unavailable", cause=finding)
            raise ScannerUnavailableError
        return True


class _PartsAsFile:
    """As much of a file as ``aioclamd`` needs, which reads in a thread: ``read`` waits there for the next part.

    It gives a whole part at a time instead of the kilobyte that is asked for, because each call costs a change of
    thread; ``aioclamd`` hands on whatever comes.
    """

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._loop = asyncio.get_running_loop()

    def read(self, _size: int = -1) -> bytes:
        """The next part; empty at the end."""
        return asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()

    async def _next(self) -> bytes:
        return await anext(self._parts, b"")

"""Calling webhooks over HTTP: bounded in time and size, and never a machine that is not on the public Internet.

Names are looked up here, every address is checked, and the connection is made to the very address that was checked: a
name server that answers differently the second time gains nothing. TLS still proves the name. Redirects are not
followed, proxies of the environment are not used.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx

from services.payments.domain.webhook_addresses import AddressRule
from services.payments.handlers.ports_subscribers import Answered

RESPONSE_LIMIT_BYTES: Final = 65_536
"""Nothing in an answer matters but its status; of a longer one the rest is not read."""


class AddressRefused(httpcore.ConnectError):
    """The name leads to an address that may not be called."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connections to addresses that ``rule`` admits, and to no others."""

    def __init__(self, rule: AddressRule) -> None:
        self._rule = rule
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, if all addresses of the name may be called."""
        addresses = await self._addresses(host, port)
        if not all(self._rule.admits(address) for address in addresses):
            raise AddressRefused(f"{host} is not on the public Internet")
        *others, last = addresses
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the interface of httpcore
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise AddressRefused(path)

    async def sleep(self, seconds: float) -> None:
        """As the interface has it."""
        await asyncio.sleep(seconds)

    @staticmethod
    async def _addresses(host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _CheckedTransport(httpx.AsyncHTTPTransport):
    """httpx over ``CheckedNetwork``; its constructor does not offer the choice."""

    def __init__(self, rule: AddressRule, *, connections: int) -> None:
        context: ssl.SSLContext = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            network_backend=CheckedNetwork(rule),
        )


class WebhookSender:
    """``Sender`` on httpx. ``transport`` is for tests that need no network."""

    def __init__(
        self,
        rule: AddressRule,
        *,
        timeout_seconds: float,
        connections: int = 200,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._client = httpx.AsyncClient(
            transport=transport or _CheckedTransport(rule, connections=connections),
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> Answered:
        """See ``Sender``. The whole call, name look-up included, takes no longer than the timeout."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return _answered(await self._status(url, body=body, headers=headers))
        except (TimeoutError, httpx.TimeoutException):
            return Answered(outcome="timeout")
        except httpx.ConnectError as error:
            is_refused = isinstance(error.__cause__, AddressRefused)
            return Answered(outcome="address_refused" if is_refused else "unreachable")
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError):
            return Answered(outcome="unreachable")

    async def _status(self, url: str, *, body: bytes, headers: dict[str, str]) -> int:
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > RESPONSE_LIMIT_BYTES:
                    break
            return response.status_code

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _answered(status: int) -> Answered:
    if httpx.codes.is_success(status):
        return Answered(outcome="delivered", status=status)
    if status == httpx.codes.GONE:
        return Answered(outcome="gone", status=status)
    if httpx.codes.is_redirect(status):
        return Answered(outcome="redirected", status=status)
    return Answered(outcome="refused", status=status)

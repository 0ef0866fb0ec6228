"""One call: what its answer means, and what it never does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpcore
import httpx
import pytest

from services.payments.domain.webhook_addresses import AddressRule
from services.payments.handlers.ports_subscribers import Answered
from services.payments.webhook_gateway import RESPONSE_LIMIT_BYTES, CheckedNetwork, WebhookSender

URL = "https://hooks.example.com/acquit"


async def posted(handler: Callable[[httpx.Request], Any], *, timeout_seconds: float = 5.0) -> Answered:
    sender = WebhookSender(AddressRule(), timeout_seconds=timeout_seconds, transport=httpx.MockTransport(handler))
    answered = await sender.post(URL, body=b"{}", headers={"webhook-id": "1"})
    await sender.close()
    return answered


@pytest.mark.req("SUB-3")
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (301, "redirected"),
        (308, "redirected"),
        (404, "refused"),
        (410, "gone"),
        (429, "refused"),
        (500, "refused"),
    ],
)
async def test_the_status_decides_and_redirects_are_not_followed(status: int, outcome: str) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status, headers={"location": "https://10.0.0.1/"}, stream=httpx.ByteStream(b""))

    assert await posted(answer) == Answered(outcome=outcome, status=status)  # type: ignore[arg-type]
    assert [(one.method, str(one.url), one.content) for one in requests] == [("POST", URL, b"{}")]


@pytest.mark.req("SUB-3")
async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1_024
            yield b"x" * 1_024

    assert (await posted(lambda _: httpx.Response(200, content=endless()))).outcome == "delivered"
    assert read <= RESPONSE_LIMIT_BYTES + 1_024


@pytest.mark.req("SUB-3")
async def test_a_slow_answer_is_not_waited_for() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    assert await posted(never, timeout_seconds=0.01) == Answered(outcome="timeout")


async def test_what_cannot_be_reached_is_told_apart_from_what_answers() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert await posted(broken) == Answered(outcome="unreachable")


class Names:
    """A name server that answers as it is told, and a network that notes where connections go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.connected: list[str] = []

        async def getaddrinfo(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in self.answers.pop(0)]

        async def connect_tcp(_network: Any, host: str, *_: Any) -> httpcore.AsyncNetworkStream:
            self.connected.append(host)
            raise httpcore.ConnectError("nobody there")

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)


@pytest.mark.req("SUB-3")
@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("169.254.169.254",)])
async def test_a_name_with_any_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    names = Names(monkeypatch, addresses)
    sender = WebhookSender(AddressRule(), timeout_seconds=5)
    assert await sender.post(URL, body=b"{}", headers={}) == Answered(outcome="address_refused")
    assert names.connected == []
    await sender.close()


@pytest.mark.req("SUB-3")
async def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer of the name server would be private, and is never asked for."""
    names = Names(monkeypatch, ("8.8.8.8", "8.8.4.4"), ("127.0.0.1",))
    sender = WebhookSender(AddressRule(), timeout_seconds=5)
    assert await sender.post(URL, body=b"{}", headers={}) == Answered(outcome="unreachable")
    assert names.connected == ["8.8.8.8", "8.8.4.4"]
    await sender.close()


async def test_there_is_no_way_through_a_socket_file() -> None:
    with pytest.raises(httpcore.ConnectError):
        await CheckedNetwork(AddressRule(allow_private=True)).connect_unix_socket("/run/docker.sock")

"""Where a request comes from: nobody outside our proxies decides that."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.edge.auth.origins import UNKNOWN, Origins, browser_of, network_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/141.0"


def request(peer: str | None, *forwarded: str, user_agent: str = "") -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    headers.append((b"user-agent", user_agent.encode()))
    scope: dict[str, Any] = {"type": "http", "headers": headers, "client": None if peer is None else (peer, 4711)}
    return Request(scope)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),  # not one of our proxies: its word is nothing
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.66, 198.51.100.1",), "198.51.100.1"),  # what the caller made up stands on the left
        ("10.0.0.1", ("192.0.2.66, 198.51.100.1, 10.2.3.4",), "198.51.100.1"),  # two proxies of ours
        ("10.0.0.1", ("192.0.2.66", "198.51.100.1"), "198.51.100.1"),  # two headers are one list
        ("10.0.0.1", ("192.0.2.66, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("192.0.2.66, nonsense, 10.2.3.4",), "10.2.3.4"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("fd00::1", ("2001:db8:1:2::9",), "2001:db8:1:2::9"),
        ("::ffff:203.0.113.9", (), "203.0.113.9"),
        (None, ("198.51.100.1",), None),
        ("testclient", (), None),
    ],
)
def test_the_address_is_the_first_that_is_not_ours_from_the_right(
    peer: str | None, forwarded: tuple[str, ...], address: str | None
) -> None:
    found = Origins(PROXIES).address(request(peer, *forwarded))

    assert found == (None if address is None else ip_address(address))


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert Origins(()).address(request("10.0.0.1", "198.51.100.1")) == ip_address("10.0.0.1")


@given(st.lists(st.ip_addresses(v=4).map(str) | st.text(st.characters(codec="ascii"), max_size=20), max_size=5))
def test_whatever_a_caller_writes_the_address_that_our_proxy_saw_counts(made_up: list[str]) -> None:
    header = ", ".join([*(text.replace("\n", "").replace("\r", "") for text in made_up), "198.51.100.1"])

    assert Origins(PROXIES).address(request("10.0.0.1", header)) == ip_address("198.51.100.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48")],
)
def test_a_network_is_a_hint_at_a_place_and_no_address(address: str, network: str) -> None:
    assert network_of(ip_address(address)) == network


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iPhone"),
        (CHROME, "Chrome, macOS"),
        (EDGE, "Edge, macOS"),
        ("curl/8.5", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_browser_is_two_words(user_agent: str, browser: str) -> None:
    assert browser_of(user_agent) == browser


@given(st.text(max_size=2_000))
def test_nothing_that_a_browser_says_of_itself_comes_out(user_agent: str) -> None:
    assert len(browser_of(user_agent)) <= 30


def test_an_origin_is_read_whole() -> None:
    origin = Origins(PROXIES).of(request("10.0.0.1", "198.51.100.1", user_agent=FIREFOX))

    assert (origin.network, origin.browser) == ("198.51.100.0/24", "Firefox, Windows")

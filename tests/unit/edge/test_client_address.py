"""Where a request comes from, whatever it says itself."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.edge.client_address import UNKNOWN, client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": None if peer is None else (peer, 40_000)})


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),  # nobody asked this peer
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),  # what the client wrote itself
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("not an address",), "10.0.0.1"),
        ("fd00::1", ("2001:db8::7",), "2001:db8::7"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        (None, ("198.51.100.1",), UNKNOWN),
        ("testclient", (), UNKNOWN),
    ],
)
@pytest.mark.req("LOG-11")
def test_the_right_most_hop_that_is_no_trusted_proxy(peer: str | None, forwarded: tuple[str, ...], found: str) -> None:
    assert client_address(request(peer, *forwarded), TRUSTED) == found


def test_nobody_is_trusted_by_default() -> None:
    assert client_address(request("10.0.0.1", "198.51.100.1")) == "10.0.0.1"


@given(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60))
def test_what_a_client_writes_never_changes_what_the_proxy_saw(written: str) -> None:
    assert client_address(request("10.0.0.1", f"{written}, 198.51.100.1"), TRUSTED) == "198.51.100.1"

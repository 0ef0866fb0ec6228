"""Where a request comes from, behind the proxies that are trusted to say so."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.requests import Request

Network = IPv4Network | IPv6Network
UNKNOWN: Final = "unknown"


def client_address(request: Request, trusted: Sequence[Network] = ()) -> str:
    """The right-most hop that is not a trusted proxy.

    ``X-Forwarded-For`` is read from its end, for as long as whoever added the entry is trusted: what a client wrote
    into it itself stands further left and is never reached.
    """
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    address = _read(UNKNOWN if request.client is None else request.client.host)
    while address is not None and hops and _is_trusted(address, trusted):
        forwarded = _read(hops.pop())
        if forwarded is None:
            break  # a trusted proxy wrote something else: its own address is all that is known
        address = forwarded
    return UNKNOWN if address is None else str(address)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)

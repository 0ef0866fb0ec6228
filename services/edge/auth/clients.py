"""Where a request comes from: address, network, browser. Coarse on purpose: enough to tell places and browsers apart,
too little to follow somebody.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import Request

from services.edge.client_address import Network, client_address

Address = IPv4Address | IPv6Address
UNKNOWN: Final = "?"
_BITS: Final = {4: 24, 6: 48}
_LONGEST: Final = 512
_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg(A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Chrome|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/[\d.]+ .*Safari/")),
)
_SYSTEMS: Final = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``network`` is a /24 or /48, ``browser`` two words such as ``Firefox, Windows``."""

    network: str = UNKNOWN
    browser: str = UNKNOWN

    @property
    def hint(self) -> str:
        """Both in one line, for mails; what is unknown is left out."""
        return ", ".join(part for part in (self.browser, self.network) if part != UNKNOWN)


class Origins:
    """Reads origins. ``X-Forwarded-For`` is believed from the networks of our own proxies only, and only as far as they
    wrote it: everything left of the first foreign address was written by whoever called.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, request: Request) -> Origin:
        """Where ``request`` comes from."""
        address = self.address(request)
        return Origin(
            network=UNKNOWN if address is None else network_of(address),
            browser=browser_of(request.headers.get("user-agent", "")),
        )

    def address(self, request: Request) -> Address | None:
        """The address of whoever called, as far as it is known for certain."""
        return _parsed(client_address(request, self._trusted))


def network_of(address: Address) -> str:
    """The /24 (IPv4) or /48 (IPv6) of an address."""
    return str(ip_network((address, _BITS[address.version]), strict=False))


def browser_of(user_agent: str) -> str:
    """Browser and system in two words; whatever the header says, nothing of its own text comes out."""
    text = user_agent[:_LONGEST]
    found = (next((name for name, pattern in kinds if pattern.search(text)), "") for kinds in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found)) or UNKNOWN


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

"""Where webhooks may lead: never to machines that only Acquit can reach (server-side request forgery)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from services.payments.domain.subscriber_errors import WebhookUrlInsecure, WebhookUrlInvalid, WebhookUrlPrivate

URL_LENGTH: Final = 2_000
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as IPv6 (RFC 6052): the machine meant is the one in the last 32 bits."""
_INTERNAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home.arpa", "svc")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRule:
    """What is allowed beyond https to public addresses; both for development and tests only."""

    allow_http: bool = False
    allow_private: bool = False

    def check_url(self, url: str) -> str:
        """``url`` where a webhook may have it. Names are looked up at every delivery, not here.

        Raises:
            WebhookUrlInvalid, WebhookUrlInsecure, WebhookUrlPrivate.
        """
        host = self._host_of(url)
        if not self.allow_private and _names_a_private_host(host):
            raise WebhookUrlPrivate
        return url

    def _host_of(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise WebhookUrlInvalid from error
        is_written_well = url.isascii() and url.isprintable() and not set(url) & set(" \\") and len(url) <= URL_LENGTH
        if not is_written_well or not host or port == 0 or parts.username is not None or parts.fragment:
            raise WebhookUrlInvalid
        if parts.scheme == "http" and not self.allow_http:
            raise WebhookUrlInsecure
        if parts.scheme not in {"https", "http"}:
            raise WebhookUrlInvalid
        return host

    def admits(self, address: str) -> bool:
        """Whether a connection to this IP address may be made."""
        return self.allow_private or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet: not private, loopback, link-local, shared, multicast,
    documentation or reserved, and not an IPv6 address that stands for such an IPv4 one.
    """
    plain = _meant(ip_address(address.partition("%")[0]))
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _names_a_private_host(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        name = host.rstrip(".").lower()
        is_number = name.rpartition(".")[2].removeprefix("0x").isdigit()  # 2130706433 and 0x7f.1 are 127.0.0.1
        return is_number or any(name == one or name.endswith(f".{one}") for one in _INTERNAL_NAMES)

"""Mails as bytes: headers that nobody can inject into, a text and an HTML part of the same content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

from services.notification.domain import Language, Mail, message_id_of, usable_address

_POLICY: Final = policy.SMTP.clone(cte_type="7bit")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A mail's content in both forms."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails come from."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> "Sender":
        """Read ``Name <address>`` or ``address``; raises ``UnusableAddress``."""
        name, address = parseaddr(text)
        return cls(one_line(name), usable_address(address))

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def one_line(text: str) -> str:
    """``text`` without anything that could end a header line."""
    return _CONTROL.sub(" ", text).strip()


def mail_of(
    text: Text,
    *,
    sender: Sender,
    recipient: str,
    language: Language,
    delivery_id: str,
    reference: str,
    written_at: datetime,
) -> Mail:
    """Put a mail together. ``Auto-Submitted`` (RFC 3834) keeps holiday replies away.

    Raises:
        UnusableAddress: the recipient's address cannot stand in a header.
    """
    address = usable_address(recipient)
    message = EmailMessage(policy=_POLICY)
    message.set_content(text.plain)
    message.add_alternative(text.html, subtype="html")
    message["Subject"] = one_line(text.subject)
    message["From"] = Address(display_name=sender.name, addr_spec=sender.address)
    message["To"] = Address(addr_spec=address)
    message["Date"] = format_datetime(written_at)
    for name, value in _headers(delivery_id, reference, language, sender).items():
        message[name] = one_line(value)
    return Mail(sender.address, address, message_id_of(delivery_id, sender.domain), message.as_bytes())


def _headers(delivery_id: str, reference: str, language: Language, sender: Sender) -> Mapping[str, str]:
    return {
        "Message-ID": message_id_of(delivery_id, sender.domain),
        "Auto-Submitted": "auto-generated",
        "Content-Language": f"{language}-CA",
        "X-Acquit-Delivery": delivery_id,
        "X-Acquit-Reference": reference,
    }

"""One-time codes: making them, what is stored of them, and reading what people type."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from shared.clock import IdMaker

DIGITS: Final = 6
REFERENCE_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_TOKEN_BYTES: Final = 32
_IGNORED: Final = frozenset(" -\t\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it goes to a mailbox. Only its digest is kept; ``repr`` hides it."""

    text: str
    reference: str
    delivery_id: str
    sent_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Code({self.reference}, delivery {self.delivery_id})"


def new_code(*, now: datetime, lifetime: timedelta, ids: IdMaker) -> Code:
    """Six digits from the system's random source, with the reference that mail and page both show (LOG-2)."""
    return Code(
        text=f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}",
        reference="".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(3)),
        delivery_id=ids(),
        sent_at=now,
        expires_at=now + lifetime,
    )


def new_token() -> str:
    """256 random bits for the browser that began a challenge: whoever lacks them cannot use its codes."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def challenge_key(token: str) -> str:
    """The name of a challenge for everybody but that browser: storage, messages, logs."""
    return sha256(token.encode()).hexdigest()


def digest(pepper: bytes, token: str, code: str) -> str:
    """What is stored of a code: worthless without the pepper, and for any other challenge."""
    return hmac.new(pepper, f"{token}|{code}".encode(), sha256).hexdigest()


def normalised(typed: str) -> str | None:
    """The code in what was typed, spaces and dashes left out; ``None`` when it is not six digits."""
    text = "".join(character for character in typed if character not in _IGNORED)
    return text if len(text) == DIGITS and text.isascii() and text.isdecimal() else None

"""Authenticator apps (TOTP, RFC 6238) and the recovery codes for the day the telephone is lost (LOG-10)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

import pyotp

from services.identity.domain.safeguard_errors import (
    SecondFactorAbsentError,
    SecondFactorPresentError,
    SecondFactorWrongError,
)

TOTP: Final = "totp"
STEP_SECONDS: Final = 30
WINDOW: Final = 1
"""Steps by which a telephone's clock may be early or late."""
DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """An account's app: set up, and in use once ``confirmed_at`` is known.

    Attributes:
        secret: Encrypted; never what the app has.
        last_step: The latest time step whose code was used: none of it or before it is taken again.
        recovery_codes: Digests of those that are left.
        version: Raised by every change; a change to an older version is refused.
    """

    account_id: str
    secret: str
    started_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0
    recovery_codes: tuple[str, ...] = ()
    version: int = 1

    def confirmed(self, code: str, secret: str, *, recovery_codes: tuple[str, ...], now: datetime) -> "Authenticator":
        """In use from ``now`` on.

        Raises:
            SecondFactorPresentError: it is in use already.
            SecondFactorWrongError: not a code of the app.
        """
        if self.confirmed_at is not None:
            raise SecondFactorPresentError
        step = matching_step(code, secret, now=now, after=self.last_step)
        if step is None:
            raise SecondFactorWrongError
        return replace(self, confirmed_at=now, last_step=step, recovery_codes=recovery_codes)

    def used(self, code: str, secret: str, *, digest: str, now: datetime) -> "Authenticator":
        """With the code used up, be it the app's or a recovery code, whose digest is ``digest``.

        Raises:
            SecondFactorAbsentError: it is not in use.
            SecondFactorWrongError: neither, or used before.
        """
        if self.confirmed_at is None:
            raise SecondFactorAbsentError
        step = matching_step(code, secret, now=now, after=self.last_step)
        if step is not None:
            return replace(self, last_step=step)
        matches = [hmac.compare_digest(digest, known) for known in self.recovery_codes]
        if not any(matches):
            raise SecondFactorWrongError
        left = tuple(known for known, match in zip(self.recovery_codes, matches, strict=True) if not match)
        return replace(self, recovery_codes=left)


def matching_step(code: str, secret: str, *, now: datetime, after: int) -> int | None:
    """The time step whose code this is, one at most before or after ``now`` and later than ``after``."""
    generator, present = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    steps = [
        step
        for step in range(present - WINDOW, present + WINDOW + 1)
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()) and step > after
    ]
    return steps[0] if steps else None


class RecoveryCodes:
    """What is kept of recovery codes. They hold 50 random bits each and every try is counted, so a keyed digest does:
    without the pepper it cannot even be tried offline.
    """

    def __init__(self, pepper: bytes) -> None:
        self._key = hmac.digest(pepper, b"recovery codes", "sha256")

    def digest(self, account_id: str, code: str) -> str:
        """Of one code, for one account."""
        return hmac.new(self._key, f"{account_id}|{code}".encode(), sha256).hexdigest()

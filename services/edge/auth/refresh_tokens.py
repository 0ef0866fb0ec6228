"""Refresh tokens: opaque, rotating, each one leading to exactly one successor.

``<session id>.<secret>.<tag>``. The first secret is 256 random bits; every later one is HMAC(pepper, the token before),
so the successor that a client lost on the way can be given again without keeping it anywhere (T3, T4). The tag
proves that a token was ours once: an old one that returns is a theft and ends the session, an invented one is nothing.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

_PARTS: Final = 3
_MAXIMUM_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A genuine refresh token, of whatever age. ``digest`` is what storage knows of it."""

    session_id: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256; the token has too much entropy for anything slower to be of use."""
        return sha256(self.text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"RefreshToken({self.session_id})"


class RefreshTokens:
    """Makes and reads refresh tokens."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def first(self, session_id: str) -> RefreshToken:
        """The token that a new session starts with."""
        return self._token(session_id, secrets.token_urlsafe(32))

    def successor(self, token: RefreshToken) -> RefreshToken:
        """The token after ``token``: always the same one."""
        return self._token(token.session_id, self._mac("successor", token.text, length=32))

    def read(self, text: str) -> RefreshToken | None:
        """The token in ``text``, if this edge made it."""
        parts = text.split(".")
        if len(text) > _MAXIMUM_LENGTH or len(parts) != _PARTS or not text.isascii():
            return None
        session_id, secret, tag = parts
        if not hmac.compare_digest(tag, self._tag(session_id, secret)):
            return None
        return RefreshToken(session_id, text)

    def _token(self, session_id: str, secret: str) -> RefreshToken:
        return RefreshToken(session_id, f"{session_id}.{secret}.{self._tag(session_id, secret)}")

    def _tag(self, session_id: str, secret: str) -> str:
        return self._mac("tag", f"{session_id}.{secret}", length=16)

    def _mac(self, use: str, text: str, *, length: int) -> str:
        mac = hmac.new(self._pepper, f"refresh|{use}|{text}".encode(), sha256).digest()
        return urlsafe_b64encode(mac[:length]).rstrip(b"=").decode()

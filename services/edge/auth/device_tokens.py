"""Names of browsers: 256 random bits that a browser keeps, signed so that nobody invents one (LOG-10)."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

_PARTS: Final = 2
_SECRET_BYTES: Final = 32
_MAXIMUM_LENGTH: Final = 128


class DeviceTokens:
    """Makes and reads device tokens: ``<secret>.<tag>``. Storage knows the SHA-256 of the secret."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def new(self) -> tuple[str, str]:
        """A new token, and the id under which storage knows it."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        return f"{secret}.{self._tag(secret)}", _device_id(secret)

    def read(self, token: str) -> str | None:
        """The id of a token that this edge made."""
        parts = token.split(".")
        if len(token) > _MAXIMUM_LENGTH or len(parts) != _PARTS or not token.isascii():
            return None
        secret, tag = parts
        return _device_id(secret) if hmac.compare_digest(tag, self._tag(secret)) else None

    def _tag(self, secret: str) -> str:
        mac = hmac.new(self._pepper, f"device|{secret}".encode(), sha256).digest()
        return urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def _device_id(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

"""Encryption of secrets that identity must read again: those of authenticator apps.

AES-256-GCM with a key derived (HKDF-SHA256, RFC 5869) from the pepper, which is a file outside the database already.
A key pair as for messages would buy nothing here: the same service encrypts and decrypts. A key file of its own would
have to be guarded like the pepper, whose loss makes every password useless anyway.
"""

from base64 import b64decode, b64encode
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_FORM: Final = "v1."


class SecretBox:
    """Encrypts for one owner: what was encrypted for another does not open."""

    def __init__(self, pepper: bytes, *, use: str) -> None:
        key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"acquit/identity/{use}".encode())
        self._cipher = AESGCM(key.derive(pepper))

    def encrypted(self, secret: str, *, owner: str) -> str:
        """``v1.`` and base64 of nonce and ciphertext."""
        nonce = token_bytes(NONCE_BYTES)
        return _FORM + b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())).decode()

    def decrypted(self, text: str, *, owner: str) -> str:
        """The secret.

        Raises:
            ValueError: another key or owner, changed, or not encrypted here.
        """
        raw = b64decode(text.removeprefix(_FORM), validate=True)
        try:
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as error:
            raise ValueError("not encrypted here for this owner") from error

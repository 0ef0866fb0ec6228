"""Tokens written by hand, without the library under test: what somebody else might send."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

from shared.tokens import PrivateKey, PublicKey, TokenPolicy
from tests.support import keys

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
POLICY = TokenPolicy(issuer="https://acquit.example", audience="acquit-api")
LIFETIME_SECONDS = 600
ABSENT = object()


def our_key() -> PrivateKey:
    return keys.key("edge")


def other_key() -> PrivateKey:
    return keys.key("somebody else")


@cache
def public(key: PrivateKey) -> PublicKey:
    """Worked out once: deriving it checks the private key, which takes long."""
    return key.public()


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def jws(header: Mapping[str, Any], payload: Mapping[str, Any], signature: bytes | None = None) -> str:
    """A compact JWS; signed as ``header["alg"]`` says by our key unless a signature is given."""
    signing_input = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(payload).encode())}"
    signed = rsa_signature(signing_input, our_key(), str(header.get("alg"))) if signature is None else signature
    return f"{signing_input}.{encoded(signed)}"


def header(**overrides: Any) -> dict[str, Any]:
    return _present({"alg": "RS256", "typ": "JWT", "kid": our_key().kid, **overrides})


def payload(**overrides: Any) -> dict[str, Any]:
    issued_at = int(NOW.timestamp())
    return _present(
        {
            "iss": POLICY.issuer,
            "aud": POLICY.audience,
            "typ": "at+jwt",
            "sub": "account-1",
            "sid": "session-1",
            "roles": ["member"],
            "dossier": "dossier-1",
            "lang": "fr",
            "acr": "password+email_code",
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + LIFETIME_SECONDS,
            "jti": "token-1",
            **overrides,
        }
    )


def _present(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not ABSENT}


_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def rsa_signature(signing_input: str, key: PrivateKey, algorithm: str = "RS256") -> bytes:
    digest = _HASHES[algorithm[2:]]
    scheme: AsymmetricPadding = padding.PKCS1v15()
    if algorithm.startswith("PS"):
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    return _loaded(key).sign(signing_input.encode(), scheme, digest)


@cache
def _loaded(key: PrivateKey) -> rsa.RSAPrivateKey:
    loaded = serialization.load_pem_private_key(key.pem.encode(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def signed_by(key: PrivateKey, head: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    signing_input = jws(head, body, b"").rpartition(".")[0]
    return f"{signing_input}.{encoded(rsa_signature(signing_input, key))}"


def hmac_signed(secret: bytes, head: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    signing_input = jws(head, body, b"").rpartition(".")[0]
    digest = f"sha{str(head['alg'])[2:]}"
    return f"{signing_input}.{encoded(hmac.digest(secret, signing_input.encode(), digest))}"


def with_a_bit_flipped(token: str, *, segment: int, bit: int) -> str:
    """``token`` with one bit of the content of a segment changed; ``bit`` wraps around."""
    segments = token.split(".")
    content = bytearray(decoded(segments[segment]))
    place = bit % (len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    return ".".join([*segments[:segment], encoded(bytes(content)), *segments[segment + 1 :]])

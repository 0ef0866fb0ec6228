"""Signed access tokens and sealed secrets: the one module that imports python-jose (docs/adr/0005).

Access tokens and signed documents are JWS with RS256 and nothing else; everybody can verify access tokens with the
edge's JWKS. Secrets in messages (one-time codes, passwords, account numbers) are compact JWE with RSA-OAEP-256 and
A256GCM for the service that needs them, bound to a purpose and a message and limited in time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import backends, jwe, jwk, jws, jwt
from jose.exceptions import JOSEError

from shared.contracts import Actor
from shared.errors import AppError

SIGNING_ALGORITHM: Final = "RS256"
KEY_WRAPPING: Final = "RSA-OAEP-256"
CONTENT_ENCRYPTION: Final = "A256GCM"
ACCESS_TYPE: Final = "at+jwt"
MAXIMUM_LENGTH: Final = 4_096
LEEWAY_SECONDS: Final = 60
MAXIMUM_LIFETIME: Final = timedelta(minutes=15)
KEY_BITS: Final = 2_048
_CLAIM_NAMES: Final = {
    "account_id": "sub",
    "session_id": "sid",
    "roles": "roles",
    "dossier_id": "dossier",
    "features": "features",
    "provider_id": "provider",
    "services": "services",
    "on_behalf_of": "obo",
    "restrictions": "rst",
    "scopes": "scopes",
    "assurance": "acr",
    "language": "lang",
}
_ALWAYS_SAID: Final = frozenset({"account_id", "session_id", "roles", "dossier_id", "assurance", "language"})
_REQUIRED: Final = ("iss", "aud", "sub", "sid", "roles", "lang", "acr", "iat", "exp", "jti", "typ")
_UNREADABLE: Final = (JOSEError, KeyError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading a token made by somebody else may raise: infinite numbers and deep nesting included."""

for _backend in (backends.RSAKey, backends.ECKey):
    if _backend is None or "cryptography_backend" not in _backend.__module__:
        raise RuntimeError("python-jose must use the cryptography backend")


class InvalidToken(AppError):  # noqa: N818
    """The token is not one of ours, not valid now, or not for this purpose. Which of these is not told."""

    family = "unauthenticated"

    def __init__(self) -> None:
        super().__init__("token.invalid")


class UnreadableSecret(AppError):  # noqa: N818
    """A sealed secret cannot be opened: other key, changed, moved to another message or expired."""

    family = "rejected"

    def __init__(self) -> None:
        super().__init__("secret.unreadable")


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private RSA key and its key id (RFC 7638 thumbprint)."""

    kid: str
    pem: str

    def public(self) -> "PublicKey":
        """The half that others may have."""
        return _public_half(self)


@lru_cache(maxsize=8)
def _public_half(key: PrivateKey) -> "PublicKey":
    return _public_of(_loaded_again(key))


@lru_cache(maxsize=8)
def _signing_key(key: PrivateKey) -> Any:
    """The parsed key: reading a PEM takes longer than a hundred signatures."""
    return jwk.construct(key.pem, SIGNING_ALGORITHM)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public RSA key and its key id."""

    kid: str
    pem: str

    def as_jwk(self, *, use: str = "sig") -> dict[str, str]:
        """JSON Web Key (RFC 7517) with ``kid``, ``use`` and ``alg``."""
        algorithm = SIGNING_ALGORITHM if use == "sig" else KEY_WRAPPING
        return {**_members(self.pem), "kid": self.kid, "use": use, "alg": algorithm}


def _members(pem: str) -> dict[str, str]:
    members = jwk.construct(pem, SIGNING_ALGORITHM).to_dict()
    return {name: _text(members[name]) for name in ("e", "kty", "n")}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _loaded_again(key: PrivateKey) -> rsa.RSAPrivateKey:
    """The parsed key. Its numbers were checked when it was made or first read: again would take as long as fifty
    signatures.
    """
    loaded = serialization.load_pem_private_key(key.pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    return _rsa(loaded)


def _rsa(loaded: object) -> rsa.RSAPrivateKey:
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return loaded


def _public_of(loaded: rsa.RSAPrivateKey) -> PublicKey:
    pem = loaded.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return load_public_key(pem.decode())


def generate_key() -> PrivateKey:
    """A new RSA key."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return PrivateKey(_public_of(key).kid, pem)


def load_private_key(pem: str) -> PrivateKey:
    """Read a private key in PEM (PKCS #8)."""
    loaded = _rsa(serialization.load_pem_private_key(pem.encode(), password=None))
    return PrivateKey(_public_of(loaded).kid, pem)


def load_public_key(pem: str) -> PublicKey:
    """Read a public key in PEM; its id is the thumbprint of its JWK."""
    canonical = json.dumps(_members(pem), sort_keys=True, separators=(",", ":"))
    return PublicKey(sha256(canonical.encode()).hexdigest()[:24], pem)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says about its bearer."""

    actor: Actor
    issued_at: datetime
    expires_at: datetime
    token_id: str


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """Issuer and audience that a token must name."""

    issuer: str
    audience: str


def sign_access_token(claims: AccessClaims, key: PrivateKey, policy: TokenPolicy) -> str:
    """Compact JWS of ``claims``. ``iat`` has milliseconds: a change of what an account may do outdates the tokens
    before it, and only those (a ``NumericDate`` may have a fraction, RFC 7519 §2).
    """
    payload: dict[str, Any] = {
        "iss": policy.issuer,
        "aud": policy.audience,
        "typ": ACCESS_TYPE,
        **_actor_claims(claims.actor),
        "iat": round(claims.issued_at.timestamp(), 3),
        "nbf": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "jti": claims.token_id,
    }
    token: str = jwt.encode(payload, _signing_key(key), algorithm=SIGNING_ALGORITHM, headers={"kid": key.kid})
    return token


def _actor_claims(actor: Actor) -> dict[str, Any]:
    """Claims under their names in tokens; what is empty is left out."""
    values = actor.model_dump(mode="json")
    return {claim: values[name] for name, claim in _CLAIM_NAMES.items() if name in _ALWAYS_SAID or values[name]}


class TokenVerifier:
    """Checks access tokens against pinned keys; the header's ``alg``, ``jku``, ``x5u`` and ``jwk`` decide nothing."""

    def __init__(self, keys: tuple[PublicKey, ...], policy: TokenPolicy) -> None:
        self._keys = {key.kid: jwk.construct(key.pem, SIGNING_ALGORITHM) for key in keys}
        self._policy = policy

    def verify(self, token: str, *, now: datetime) -> AccessClaims:
        """Claims of a valid access token.

        Raises:
            InvalidToken: for every reason alike.
        """
        if len(token) > MAXIMUM_LENGTH:
            raise InvalidToken
        try:
            header = jwt.get_unverified_header(token)
            payload = jwt.decode(
                token,
                self._keys[header["kid"]],
                algorithms=[SIGNING_ALGORITHM],
                audience=self._policy.audience,
                issuer=self._policy.issuer,
                options=_DECODE_OPTIONS,
            )
            return self._checked(payload, now)
        except _UNREADABLE as error:
            raise InvalidToken from error

    @staticmethod
    def _checked(payload: Mapping[str, Any], now: datetime) -> AccessClaims:
        if any(payload.get(name) is None for name in _REQUIRED) or payload["typ"] != ACCESS_TYPE:
            raise ValueError("a required claim is missing")
        issued = datetime.fromtimestamp(float(payload["iat"]), tz=now.tzinfo)
        expires = datetime.fromtimestamp(int(payload["exp"]), tz=now.tzinfo)
        leeway = timedelta(seconds=LEEWAY_SECONDS)
        not_before = datetime.fromtimestamp(int(payload.get("nbf", payload["iat"])), tz=now.tzinfo)
        valid_from = max(issued, not_before) - leeway
        if not valid_from <= now < expires + leeway or expires - issued > MAXIMUM_LIFETIME:
            raise ValueError("not valid now")
        said = {name: payload[claim] for name, claim in _CLAIM_NAMES.items() if claim in payload}
        return AccessClaims(
            actor=Actor.model_validate(said), issued_at=issued, expires_at=expires, token_id=str(payload["jti"])
        )


_DECODE_OPTIONS: Final = {
    "verify_aud": True,
    "verify_iss": True,
    "verify_exp": False,  # presence and times are checked in _checked, against the caller's clock; here a
    "verify_iat": False,  # requirement would switch the library's own check on, against the machine's clock
    "verify_nbf": False,
    "require_aud": True,
    "require_iss": True,
    "require_sub": True,
    "require_jti": True,
}


def sign_document(document: Mapping[str, str | int], key: PrivateKey, *, kind: str) -> str:
    """Compact JWS of ``document``; ``kind`` (``typ``) tells it from everything else that keys of ours sign."""
    signed: str = jws.sign(
        dict(document), _signing_key(key), headers={"kid": key.kid, "typ": kind}, algorithm=SIGNING_ALGORITHM
    )
    return signed


def read_document(signed: str, keys: tuple[PublicKey, ...], *, kind: str) -> dict[str, Any]:
    """The document, if one of ``keys`` signed it as a ``kind``.

    Raises:
        InvalidToken: for every reason alike.
    """
    try:
        header = jws.get_unverified_header(signed)
        key = next(key for key in keys if key.kid == header["kid"])
        if header["typ"] != kind:
            raise ValueError("a document of another kind")
        document: dict[str, Any] = orjson.loads(jws.verify(signed, key.pem, algorithms=[SIGNING_ALGORITHM]))
    except (*_UNREADABLE, StopIteration) as error:
        raise InvalidToken from error
    return document


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed secret belongs to: opening it for anything else fails."""

    purpose: str
    subject: str


def seal(secret: str, recipient: PublicKey, *, binding: Binding, expires_at: datetime) -> str:
    """Compact JWE of ``secret`` that only ``recipient`` can open, for ``binding`` and until ``expires_at``."""
    content = {
        "secret": secret,
        "purpose": binding.purpose,
        "subject": binding.subject,
        "exp": int(expires_at.timestamp()),
    }
    sealed = jwe.encrypt(
        orjson.dumps(content), recipient.pem, algorithm=KEY_WRAPPING, encryption=CONTENT_ENCRYPTION, kid=recipient.kid
    )
    return _text(sealed)


class SecretOpener:
    """Opens what was sealed for this service; several keys may be valid while they rotate."""

    def __init__(self, keys: tuple[PrivateKey, ...]) -> None:
        self._keys = {key.kid: _loaded_again(key) for key in keys}

    def open(self, sealed: str, *, binding: Binding, now: datetime, maximum: int = MAXIMUM_LENGTH) -> str:
        """The secret; ``maximum`` where whole files are sealed.

        Raises:
            UnreadableSecret: other key, other algorithm, changed, other binding, or expired.
        """
        if len(sealed) > maximum:
            raise UnreadableSecret
        try:
            content = self._decrypted(sealed)
            bound = (content["purpose"], content["subject"]) == (binding.purpose, binding.subject)
            secret, expired = str(content["secret"]), now.timestamp() >= content["exp"]
        except _UNREADABLE as error:
            raise UnreadableSecret from error
        if not bound or expired:
            raise UnreadableSecret
        return secret

    def _decrypted(self, sealed: str) -> dict[str, Any]:
        header = jwe.get_unverified_header(sealed)
        if (header["alg"], header["enc"]) != (KEY_WRAPPING, CONTENT_ENCRYPTION) or "zip" in header:
            raise ValueError("not sealed as agreed")
        content: dict[str, Any] = orjson.loads(jwe.decrypt(sealed, self._keys[header["kid"]]) or b"")
        return content

"""Access tokens: ours are believed while they are valid, nothing else ever is (T1 of the security reference)."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import Actor
from shared.tokens import (
    LEEWAY_SECONDS,
    MAXIMUM_LENGTH,
    MAXIMUM_LIFETIME,
    AccessClaims,
    InvalidToken,
    TokenVerifier,
    load_private_key,
    read_document,
    sign_access_token,
    sign_document,
)
from tests.unit.shared.forging import (
    ABSENT,
    LIFETIME_SECONDS,
    NOW,
    POLICY,
    encoded,
    header,
    hmac_signed,
    jws,
    other_key,
    our_key,
    payload,
    public,
    signed_by,
    with_a_bit_flipped,
)

CLAIMS = AccessClaims(
    Actor(account_id="account-1", session_id="session-1", roles=("member",), dossier_id="dossier-1"),
    issued_at=NOW,
    expires_at=NOW + timedelta(seconds=LIFETIME_SECONDS),
    token_id="token-1",
)
EXPIRES = CLAIMS.expires_at
LEEWAY = timedelta(seconds=LEEWAY_SECONDS)
SECOND = timedelta(seconds=1)


@cache
def verifier() -> TokenVerifier:
    return TokenVerifier((public(our_key()),), POLICY)


def verify(token: str, *, now: datetime = NOW) -> AccessClaims:
    return verifier().verify(token, now=now)


def assert_refused(token: str, *, now: datetime = NOW) -> None:
    with pytest.raises(InvalidToken) as refusal:
        verify(token, now=now)
    assert (refusal.value.code, refusal.value.params, str(refusal.value)) == ("token.invalid", {}, "token.invalid")


def test_what_was_signed_is_read_back():
    assert verify(sign_access_token(CLAIMS, our_key(), POLICY)) == CLAIMS


def test_a_token_without_dossier_is_read_back():
    actor = CLAIMS.actor.model_copy(update={"dossier_id": None, "roles": ("agent", "approver")})
    claims = replace(CLAIMS, actor=actor)
    assert verify(sign_access_token(claims, our_key(), POLICY)) == claims


@pytest.mark.req("LOG-6", "LOG-12", "DEL-8", "COV-3")
def test_everything_that_is_known_of_an_actor_is_read_back():
    actor = Actor(
        account_id="account-1",
        session_id="session-1",
        roles=("delegate",),
        dossier_id="dossier-1",
        features=("claims", "drugs"),
        provider_id="provider-1",
        services=("billing",),
        on_behalf_of="provider-1",
        restrictions=("terms",),
        scopes=("payments:read",),
        assurance="password+totp",
        language="en",
    )
    assert not [name for name, field in Actor.model_fields.items() if getattr(actor, name) == field.default]
    claims = replace(CLAIMS, actor=actor)
    assert verify(sign_access_token(claims, our_key(), POLICY)) == claims


def test_a_token_made_by_hand_to_the_same_rules_is_believed():
    """The forged tokens below differ from this one in one thing each."""
    assert verify(jws(header(), payload())) == CLAIMS


@pytest.mark.req("T1", "LOG-12")
def test_during_rotation_tokens_of_both_keys_are_believed():
    both = TokenVerifier((public(our_key()), public(other_key())), POLICY)
    for key in (our_key(), other_key()):
        assert both.verify(sign_access_token(CLAIMS, key, POLICY), now=NOW) == CLAIMS


@pytest.mark.req("T1")
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 0, ["RS256"], ABSENT])
def test_an_unsigned_token_is_refused(algorithm):
    for signature in (b"", b"anything"):
        assert_refused(jws(header(alg=algorithm), payload(), signature))
    assert_refused(jws(header(alg=algorithm), payload(), b"").removesuffix("."))


def public_key_encodings() -> list[bytes]:
    pem = public(our_key()).pem
    loaded = serialization.load_pem_public_key(pem.encode())
    der = loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return [pem.encode(), pem.strip().encode(), der, our_key().kid.encode(), b""]


@pytest.mark.req("T1")
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_public_key_is_no_shared_secret(algorithm):
    for secret in public_key_encodings():
        assert_refused(hmac_signed(secret, header(alg=algorithm), payload()))


@pytest.mark.req("T1")
@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_refused_even_with_our_key(algorithm):
    assert_refused(jws(header(alg=algorithm), payload()))


@pytest.mark.req("T1")
def test_another_key_is_refused_under_our_key_id_and_under_its_own():
    assert_refused(signed_by(other_key(), header(), payload()))
    assert_refused(signed_by(other_key(), header(kid=other_key().kid), payload()))


@pytest.mark.parametrize("kid", [ABSENT, None, "", "unknown", 5, [], {}, ["a"], "../../etc/passwd"])
def test_a_key_id_that_names_no_pinned_key_is_refused(kid):
    assert_refused(jws(header(kid=kid), payload()))


def headers_that_bring_a_key() -> list[dict[str, Any]]:
    theirs = public(other_key())
    return [
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"jwk": theirs.as_jwk()},
        {"x5c": [encoded(theirs.pem.encode())]},
    ]


@pytest.mark.req("T1")
@pytest.mark.parametrize("brought", headers_that_bring_a_key(), ids=lambda brought: next(iter(brought)))
def test_a_key_that_the_token_brings_along_decides_nothing(brought):
    for kid in (our_key().kid, other_key().kid):
        assert_refused(signed_by(other_key(), header(kid=kid, **brought), payload()))
    assert verify(jws(header(**brought), payload())) == CLAIMS


@pytest.mark.req("T1")
@pytest.mark.parametrize("value", [ABSENT, None], ids=["missing", "null"])
@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "iat", "exp", "jti", "typ", "roles", "lang", "acr"])
def test_every_claim_is_needed(name, value):
    if value is None and name in {"lang", "acr"}:
        value = ABSENT
    assert_refused(jws(header(), payload(**{name: value})))


@pytest.mark.req("T1")
@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": POLICY.issuer + "/"},
        {"iss": [POLICY.issuer]},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"aud": []},
        {"aud": {POLICY.audience: 1}},
        {"typ": "JWT"},
        {"typ": "refresh"},
        {"exp": "soon"},
        {"exp": [1]},
        {"iat": "yesterday"},
        {"nbf": "now"},
        {"nbf": None},
        {"exp": 10**30},
        {"exp": -(10**30)},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": float("-inf")},
        {"roles": 7},
    ],
    ids=str,
)
def test_a_claim_with_a_wrong_value_is_refused(wrong):
    assert_refused(jws(header(), payload(**wrong)))


@pytest.mark.req("T1")
@pytest.mark.parametrize(
    ("now", "valid"),
    [
        (NOW - LEEWAY - SECOND, False),
        (NOW - LEEWAY, True),
        (EXPIRES - SECOND, True),
        (EXPIRES + LEEWAY - SECOND, True),
        (EXPIRES + LEEWAY, False),
        (EXPIRES + timedelta(days=365), False),
    ],
)
def test_a_token_is_valid_from_issue_to_expiry_with_some_leeway(now, valid):
    token = jws(header(), payload())
    if valid:
        assert verify(token, now=now) == CLAIMS
    else:
        assert_refused(token, now=now)


@pytest.mark.req("T1")
def test_t1_the_leeway_is_a_minute_at_most_and_lengthens_no_token_at_the_edge_that_issued_it():
    assert timedelta(seconds=LEEWAY_SECONDS) <= timedelta(minutes=1)
    soon = int((NOW + timedelta(seconds=61)).timestamp())
    assert_refused(jws(header(), payload(nbf=soon)))
    assert_refused(jws(header(), payload(iat=soon, nbf=soon)))
    assert verify(jws(header(), payload(nbf=soon - 1))).actor == CLAIMS.actor


@pytest.mark.req("T1")
def test_t1_a_signed_document_is_no_access_token_and_an_access_token_no_document():
    key = our_key()
    document = sign_document({name: str(value) for name, value in payload().items()}, key, kind="audit-head")
    assert_refused(document)
    keys = (public(key),)
    assert read_document(document, keys, kind="audit-head")["sub"] == "account-1"
    for other, trusted, kind in (
        (sign_access_token(CLAIMS, key, POLICY), keys, "audit-head"),
        (document, keys, "another"),
        (document, (public(other_key()),), "audit-head"),
        (with_a_bit_flipped(document, segment=1, bit=40), keys, "audit-head"),
        (jws(header(alg="none", typ="audit-head"), {}, b""), keys, "audit-head"),
        ("nonsense", keys, "audit-head"),
    ):
        with pytest.raises(InvalidToken):
            read_document(other, trusted, kind=kind)


@pytest.mark.req("T1")
def test_a_token_is_not_valid_before_the_time_it_names():
    starts = NOW + timedelta(minutes=5)
    token = jws(header(), payload(nbf=int(starts.timestamp())))
    assert_refused(token, now=starts - LEEWAY - SECOND)
    assert verify(token, now=starts - LEEWAY) == CLAIMS


@pytest.mark.req("T1")
def test_a_token_that_lives_too_long_is_refused_however_young():
    longest = int((NOW + MAXIMUM_LIFETIME).timestamp())
    assert verify(jws(header(), payload(exp=longest))).expires_at == NOW + MAXIMUM_LIFETIME
    assert_refused(jws(header(), payload(exp=longest + 1)))


def test_an_oversized_token_is_refused_although_it_is_signed():
    fitting = jws(header(), payload(padding="x" * 1_000))
    assert verify(fitting) == CLAIMS
    oversized = jws(header(), payload(padding="x" * MAXIMUM_LENGTH))
    assert_refused(oversized)


@settings(deadline=None)
@given(segment=st.integers(0, 2), bit=st.integers(0, 10_000))
def test_a_token_with_one_bit_changed_is_refused(segment, bit):
    assert_refused(with_a_bit_flipped(jws(header(), payload()), segment=segment, bit=bit))


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(st.text(alphabet="eyJ-_.AQ", max_size=20), max_size=7).map(".".join)))
def test_text_that_is_no_token_is_refused(text):
    assert_refused(text)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"null", b'"RS256"', b"{", b"\xff\xfe", b'{"alg": "RS256"}', b"[" * 2_900, b'{"a":' * 580, b"1" * 2_900],
    ids=lambda content: content[:12].decode(errors="replace"),
)
def test_a_header_that_cannot_be_read_is_refused_like_any_other(content):
    token = f"{encoded(content)}.{encoded(b'{}')}.{encoded(b'signature')}"
    assert len(token) <= MAXIMUM_LENGTH
    assert_refused(token)


def test_a_key_keeps_its_id_over_a_restart_and_shows_only_its_public_half():
    again = load_private_key(our_key().pem)
    published = again.public().as_jwk()
    assert again == our_key()
    assert published["kid"] == our_key().kid == our_key().public().kid
    assert set(published) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (published["kty"], published["use"], published["alg"]) == ("RSA", "sig", "RS256")
    assert public(our_key()).as_jwk(use="enc")["alg"] == "RSA-OAEP-256"
    assert other_key().kid != our_key().kid

"""Sealed secrets: only the recipient opens them, for their purpose, while they are valid (J1-J4 of the reference)."""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jose import jwe

from shared.tokens import MAXIMUM_LENGTH, Binding, PrivateKey, SecretOpener, UnreadableSecret, seal
from tests.unit.shared.forging import (
    ABSENT,
    NOW,
    decoded,
    encoded,
    other_key,
    our_key,
    public,
    with_a_bit_flipped,
)

BINDING = Binding("code", "delivery-1")
EXPIRES = NOW + timedelta(minutes=10)
SECRET = "482 913"


def sealed(secret: str = SECRET, *, recipient: PrivateKey | None = None) -> str:
    return seal(secret, public(recipient or our_key()), binding=BINDING, expires_at=EXPIRES)


@cache
def opener() -> SecretOpener:
    return SecretOpener((our_key(),))


def opened(token: str, *, binding: Binding = BINDING, now: datetime = NOW) -> str:
    return opener().open(token, binding=binding, now=now)


def assert_unreadable(token: str, *, binding: Binding = BINDING, now: datetime = NOW) -> None:
    with pytest.raises(UnreadableSecret) as refusal:
        opened(token, binding=binding, now=now)
    assert (refusal.value.family, str(refusal.value), refusal.value.params) == ("rejected", "secret.unreadable", {})


def content(**overrides: Any) -> bytes:
    fields = {"secret": SECRET, "purpose": "code", "subject": "delivery-1", "exp": int(EXPIRES.timestamp())}
    return json.dumps({name: value for name, value in {**fields, **overrides}.items() if value is not ABSENT}).encode()


def made_by_hand(
    plain: bytes | None = None,
    *,
    key: PrivateKey | None = None,
    kid: str | None = None,
    algorithm: str = "RSA-OAEP-256",
    encryption: str = "A256GCM",
    compression: str | None = None,
) -> str:
    token: bytes = jwe.encrypt(
        content() if plain is None else plain,
        public(key or our_key()).pem,
        algorithm=algorithm,
        encryption=encryption,
        zip=compression,
        kid=kid or our_key().kid,
    )
    return token.decode()


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200))
def test_what_was_sealed_is_opened(secret):
    assert opened(sealed(secret)) == secret


def test_a_secret_sealed_by_hand_to_the_same_rules_is_opened():
    """The forged secrets below differ from this one in one thing each."""
    assert opened(made_by_hand()) == SECRET


@pytest.mark.req("MSG-3", "BNK-2")
def test_a_sealed_secret_shows_nothing_but_who_can_open_it():
    first, second = sealed(), sealed()
    header = json.loads(decoded(first.split(".")[0]))
    assert header == {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": our_key().kid}
    assert first.split(".")[1] != second.split(".")[1]
    assert first.split(".")[3] != second.split(".")[3]
    for token in (first, second):
        assert not any(SECRET.encode() in decoded(segment) for segment in token.split("."))


@pytest.mark.req("MSG-3", "J4")
def test_during_rotation_secrets_for_both_keys_are_opened():
    both = SecretOpener((our_key(), other_key()))
    for recipient in (our_key(), other_key()):
        assert both.open(sealed(recipient=recipient), binding=BINDING, now=NOW) == SECRET


@pytest.mark.req("MSG-3")
def test_a_secret_for_somebody_else_is_not_opened():
    assert_unreadable(sealed(recipient=other_key()))
    assert_unreadable(made_by_hand(key=other_key(), kid=our_key().kid))


@pytest.mark.req("MSG-3", "J2")
@pytest.mark.parametrize(
    "binding", [Binding("code", "delivery-2"), Binding("password", "delivery-1"), Binding("", ""), Binding("", "code")]
)
def test_a_secret_moved_to_another_message_is_not_opened(binding):
    assert_unreadable(sealed(), binding=binding)


@pytest.mark.parametrize(
    ("now", "readable"),
    [
        (EXPIRES - timedelta(milliseconds=1), True),
        (EXPIRES, False),
        (EXPIRES + timedelta(days=1), False),
    ],
)
def test_a_secret_is_opened_until_it_expires(now, readable):
    if readable:
        assert opened(sealed(), now=now) == SECRET
    else:
        assert_unreadable(sealed(), now=now)


@settings(deadline=None)
@given(segment=st.integers(0, 4), bit=st.integers(0, 10_000))
def test_a_secret_with_one_bit_changed_is_not_opened(segment, bit):
    assert_unreadable(with_a_bit_flipped(sealed(), segment=segment, bit=bit))


@pytest.mark.req("J3")
@pytest.mark.parametrize("algorithm", ["RSA1_5", "RSA-OAEP"])
def test_another_key_wrapping_is_refused(algorithm):
    assert_unreadable(made_by_hand(algorithm=algorithm))


@pytest.mark.parametrize("encryption", ["A128GCM", "A192GCM", "A256CBC-HS512"])
def test_another_content_encryption_is_refused(encryption):
    assert_unreadable(made_by_hand(encryption=encryption))


@pytest.mark.req("J3")
@pytest.mark.parametrize("algorithm", ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"])
def test_a_password_is_no_way_in(algorithm):
    """However many rounds the header asks for: nothing is computed for it."""
    head = {"alg": algorithm, "enc": "A256GCM", "kid": our_key().kid, "p2c": 2**31 - 1, "p2s": "c2FsdA"}
    assert_unreadable(".".join([encoded(json.dumps(head).encode()), *sealed().split(".")[1:]]))


@pytest.mark.req("J2", "J3")
@pytest.mark.parametrize("more", [{"zip": "DEF"}, {"typ": "other"}, {"crit": ["exp"]}, {"kid2": "x"}], ids=str)
def test_a_header_that_says_more_than_was_sealed_is_not_believed(more):
    head = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": our_key().kid} | more
    assert_unreadable(".".join([encoded(json.dumps(head).encode()), *sealed().split(".")[1:]]))


def test_a_shared_key_is_no_way_in():
    shared = jwe.encrypt(content(), b"x" * 32, algorithm="dir", encryption="A256GCM", kid=our_key().kid)
    assert_unreadable(shared.decode())


@pytest.mark.req("J3")
def test_compressed_content_is_refused_before_anything_is_unpacked():
    assert_unreadable(made_by_hand(compression="DEF"))
    assert_unreadable(made_by_hand(content(secret="x" * 100_000), compression="DEF"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": ABSENT},
        {"purpose": ABSENT},
        {"subject": ABSENT},
        {"exp": ABSENT},
        {"exp": None},
        {"exp": "later"},
        {"purpose": ["code"]},
        {"subject": None},
    ],
    ids=lambda wrong: "-".join(f"{name}={'absent' if value is ABSENT else value}" for name, value in wrong.items()),
)
def test_content_that_lacks_something_is_refused(wrong):
    assert_unreadable(made_by_hand(content(**wrong)))


@pytest.mark.parametrize("plain", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 500])
def test_content_that_cannot_be_read_is_refused(plain):
    assert_unreadable(made_by_hand(plain))


def test_an_oversized_secret_is_refused():
    assert_unreadable(sealed("x" * MAXIMUM_LENGTH))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RSA-OAEP-256", "enc": "A256GCM"},
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "unknown"},
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": ["a"]},
        {"enc": "A256GCM", "kid": "ours"},
        {"alg": "RSA-OAEP-256", "kid": "ours"},
        {},
        [],
        None,
    ],
    ids=str,
)
def test_a_header_without_the_agreed_algorithms_and_key_is_refused(header):
    named = {**header, "kid": our_key().kid} if isinstance(header, dict) and header.get("kid") == "ours" else header
    assert_unreadable(".".join([encoded(json.dumps(named).encode()), *sealed().split(".")[1:]]))


@pytest.mark.parametrize("token", ["", ".", "....", "a.b.c.d.e", "é" * 20, f"{encoded(b'[' * 2_900)}.a.b.c.d"])
def test_text_that_is_no_sealed_secret_is_refused(token):
    assert_unreadable(token)

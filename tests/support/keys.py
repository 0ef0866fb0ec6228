"""RSA keys for tests, made and read once per process: each takes OpenSSL tens of milliseconds, which hundreds of tests
would pay."""

from functools import cache

from shared.tokens import PrivateKey, PublicKey, SecretOpener, generate_key, load_private_key

read_once = cache(load_private_key)
"""``load_private_key`` that checks the same text once only."""


@cache
def key(owner: str) -> PrivateKey:
    """The key of a service, or of whoever a test names, for the whole run."""
    return generate_key()


@cache
def public(owner: str) -> PublicKey:
    """The half of it that others have."""
    return key(owner).public()


@cache
def opener(*owners: str) -> SecretOpener:
    """What opens secrets sealed for any of ``owners``."""
    return SecretOpener(tuple(key(owner) for owner in owners))

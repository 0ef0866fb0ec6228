"""Access tokens as an attacker would make them, through the HTTP API; and as a partner checks them."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from jose import jwt

from shared.tokens import PrivateKey, generate_key, load_private_key
from tests.support.world import Member, World

Claims = dict[str, Any]
REQUIRED = ("iss", "aud", "typ", "sub", "sid", "roles", "lang", "acr", "iat", "exp", "jti")


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    return await world.member()


@pytest.fixture(scope="module")
def signing_key(world: World) -> PrivateKey:
    """The edge's own key: what is refused below is refused for the one thing that is wrong with it."""
    return load_private_key(Path(world.stack.secrets.file("signing.private.pem")).read_text())


def genuine(member: Member) -> Claims:
    claims: Claims = jwt.get_unverified_claims(member.person.tokens["access_token"])
    return claims


def signed(claims: Claims, key: PrivateKey, **header: str) -> str:
    token: str = jwt.encode(claims, key.pem, algorithm="RS256", headers={"kid": key.kid, **header})
    return token


def encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode()


async def status_with(world: World, token: str) -> tuple[int, str | None]:
    answer = await world.http.get("/me", headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code")


@pytest.mark.req("LOG-12", "T1")
async def test_what_the_edge_did_not_sign_is_refused(world: World, member: Member, signing_key: PrivateKey) -> None:
    claims, foreign = genuine(member), generate_key()
    header, payload, signature = signed(claims, signing_key).split(".")
    public = signing_key.public().pem
    symmetric = jwt.encode(claims, base64.b64encode(public.encode()).decode(), algorithm="HS256")
    forged = {
        "alg none": f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': signing_key.kid})}.{payload}.",
        "alg none with a signature": f"{encoded({'alg': 'none', 'kid': signing_key.kid})}.{payload}.{signature}",
        "no signature": f"{header}.{payload}.",
        "foreign key under its own name": signed(claims, foreign),
        "foreign key under our name": signed(claims, foreign, kid=signing_key.kid),
        "key in the header": signed(claims, foreign, kid=signing_key.kid, jku="https://attacker.example/keys"),
        "public key as a shared secret": symmetric,
        "other payload": f"{header}.{encoded({**claims, 'roles': ['agent']})}.{signature}",
        "nonsense": "nonsense",
    }
    assert (await status_with(world, signed(claims, signing_key)))[0] == httpx.codes.OK
    answers = {name: await status_with(world, token) for name, token in forged.items()}
    assert answers == dict.fromkeys(forged, (httpx.codes.UNAUTHORIZED, "token.invalid"))


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def changed(**values: object) -> Callable[[Claims], Claims]:
    return lambda claims: claims | values


NOW = int(time.time())


@pytest.mark.req("LOG-12", "T1")
@pytest.mark.parametrize(
    "change",
    [
        *(pytest.param(without(name), id=f"without {name}") for name in REQUIRED),
        pytest.param(changed(aud="urn:acquit:bank"), id="other audience"),
        pytest.param(changed(iss="urn:other:edge"), id="other issuer"),
        pytest.param(changed(typ="refresh"), id="other type"),
        pytest.param(changed(iat=NOW - 3_600, exp=NOW - 3_000), id="expired"),
        pytest.param(changed(iat=NOW + 3_600, exp=NOW + 4_000), id="not yet valid"),
        pytest.param(changed(exp=NOW + 365 * 86_400), id="valid for a year"),
    ],
)
async def test_a_token_of_ours_with_wrong_claims_is_refused(
    world: World, member: Member, signing_key: PrivateKey, change: Callable[[Claims], Claims]
) -> None:
    assert await status_with(world, signed(change(genuine(member)), signing_key)) == (
        httpx.codes.UNAUTHORIZED,
        "token.invalid",
    )


@pytest.mark.req("LOG-12")
async def test_others_can_check_our_tokens_with_the_published_keys(world: World, member: Member) -> None:
    keys = (await world.http.get("/.well-known/jwks.json")).json()
    token = member.person.tokens["access_token"]
    claims = jwt.decode(token, keys, algorithms=["RS256"], audience="urn:acquit:api", issuer="urn:acquit:edge")
    assert claims["sub"] == member.account["account_id"]
    assert not any({"d", "p", "q"} & key.keys() for key in keys["keys"])

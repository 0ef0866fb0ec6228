"""Machine clients over HTTP: tokens as RFC 6749 has them, scopes on routes, secrets shown once (LOG-12)."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from services.edge.auth.access import Rule, Who
from services.edge.auth.errors import NoProvider, RoleRefused, ScopeMissing
from services.edge.language import Text
from services.edge.openapi import PROBLEM_JSON, document
from services.edge.problems import respond
from services.edge.routes.table import Relay
from services.edge.settings import Settings
from shared.clock import new_id
from shared.contracts import Actor, Done
from shared.contracts.edge import ActRecorded
from shared.contracts.identity.clients import (
    AuthenticateClient,
    ClientGrant,
    ClientView,
    CreateClient,
    DisableClient,
    GetOwnClient,
    RotateClientSecret,
)
from shared.contracts.payments import ListPayments, PaymentsPage
from shared.errors import Conflict, NotFound, Rejected, Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

pytestmark = pytest.mark.req("LOG-12")
CLIENT = "client-1"
SECRET = "kV9~ +%/é"
FORM = {"grant_type": "client_credentials"}


def grants(edge: Edge, *scopes: str, provider_id: str | None = "provider-1") -> None:
    edge.rpc.replies[AuthenticateClient] = ClientGrant(client_id=CLIENT, scopes=scopes, provider_id=provider_id)


def basic(client_id: str = CLIENT, secret: str = SECRET) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def asked(
    edge: Edge, form: Mapping[str, str] = FORM, headers: Mapping[str, str] = MappingProxyType({})
) -> httpx.Response:
    return await edge.client.post("/oauth/token", data=dict(form), headers=dict(headers))


def opened(sealed: str, client_id: str, edge: Edge) -> str:
    return keys.opener("identity").open(sealed, binding=Binding("client_secret", client_id), now=edge.clock())


@pytest.mark.parametrize("in_body", [False, True])
async def test_id_and_secret_in_header_or_body_give_a_token_for_ten_minutes(edge: Edge, *, in_body: bool) -> None:
    grants(edge, "payments:read", "claims:read")
    proof = {"client_id": CLIENT, "client_secret": SECRET} if in_body else {}
    answer = await asked(edge, FORM | proof | {"scope": "payments:read claims:read"}, {} if in_body else basic())

    assert (answer.status_code, answer.headers["cache-control"], answer.headers["pragma"]) == (
        200,
        "no-store",
        "no-cache",
    )
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "payments:read claims:read")
    actor = edge.backend.access.verify(body["access_token"]).actor
    assert (actor.account_id, actor.roles, actor.provider_id) == (CLIENT, ("client",), "provider-1")
    assert (actor.scopes, actor.services, actor.dossier_id) == (("payments:read", "claims:read"), (), None)
    [request] = edge.rpc.asked
    assert opened(request.message.secret, CLIENT, edge) == SECRET
    assert request.message.scopes == ("payments:read", "claims:read")


async def test_a_token_is_noted_for_the_audit_and_so_is_a_refusal_of_a_client_that_there_is(edge: Edge) -> None:
    grants(edge, "payments:read")
    await asked(edge, headers=basic())
    for known in (0, 1):
        edge.rpc.replies[AuthenticateClient] = Rejected("identity.client_refused", known=known)
        await asked(edge, headers=basic())
    acts = [event for event in edge.unit_of_work.events if isinstance(event, ActRecorded)]
    assert [(act.act, act.result, act.about) for act in acts] == [
        ("authn_token_created", "success", CLIENT),
        ("authn_login_fail", "failure", CLIENT),
    ]


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({"scope": "payments:read"}, basic(), 400, "invalid_request"),
        ({"grant_type": "password"}, basic(), 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, basic(), 400, "unsupported_grant_type"),
        (FORM | {"client_secret": SECRET, "client_id": CLIENT}, basic(), 400, "invalid_request"),
        (FORM | {"client_id": "another"}, basic(), 400, "invalid_request"),
        (FORM | {"scope": "everything"}, basic(), 400, "invalid_scope"),
        (FORM | {"scope": " ".join(f"s{number}" for number in range(30))}, basic(), 400, "invalid_scope"),
        (FORM, {}, 401, "invalid_client"),
        (FORM | {"client_id": CLIENT}, {}, 401, "invalid_client"),
        (FORM, {"authorization": "Bearer abc"}, 401, "invalid_client"),
        (FORM, {"authorization": "Basic !!"}, 401, "invalid_client"),
        (FORM, {"authorization": "Basic " + base64.b64encode(b"no colon").decode()}, 401, "invalid_client"),
        (FORM, {"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, 401, "invalid_client"),
        (FORM, basic(client_id="not an id!"), 401, "invalid_client"),
        (FORM, basic(client_id="x" * 65), 401, "invalid_client"),
    ],
)
async def test_errors_are_those_of_the_rfc_and_nothing_is_asked(
    edge: Edge, form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    answer = await asked(edge, form, headers)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.get("www-authenticate", "").startswith("Basic") is (status == 401)
    assert edge.rpc.asked == []


async def test_a_parameter_that_is_given_twice_is_refused(edge: Edge) -> None:
    headers = basic() | {"content-type": "application/x-www-form-urlencoded"}
    body = "grant_type=client_credentials&grant_type=client_credentials"
    answer = await edge.client.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    unreadable = await edge.client.post("/oauth/token", content=b"grant_type=\xff", headers=headers)
    assert (unreadable.status_code, unreadable.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("refusal", "status", "error"),
    [
        (Rejected("identity.client_refused", known=1), 401, "invalid_client"),
        (Rejected("identity.client_refused", known=0), 401, "invalid_client"),
        (Rejected("identity.scope_not_granted"), 400, "invalid_scope"),
        (Transient("bus.no_answer"), 503, "temporarily_unavailable"),
    ],
)
async def test_what_identity_says_is_told_in_the_words_of_the_rfc(
    edge: Edge, refusal: Any, status: int, error: str
) -> None:
    edge.rpc.replies[AuthenticateClient] = refusal
    answer = await asked(edge, headers=basic())
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("retry-after" in answer.headers) is (status == 503)


async def test_refusals_of_one_client_are_bounded_and_its_right_secret_is_not_held_up(edge: Edge) -> None:
    allowed = Settings.model_fields["client_refusals_per_five_minutes"].default
    edge.rpc.replies[AuthenticateClient] = Rejected("identity.client_refused", known=1)
    statuses = [(await asked(edge, headers=basic())).status_code for _ in range(allowed)]
    limited = await asked(edge, headers=basic())
    grants(edge, "payments:read")

    assert statuses == [401] * allowed
    assert (limited.status_code, limited.json()["error"]) == (429, "slow_down")
    assert 0 < int(limited.headers["retry-after"]) <= 300
    assert len(edge.unit_of_work.events) == allowed
    assert (await asked(edge, headers=basic())).status_code == 200


async def test_other_bodies_are_refused_before_anything_is_read(edge: Edge) -> None:
    answer = await edge.client.post("/oauth/token", json=FORM, headers=basic())
    assert (answer.status_code, answer.json()["code"]) == (415, "request.unsupported_media_type")
    large = await asked(edge, FORM | {"scope": "x" * 9_000}, basic())
    assert large.status_code == 413


def client(*scopes: str, provider_id: str | None = "provider-1") -> Actor:
    return Actor(account_id=CLIENT, session_id=new_id(), roles=("client",), provider_id=provider_id, scopes=scopes)


class TestRules:
    def test_a_route_without_a_scope_is_closed_to_clients(self) -> None:
        for who in Who:
            if who not in {Who.CLIENT, Who.PUBLIC}:
                with pytest.raises(RoleRefused):
                    Rule(who).check(client("payments:read"))

    def test_a_route_with_a_scope_takes_clients_that_have_it(self) -> None:
        rule = Rule(Who.PROVIDER, service="payments", scope="payments:read")
        rule.check(client("claims:read", "payments:read"))
        with pytest.raises(ScopeMissing):
            rule.check(client("claims:read"))
        with pytest.raises(NoProvider):
            rule.check(client("payments:read", provider_id=None))

    def test_a_scope_gives_people_nothing(self) -> None:
        person = Actor(account_id="a", session_id="s", roles=("member",), dossier_id="d", scopes=("payments:read",))
        with pytest.raises(RoleRefused):
            Rule(Who.PROVIDER, scope="payments:read").check(person)
        with pytest.raises(RoleRefused):
            Rule(Who.CLIENT).check(person)

    @pytest.mark.parametrize("who", [Who.PUBLIC, Who.MEMBER, Who.PROVIDER_ALONE, Who.CLIENT])
    def test_what_is_for_people_in_person_cannot_be_opened_to_clients(self, who: Who) -> None:
        with pytest.raises(TypeError):
            Rule(who, scope="payments:read")
        with pytest.raises(TypeError):
            Relay(
                method="GET",
                path="/x",
                who=who,
                tag="payments",
                summary=Text("x", "x"),
                message=ListPayments,
                answer=PaymentsPage,
                scope="payments:read",
            )


async def test_a_scope_that_is_missing_is_named_as_rfc_6750_has_it(edge: Edge) -> None:
    answer = respond(ScopeMissing("payments:read"), language="en")
    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="payments:read"' in answer.headers["www-authenticate"]


def made(message: CreateClient | RotateClientSecret) -> ClientView:
    return ClientView(
        client_id=message.client_id, name="Dentaplus", scopes=("claims:read",), created_at="2026-11-22T15:00:00Z"
    )


class TestManaging:
    async def test_a_secret_is_shown_once_and_travels_sealed(self, edge: Edge) -> None:
        edge.rpc.replies |= {CreateClient: made, RotateClientSecret: made}
        agent = edge.bearer(roles=("agent",))
        body = {"name": "Dentaplus", "scopes": ["claims:read"], "provider_id": "provider-1"}
        created = await edge.client.post("/administration/clients", json=body, headers=agent)
        client_id = created.json()["client_id"]
        path = f"/administration/clients/{client_id}/secrets"
        rotated = await edge.client.post(path, json={"overlap_hours": 2}, headers=agent)

        assert (created.status_code, rotated.status_code) == (201, 201)
        assert created.headers["location"] == f"/administration/clients/{client_id}"
        first, second = (each.json()["client_secret"] for each in (created, rotated))
        assert first != second
        assert len(base64.urlsafe_b64decode(first + "=")) == 32
        for request, secret in zip(edge.rpc.asked, (first, second), strict=True):
            assert secret not in request.message.model_dump_json()
            assert opened(request.message.secret, client_id, edge) == secret
        assert edge.rpc.asked[1].message.overlap_hours == 2

    async def test_scopes_that_there_are_not_are_refused(self, edge: Edge) -> None:
        body = {"name": "x", "scopes": ["everything"]}
        answer = await edge.client.post("/administration/clients", json=body, headers=edge.bearer(roles=("agent",)))
        assert answer.json()["errors"][0]["pointer"] == "#/scopes/0"
        assert edge.rpc.asked == []

    async def test_disabling_answers_with_nothing_or_what_is_wrong(self, edge: Edge) -> None:
        agent = edge.bearer(roles=("agent",))
        for reply, status in (
            (Done(), 204),
            (NotFound("identity.client_unknown"), 404),
            (Conflict("identity.client_changed"), 409),
        ):
            edge.rpc.replies[DisableClient] = reply
            answer = await edge.client.delete("/administration/clients/client-1", headers=agent)
            assert answer.status_code == status

    async def test_a_client_sees_itself_with_its_token(self, edge: Edge) -> None:
        grants(edge, "claims:read")
        token = (await asked(edge, headers=basic())).json()["access_token"]
        view = ClientView(client_id=CLIENT, name="Dentaplus", scopes=(), created_at="2026-11-22T15:00:00Z")
        edge.rpc.replies[GetOwnClient] = view
        headers = {"authorization": f"Bearer {token}"}
        own = await edge.client.get("/me/client", headers=headers)
        account = await edge.client.get("/me", headers=headers)

        assert own.json()["client_id"] == CLIENT
        assert (account.status_code, account.json()["code"]) == (403, "access.forbidden")
        assert edge.rpc.asked[-1].actor is not None
        assert edge.rpc.asked[-1].actor.account_id == CLIENT


def test_openapi_says_which_refusals_are_those_of_the_rfc() -> None:
    responses = document("en")["paths"]["/oauth/token"]["post"]["responses"]
    for status, media_type in (("400", "application/json"), ("401", "application/json"), ("415", PROBLEM_JSON)):
        assert list(responses[status]["content"]) == [media_type]
    assert "OAuthErrorAnswer" in document("en")["components"]["schemas"]


async def test_the_key_set_has_the_shape_of_rfc_7517_and_may_be_kept_five_minutes(edge: Edge) -> None:
    answer = await edge.client.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert all(set(key[name]) <= set(base64.urlsafe_b64encode(bytes(range(256))).decode()) - {"="} for name in "ne")
    assert answer.headers["cache-control"] == "public, max-age=300"

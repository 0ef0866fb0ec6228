"""Every route for every kind of caller (A3, authorisation sweep): whoever the rule does not name gets 401 or 403 and
nothing is asked of any service; whoever it names is let in.

Routes come from the table: a new row is swept without being mentioned here. What a rule means is said here a second
time, in plain sets, so that a mistake in ``Rule.check`` shows. Whether an *object* is the caller's is for its service
to decide: see ``tests/journeys/test_other_peoples_objects.py``.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, Final, get_args
from unittest.mock import patch

import pytest
from starlette.types import Message, Scope

from services.edge.asgi import EdgeApi
from services.edge.auth.access import Rule, Who
from services.edge.routes import TABLE
from services.edge.routes.table import Row
from shared.clock import new_id
from shared.contracts import Actor, Command, Query
from shared.contracts.identity import ONLINE_SERVICES, Restriction
from shared.contracts.identity.clients import SCOPES
from shared.errors import NotFound
from tests.support.edge_api import Edge, code_in, running_edge
from tests.support.edge_memory import Reply

FEATURES: Final = frozenset(row.feature for row in TABLE if row.feature is not None)
RESTRICTIONS: Final[tuple[Restriction, ...]] = get_args(Restriction)
CODES_OF_REFUSAL: Final = ("access.", "token.", "session.")


def person(*roles: str, **values: Any) -> Actor:
    return Actor(account_id=new_id(), session_id=new_id(), roles=roles, **values)


def personas() -> Iterator[tuple[str, Actor]]:
    """Everybody who may come along, by name."""
    member: dict[str, Any] = {"dossier_id": "dossier-1", "features": tuple(sorted(FEATURES))}
    provider: dict[str, Any] = {"provider_id": "provider-1", "services": ONLINE_SERVICES}
    yield "member", person("member", **member)
    yield "member without features", person("member", dossier_id="dossier-1")
    yield "member without dossier", person("member")
    yield "provider", person("provider", **provider)
    yield "provider without number", person("provider")
    yield "delegate without grant", person("delegate")
    for service in ONLINE_SERVICES:
        acting = {"provider_id": "provider-2", "services": (service,), "on_behalf_of": "provider-2"}
        yield f"delegate for {service}", person("delegate", **acting)
    yield "member and provider", person("member", "provider", **member, **provider)
    yield "member and delegate without grant", person("member", "delegate", **member)
    yield "delegate for everything", person("delegate", **provider, on_behalf_of="provider-1")
    yield "agent", person("agent")
    yield "somebody without a role", person()
    yield "client without scope", person("client", provider_id="provider-1")
    for scope in SCOPES:
        yield f"client with {scope}", person("client", provider_id="provider-1", scopes=(scope,))
    yield "client of the insurer", person("client", scopes=SCOPES)
    for restriction in RESTRICTIONS:
        yield f"member with {restriction}", person("member", **member, restrictions=(restriction,))
        yield f"provider with {restriction}", person("provider", **provider, restrictions=(restriction,))
        yield f"agent with {restriction}", person("agent", restrictions=(restriction,))
    yield "provider with all restrictions", person("provider", **provider, restrictions=RESTRICTIONS)


def may(row: Row, actor: Actor) -> bool:
    """What the table promises, said a second time."""
    roles = set(actor.roles)
    if row.who is Who.PUBLIC:
        return True
    if set(actor.restrictions) - row.despite:
        return False
    if "client" in roles:
        if row.who is Who.CLIENT:
            return True
        of_provider = row.who not in {Who.PROVIDER, Who.CLAIMANT} or actor.provider_id is not None
        return row.scope is not None and row.scope in actor.scopes and of_provider
    has_service = row.service is None or row.service in actor.services
    has_feature = row.feature is None or row.feature in actor.features
    as_member = "member" in roles and actor.dossier_id is not None and has_feature
    as_provider = bool(roles & {"provider", "delegate"}) and actor.provider_id is not None and has_service
    return {
        Who.SIGNED_IN: True,
        Who.MEMBER: as_member,
        Who.PROVIDER: as_provider,
        Who.CLAIMANT: as_member or as_provider,
        Who.PROVIDER_ALONE: "provider" in roles
        and actor.provider_id is not None
        and actor.on_behalf_of is None
        and has_service,
        Who.AGENT: "agent" in roles,
        Who.CLIENT: False,
    }[row.who]


def url(row: Row) -> str:
    return row.path.format(**dict.fromkeys(row.path_parameters, "something"))


class EverythingIsUnknown(dict[type[Command] | type[Query], Reply]):
    """Services that know nothing: whoever is let in reads 404, or is told what is wrong with the request."""

    def __missing__(self, _key: object) -> Reply:
        return NotFound("sweep.let_in")


PERSONAS: Final = dict(personas())


class Swept:
    """An edge for the whole sweep. Requests go to the application as ASGI messages, without a client: there are
    thousands, and each caller's token is signed once and shown at every route.
    """

    def __init__(self, edge: Edge) -> None:
        edge.rpc.replies = EverythingIsUnknown()
        self._edge = edge
        self._app = EdgeApi(edge.backend, ids=new_id)
        expires_at = edge.clock() + timedelta(minutes=10)
        issue = edge.backend.access.issue
        self._tokens = {name: issue(actor, expires_at=expires_at) for name, actor in PERSONAS.items()}

    async def refused(self, row: Row, persona: str | None) -> tuple[int, str] | None:
        """Status and code, if the caller was not let in; checks that then nothing was asked or published."""
        before = self._seen()
        status, body = await self._request(row, None if persona is None else self._tokens[persona])
        if status not in {401, 403}:
            return None
        code = code_in(json.loads(body))
        if not code.startswith(CODES_OF_REFUSAL) or code == "session.ended":
            return None  # let in, and then the route looked for the session, which only the token knows here
        assert self._seen() == before, f"{row.name} asked or published before it refused {persona}"
        return status, code

    def _seen(self) -> tuple[int, int]:
        return len(self._edge.rpc.asked), len(self._edge.publisher.published)

    async def _request(self, row: Row, token: str | None) -> tuple[int, bytes]:
        sent: list[Message] = []
        path = url(row)
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": row.method,
            "scheme": "http",
            "server": ("edge", 80),
            "client": ("127.0.0.1", 1),
            "root_path": "",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [] if token is None else [(b"authorization", f"Bearer {token}".encode())],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture(scope="module")
async def swept() -> AsyncIterator[Swept]:
    async with running_edge() as edge:
        yield Swept(edge)


@pytest.mark.wide
@pytest.mark.req("LOG-12", "DEL-2", "DEL-8", "BNK-6", "COV-3", "B6", "R7")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_the_rule_of_a_route_holds_for_everybody(swept: Swept, row: Row) -> None:
    nobody = await swept.refused(row, None)
    assert (nobody is None) == (row.who is Who.PUBLIC)
    assert nobody in {None, (401, "token.missing")}
    for name, actor in PERSONAS.items():
        refusal = await swept.refused(row, name)
        assert (refusal is None) == may(row, actor), f"{name}: {refusal}"
        assert refusal is None or refusal[0] == 403, name


def test_the_sweep_knows_every_kind_of_rule() -> None:
    """Every role, service, feature, restriction and scope that a row may ask for is somebody's and somebody's not."""
    for who in Who:
        row = next((row for row in TABLE if row.who is who), None)
        if row is not None:
            admitted = {name for name, actor in PERSONAS.items() if may(row, actor)}
            assert admitted, who
            assert who is Who.PUBLIC or admitted != set(PERSONAS), who


@pytest.mark.parametrize(
    "who", sorted({row.who for row in TABLE if row.method == "GET"} - {Who.PUBLIC}, key=str), ids=lambda who: who.value
)
async def test_a_hole_in_a_rule_is_found(swept: Swept, who: Who) -> None:
    """The sweep can fail: with a rule that lets everybody in, what happens is not what the table promises."""
    row = next(row for row in TABLE if row.who is who and row.method == "GET")
    with patch.object(Rule, "check", lambda _rule, _actor: None):
        found = [
            name for name, actor in PERSONAS.items() if (await swept.refused(row, name) is None) != may(row, actor)
        ]
    assert found

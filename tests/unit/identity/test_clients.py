"""Machine clients: who may ask for what, while secrets are replaced, and after the end (LOG-12)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.identity.domain.errors import AgentsOnlyError
from services.identity.domain.safeguard_errors import ClientRefusedError, ClientUnknownError, ScopeNotGrantedError
from services.identity.handlers import clients as handlers
from shared.clock import new_id
from shared.contracts import Actor, Command, Query
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.clients import (
    SCOPE_WORDS,
    SCOPES,
    AuthenticateClient,
    ClientGrant,
    ClientView,
    CreateClient,
    DisableClient,
    GetOwnClient,
    ListClients,
    RotateClientSecret,
)
from shared.outbox import Work
from shared.tokens import Binding, UnreadableSecret, seal
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_audit_memory import MemoryClients

pytestmark = pytest.mark.req("LOG-12")
OTHER_SECRET = "another secret of 256 random bits"
SECRET = "a secret of 256 random bits"
HOUR = timedelta(hours=1)


def sealed(secret: str, client_id: str) -> str:
    expires_at = build.NOW + timedelta(days=3_650)
    return seal(secret, keys.public("identity"), binding=Binding("client_secret", client_id), expires_at=expires_at)


@dataclass
class Desk:
    """The use cases on clients in memory, with a clock that tests move."""

    clients: MemoryClients = field(default_factory=MemoryClients)
    now: datetime = build.NOW
    works: list[Work] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    @property
    def secrets(self) -> handlers.ClientSecrets:
        return handlers.ClientSecrets(keys.opener("identity"), b"pepper" * 8, clock=self.clock)

    async def create(self, *, actor: Actor | None = None, **overrides: Any) -> ClientView:
        client_id = overrides.pop("client_id", new_id())
        values: dict[str, Any] = {"name": "Dentaplus", "scopes": ("payments:read", "claims:read"), "provider_id": "p-1"}
        message = CreateClient(client_id=client_id, secret=sealed(SECRET, client_id), **(values | overrides))
        received = build.received(message, actor or build.agent())
        self.works.append(build.work_for(received))
        return await handlers.create_client(
            received, self.works[-1], clients=self.clients, secrets=self.secrets, clock=self.clock
        )

    async def rotate(self, client_id: str, *, secret: str = OTHER_SECRET, overlap_hours: int = 24) -> ClientView:
        message = RotateClientSecret(client_id=client_id, secret=sealed(secret, client_id), overlap_hours=overlap_hours)
        received = build.received(message, build.agent())
        self.works.append(build.work_for(received))
        return await handlers.rotate_client_secret(
            received, self.works[-1], clients=self.clients, secrets=self.secrets, clock=self.clock
        )

    async def disable(self, client_id: str) -> None:
        received = build.received(DisableClient(client_id=client_id), build.agent())
        self.works.append(build.work_for(received))
        await handlers.disable_client(received, self.works[-1], clients=self.clients, clock=self.clock)

    async def authenticate(self, client_id: str, secret: str = SECRET, *scopes: str) -> ClientGrant:
        message = AuthenticateClient(client_id=client_id, secret=sealed(secret, client_id), scopes=scopes)
        return await handlers.authenticate_client(
            build.received(message), clients=self.clients, secrets=self.secrets, clock=self.clock
        )

    async def accepts(self, client_id: str, secret: str) -> bool:
        try:
            await self.authenticate(client_id, secret)
        except ClientRefusedError:
            return False
        return True


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_client_gets_all_its_scopes_or_those_that_it_asks_for(desk: Desk) -> None:
    client = await desk.create()
    everything = await desk.authenticate(client.client_id)
    assert (everything.scopes, everything.provider_id) == (("payments:read", "claims:read"), "p-1")
    assert (await desk.authenticate(client.client_id, SECRET, "claims:read")).scopes == ("claims:read",)
    with pytest.raises(ScopeNotGrantedError):
        await desk.authenticate(client.client_id, SECRET, "claims:read", "claims:submit")


async def test_unknown_clients_wrong_secrets_and_disabled_clients_are_refused_alike(desk: Desk) -> None:
    client = await desk.create()
    assert not await desk.accepts(client.client_id, "wrong")
    assert not await desk.accepts(new_id(), SECRET)
    await desk.disable(client.client_id)
    assert not await desk.accepts(client.client_id, SECRET)


async def test_neither_the_secret_nor_a_plain_hash_of_it_is_kept(desk: Desk) -> None:
    client = await desk.create()
    kept = await desk.clients.get(client.client_id)
    assert kept is not None
    assert SECRET not in repr(kept)
    other = handlers.ClientSecrets(keys.opener("identity"), b"another pepper" * 3, clock=desk.clock)
    assert other.digest(sealed(SECRET, client.client_id), client.client_id) != kept.secrets[0].digest


async def test_two_secrets_count_while_one_replaces_the_other(desk: Desk) -> None:
    client_id = (await desk.create()).client_id
    await desk.rotate(client_id, overlap_hours=24)
    for moment, old in ((HOUR, True), (timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False)):
        desk.now = build.NOW + moment
        assert await desk.accepts(client_id, SECRET) is old
        assert await desk.accepts(client_id, OTHER_SECRET)


async def test_a_third_secret_ends_the_first_and_an_overlap_is_never_lengthened(desk: Desk) -> None:
    client_id = (await desk.create()).client_id
    await desk.rotate(client_id, overlap_hours=1)
    view = await desk.rotate(client_id, secret="a third one", overlap_hours=168)
    assert [await desk.accepts(client_id, each) for each in (SECRET, OTHER_SECRET, "a third one")] == [
        False,
        True,
        True,
    ]
    assert len(view.secrets) == 2
    await desk.rotate(client_id, secret="a fourth one", overlap_hours=0)
    assert [await desk.accepts(client_id, each) for each in (OTHER_SECRET, "a third one", "a fourth one")] == [
        False,
        False,
        True,
    ]


async def test_disabling_ends_tokens_too_once_and_is_noted(desk: Desk) -> None:
    client = await desk.create()
    await desk.disable(client.client_id)
    await desk.disable(client.client_id)
    first, second = desk.works[-2:]
    (changed,) = build.told(first)
    assert changed == AccessChanged(account_id=client.client_id, changed_at=desk.now, end_sessions=True)
    assert [act.act for act in build.acts(first)] == ["client_disabled"]
    assert second.events == []
    with pytest.raises(ClientUnknownError):
        await desk.rotate(client.client_id)


async def test_making_a_client_twice_under_one_id_makes_one(desk: Desk) -> None:
    first = await desk.create()
    assert await desk.create(client_id=first.client_id, name="another name") == first
    (noted,) = build.acts(desk.works[0])
    assert (noted.act, noted.about) == ("client_created", "p-1")
    assert build.acts(desk.works[1]) == []


async def test_a_secret_that_was_sealed_for_another_client_is_not_opened(desk: Desk) -> None:
    message = AuthenticateClient(client_id=new_id(), secret=sealed(SECRET, "another"))
    with pytest.raises(UnreadableSecret):
        await handlers.authenticate_client(
            build.received(message), clients=desk.clients, secrets=desk.secrets, clock=desk.clock
        )


@pytest.mark.parametrize(
    "attempt",
    [
        lambda desk, actor: desk.create(actor=actor),
        lambda desk, actor: handlers.list_clients(build.received(ListClients(), actor), clients=desk.clients),
    ],
)
async def test_only_agents_manage_clients(desk: Desk, attempt: Callable[[Desk, Actor], Awaitable[object]]) -> None:
    with pytest.raises(AgentsOnlyError):
        await attempt(desk, build.member_actor("dossier-1"))


async def test_agents_list_all_and_a_client_sees_itself(desk: Desk) -> None:
    client = await desk.create()
    listed = await handlers.list_clients(build.received(ListClients(), build.agent()), clients=desk.clients)
    assert listed.clients == (client,)
    own = Actor(account_id=client.client_id, session_id="s", roles=("client",))
    assert await handlers.get_own_client(build.received(GetOwnClient(), own), clients=desk.clients) == client
    with pytest.raises(ClientUnknownError):
        await handlers.get_own_client(build.received(GetOwnClient(), build.agent()), clients=desk.clients)


def test_every_scope_has_words_in_both_languages() -> None:
    assert set(SCOPE_WORDS) == set(SCOPES)
    assert all(french != english for french, english in SCOPE_WORDS.values())


def test_managing_is_commanded_and_reading_is_asked() -> None:
    assert all(issubclass(each, Command) for each in (CreateClient, RotateClientSecret, DisableClient))
    assert all(issubclass(each, Query) for each in (ListClients, GetOwnClient, AuthenticateClient))

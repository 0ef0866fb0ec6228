"""Machine clients on the running system: made by an agent or an operator, renewed without a gap, ended at once."""

import subprocess
import sys

import httpx
import pytest

from deploy.demo.client import Json
from deploy.local.environment import PROJECT
from tests.support.waiting import eventually
from tests.support.world import World

pytestmark = pytest.mark.req("LOG-12")


async def made(world: World, *scopes: str) -> Json:
    agent = await world.agent()
    return await agent.post("/administration/clients", {"name": "Dentaplus", "scopes": list(scopes)})


async def token(world: World, client_id: str, secret: str, **more: str) -> httpx.Response:
    form = {"grant_type": "client_credentials"} | more
    return await world.http.post("/oauth/token", data=form, auth=(client_id, secret))


async def test_a_client_gets_a_token_sees_itself_and_nothing_that_is_not_in_its_scopes(world: World) -> None:
    client = await made(world, "payments:read", "claims:read")
    answer = await token(world, client["client_id"], client["client_secret"], scope="claims:read")
    assert (answer.status_code, answer.json()["scope"]) == (200, "claims:read")
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    own = (await world.http.get("/me/client", headers=headers)).json()
    assert (own["client_id"], own["scopes"]) == (client["client_id"], ["payments:read", "claims:read"])
    assert "client_secret" not in own
    for path in ("/me", "/claims", "/payments", "/acts", "/administration/audit", "/direct-deposit"):
        assert (await world.http.get(path, headers=headers)).status_code == 403, path
    beyond = await token(world, client["client_id"], client["client_secret"], scope="claims:submit")
    assert (beyond.status_code, beyond.json()["error"]) == (400, "invalid_scope")


async def test_a_secret_is_replaced_without_a_gap_and_a_disabled_client_gets_nothing_more(world: World) -> None:
    client, agent = await made(world, "events:read"), await world.agent()
    client_id, first = client["client_id"], client["client_secret"]
    path = f"/administration/clients/{client_id}"
    second = (await agent.post(f"{path}/secrets", {"overlap_hours": 1}))["client_secret"]
    assert [(await token(world, client_id, each)).status_code for each in (first, second)] == [200, 200]
    third = (await agent.post(f"{path}/secrets", {"overlap_hours": 0}))["client_secret"]
    statuses = [(await token(world, client_id, each)).status_code for each in (first, second, third)]
    assert statuses == [401, 401, 200]

    ended = await world.http.delete(path, headers=agent.headers())
    assert ended.status_code == 204
    refused = await token(world, client_id, third)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    listed = (await agent.get("/administration/clients"))["clients"]
    (kept,) = [each for each in listed if each["client_id"] == client_id]
    assert kept["disabled_at"] is not None
    assert kept["secrets"] == []

    async def noted() -> bool:
        answer = await agent.get(f"/administration/audit?about={client_id}&limit=100")
        names = [each["act"] for each in answer["acts"]]
        return {"client_created", "client_updated", "client_disabled", "authn_token_created"} <= set(names)

    await eventually(noted, "what was done with the client is recorded")


def command(world: World, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "services.identity.clients", *arguments],
        env=world.stack.environment("identity"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


async def test_an_operator_does_the_same_from_the_command_line(world: World) -> None:
    client_id, first = command(world, "add", "Grand livre", "--scope", "events:read", "--scope", "payments:read")
    assert (await token(world, client_id, first)).json()["scope"] == "events:read payments:read"
    (second,) = command(world, "rotate", client_id, "--overlap-hours", "0")
    assert [(await token(world, client_id, each)).status_code for each in (first, second)] == [401, 200]
    assert command(world, "disable", client_id) == []
    assert (await token(world, client_id, second)).status_code == 401

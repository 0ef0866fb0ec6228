"""A canary scan: secrets that the test knows go through the whole system, and are then looked for everywhere."""

import base64

import httpx
import pytest

from deploy.demo.client import code_in
from tests.support.canaries import (
    Canaries,
    leaks_in_databases,
    leaks_in_files,
    leaks_in_logs,
    leaks_in_queues,
    logs,
    seen_in_databases,
    seen_in_files,
)
from tests.support.world import Dossier, Member, World, claim_body


@pytest.fixture(scope="module")
async def canaries(world: World) -> Canaries:
    """The secrets of a member who went all the way, with typing errors on the way."""
    dossier = Dossier()
    await world.load(dossier)
    person = world.visitor()
    started = await person.start_registration(dossier.facts)
    registration_code = await person.code_with_reference(started["code"]["reference"])
    confirmation = f"/enrolments/{started['enrolment_id']}/code"
    account = (await person.post(confirmation, {"code": registration_code}))["account"]
    mistyped = world.visitor().password
    await world.http.post("/sign-in", json={"user_name": person.email, "password": mistyped})
    await person.sign_in()
    sign_in_code = code_in(await world.mailbox.wait_for(person.email, subject_contains="connexion"))
    persons = [one["person_id"] for one in (await person.get("/persons"))["persons"]]
    member = Member(dossier, person, account, persons)
    rejected_account = "98765432109876"
    boxes = {"transit": "30123", "institution": "002", "account": rejected_account}
    refused = await world.http.put("/direct-deposit", json=boxes, headers=person.headers())
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    account_number = await member.enrol()
    await member.decided(await member.submit(claim_body(persons[0])))
    await world.payable(member)
    await world.settled((await world.close_run())["run_id"])
    client_secret, client_token = await a_machine_client(world)
    return Canaries(
        secrets={
            "password": person.password,
            "mistyped password": mistyped,
            "account number": account_number,
            "rejected account number": rejected_account,
            "access token": person.tokens["access_token"],
            "refresh token": person.tokens["refresh_token"],
            "client secret": client_secret,
            "client token": client_token,
        },
        codes={"registration code": registration_code, "sign-in code": sign_in_code},
        visible=person.email,
    )


async def a_machine_client(world: World) -> tuple[str, str]:
    """The secret and the token of a client that asked for one."""
    agent = await world.agent()
    made = await agent.post("/administration/clients", {"name": "Dentaplus", "scopes": ["payments:read"]})
    form = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    answer = await world.http.post("/oauth/token", data=form)
    assert answer.status_code == httpx.codes.OK
    return made["client_secret"], answer.json()["access_token"]


@pytest.mark.req("BNK-2", "MSG-3", "OPS-7", "J6", "L8", "U4")
async def test_no_secret_is_in_any_database(world: World, canaries: Canaries) -> None:
    assert leaks_in_databases(world, canaries) == {}
    assert seen_in_databases(world, canaries) == {"identity", "notification"}


@pytest.mark.req("BNK-2", "MSG-3", "J6", "L8")
async def test_no_secret_is_in_any_log(world: World, canaries: Canaries) -> None:
    written = logs(world)
    assert {f"{name}.log" for name in world.stack.services} <= written.keys()
    assert leaks_in_logs(world, canaries) == {}
    assert not [name for name, content in written.items() if canaries.sees(content) and name != "mail.log"]


@pytest.mark.req("BNK-2", "MSG-3", "J6")
async def test_no_secret_is_in_any_file_of_mongodb_and_rabbitmq(world: World, canaries: Canaries) -> None:
    assert leaks_in_files(world, canaries) == {}
    assert seen_in_files(world, canaries) >= {"mongodb", "rabbitmq"}


@pytest.mark.req("BNK-2", "MSG-3", "J6")
async def test_no_secret_waits_in_any_queue_or_dead_letter(world: World, canaries: Canaries) -> None:
    assert await leaks_in_queues(world, canaries) == {}


@pytest.mark.req("BNK-2")
async def test_the_scan_finds_what_is_there(world: World, canaries: Canaries) -> None:
    for name, secret in canaries.secrets.items():
        wrapped = base64.b64encode(f'{{"account": "{secret}"}}'.encode())
        assert canaries.found_in(b"noise " + secret.encode() + b" noise") == [name]
        assert canaries.found_in(wrapped) == [name]
    for name, code in canaries.codes.items():
        assert name in canaries.found_in(f'{{"code":"{code}"}}'.encode())
        assert canaries.found_in(f"2026-11-22T10:00:00.{code}Z".encode()) == []
    account = canaries.secrets["account number"].encode()
    assert any(account in path.read_bytes() for path in world.stack.folders.bank_outbox.glob("*.txt"))

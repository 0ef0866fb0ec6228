"""A canary scan: secrets that the test knows go through the whole system, and are then looked for everywhere."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from bson import encode

from deploy.demo.client import code_in
from tests.faults.harm import local_servers
from tests.support.world import Dossier, Member, World, claim_body

SECRET_FOLDERS = ("mail", "secrets", "bank")
"""Codes are in mails, account numbers in the file for the bank: that is where they belong."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """Secrets by name, and something that is no secret and must be found, or the scan is blind."""

    secrets: dict[str, str]
    codes: dict[str, str]
    visible: str

    def found_in(self, content: bytes) -> list[str]:
        """The names of the secrets that are in ``content``, in any usual way of writing them."""
        found = [name for name, value in self.secrets.items() if any(form in content for form in forms_of(value))]
        found += [name for name, code in self.codes.items() if contains_code(content, code)]
        return found


def forms_of(secret: str) -> list[bytes]:
    """The secret as text, as UTF-16, as hexadecimal digits, and as base64 at any offset."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"x" * shift + raw) for shift in range(3)]
    inner = [encoded[4:-4] for encoded in shifted]
    return [raw, secret.encode("utf-16-le"), raw.hex().encode(), *inner]


def contains_code(content: bytes, code: str) -> bool:
    """Six digits by themselves: not within a longer number, a decimal fraction or a name."""
    digits = code.encode()
    alone = rb"(?<![0-9A-Za-z.,_-])" + digits + rb"(?![0-9A-Za-z._-])"
    return digits in content and re.search(alone, content) is not None


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
    return Canaries(
        secrets={
            "password": person.password,
            "mistyped password": mistyped,
            "account number": account_number,
            "rejected account number": rejected_account,
            "access token": person.tokens["access_token"],
            "refresh token": person.tokens["refresh_token"],
        },
        codes={"registration code": registration_code, "sign-in code": sign_in_code},
        visible=person.email,
    )


@pytest.mark.req("BNK-2", "MSG-3", "J6", "L8")
async def test_no_secret_is_in_any_database(world: World, canaries: Canaries) -> None:
    leaks = {
        (service, collection): found
        for service, collection, content in documents(world)
        if (found := canaries.found_in(content))
    }
    assert leaks == {}
    holders = {service for service, _, content in documents(world) if canaries.visible.encode() in content}
    assert holders == {"identity", "notification"}


def documents(world: World) -> Iterator[tuple[str, str, bytes]]:
    """Every document of every service, as stored: message logs, challenges and key vaults included."""
    for service in world.databases():
        database = world.database(service)
        for collection in database.list_collection_names():
            for document in database[collection].find():
                yield service, collection, encode(document)


@pytest.mark.req("BNK-2", "MSG-3", "J6", "L8")
async def test_no_secret_is_in_any_log(world: World, canaries: Canaries) -> None:
    logs = {path.name: path.read_bytes() for path in world.stack.supervisor.logs.glob("*.log")}
    assert {f"{name}.log" for name in world.stack.services} <= logs.keys()
    assert {name: found for name, content in logs.items() if (found := canaries.found_in(content))} == {}
    assert not [name for name, content in logs.items() if canaries.visible.encode() in content and name != "mail.log"]


@pytest.mark.req("BNK-2", "MSG-3", "J6")
async def test_no_secret_is_in_any_file_of_mongodb_and_rabbitmq(world: World, canaries: Canaries) -> None:
    root = local_servers(world.stack).root
    world.database("admin").command("fsync")
    contents = {path: path.read_bytes() for path in data_files(root)}
    leaks = {str(path): found for path, content in contents.items() if (found := canaries.found_in(content))}
    assert leaks == {}
    seen = {
        path.relative_to(root).parts[0] for path, content in contents.items() if canaries.visible.encode() in content
    }
    assert seen >= {"mongodb", "rabbitmq"}


def data_files(root: Path) -> Iterator[Path]:
    """What the system left on disk, without the places where a secret belongs."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.relative_to(root).parts[0] not in SECRET_FOLDERS:
            yield path


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

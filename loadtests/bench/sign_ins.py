"""Sign-ins under measurement: accounts to sign in with, and the two steps as a browser and a mailbox take them."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aio_pika
import httpx

from deploy.local.stack import Stack
from loadtests.bench import http_load
from services.edge.auth.codes import challenge_key
from services.identity.domain.accounts import MEMBER, Account
from services.identity.hashing import PasswordHashing
from services.identity.storage.accounts import ACCOUNTS, MongoAccounts
from services.notification.routes import SEND_CODE
from shared.contracts.notification import SendCode
from shared.mongo import opened
from shared.settings import read_text
from shared.tokens import Binding, SecretOpener, load_private_key

PASSWORD: Final = "Mesure-de-Connexion-26"  # noqa: S105 - of invented members on this machine
CODE_SECONDS: Final = 30.0
BUSY: Final = (429, 503)
Options = dict[str, Any]


def user_name(number: int) -> str:
    """Of the n-th account."""
    return f"bench-{number}@example.org"


class Accounts:
    """Accounts with the same password in identity's database. Each signs in once, so that no limit of its own is met.

    ``database`` is identity's, as its administrator sees it.
    """

    def __init__(self, stack: Stack, database: Any, *, count: int) -> None:
        self._stack = stack
        self._next = 0
        pepper = read_text(Path(stack.secrets.file("identity.pepper"))).encode()
        asyncio.run(_add_one(stack.servers.mongodb_admin_url, pepper))
        document = database[ACCOUNTS].find_one({"user_name": user_name(0)})
        copies = [
            {**document, "_id": f"bench-account-{n}", "user_name_key": name, "user_name": name, "email": name}
            for n, name in ((n, user_name(n)) for n in range(1, count))
        ]
        database[ACCOUNTS].insert_many(copies)

    def next(self, count: int) -> Options:
        """What a worker needs to sign the next ``count`` of them in."""
        first, self._next = self._next, self._next + count
        key = self._stack.secrets.file("notification.private.pem")
        return {"port": self._stack.http_port, "notification_key": key, "first": first, "count": count}


async def _add_one(url: str, pepper: bytes) -> None:
    hashing = PasswordHashing(pepper)
    account = Account(
        account_id="bench-account-0",
        user_name=user_name(0),
        email=user_name(0),
        display_name="Bench",
        language="fr",
        roles=(MEMBER,),
        password=await hashing.hash(PASSWORD),
        created_at=datetime.now(UTC),
    )
    hashing.close()
    async with opened(url, "identity") as database:
        await MongoAccounts(database).add(account)


async def raw_verify(options: Options) -> Options:
    """Password verifications in a pool of the same size, and nothing else."""
    hashing = PasswordHashing(b"a pepper of 32 characters or more")
    encoded = await hashing.hash(PASSWORD)
    numbers = iter(range(options["count"]))

    async def lane() -> None:
        for _ in numbers:
            await hashing.verify(PASSWORD, encoded)

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(options["lanes"])))
    seconds = time.perf_counter() - started
    hashing.close()
    return {"per_second": options["count"] / seconds}


class Codes:
    """The mailbox of everybody: takes the place of notification and reads each code as soon as it comes."""

    def __init__(self, key_file: Path) -> None:
        self._opener = SecretOpener((load_private_key(read_text(key_file)),))
        self._waiting: dict[str, asyncio.Future[str]] = {}

    async def listen(self, url: str) -> Any:
        """Consume what the edge sends; the connection is the caller's to close."""
        connection = await aio_pika.connect(url)
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        queue = await channel.get_queue(SEND_CODE.name, ensure=False)
        await queue.purge()
        await queue.consume(self._on_code)
        return connection

    async def code(self, challenge_id: str) -> str:
        """The code of a challenge."""
        async with asyncio.timeout(CODE_SECONDS):
            return await self._future(challenge_key(challenge_id))

    async def _on_code(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        sealed = SendCode.model_validate_json(message.body).code
        binding = Binding("code", sealed.delivery_id)
        self._future(sealed.challenge_id).set_result(
            self._opener.open(sealed.code, binding=binding, now=datetime.now(UTC))
        )
        await message.ack()

    def _future(self, key: str) -> "asyncio.Future[str]":
        return self._waiting.setdefault(key, asyncio.get_running_loop().create_future())


async def sign_in(options: Options) -> Options:
    """Both steps for accounts ``first`` to ``first + count``, ``lanes`` at a time."""
    codes = Codes(Path(options["notification_key"]))
    connection = await codes.listen(options["url"])
    statuses: Counter[int] = Counter()
    names = iter([user_name(n) for n in range(options["first"], options["first"] + options["count"])])
    async with _client(options) as http:
        started = time.perf_counter()
        await asyncio.gather(*(_lane(http, codes, names, statuses) for _ in range(options["lanes"])))
        seconds = time.perf_counter() - started
    await connection.close()
    return {"per_second": options["count"] / seconds, "statuses": statuses}


async def _lane(http: httpx.AsyncClient, codes: Codes, names: Iterator[str], statuses: "Counter[int]") -> None:
    for name in names:
        begun = await _begun(http, name)
        challenge_id = begun.json()["challenge_id"]
        code = await codes.code(challenge_id)
        done = await http.post(f"/sign-in/{challenge_id}/code", json={"code": code})
        statuses[done.status_code] += 1


async def _begun(http: httpx.AsyncClient, name: str) -> httpx.Response:
    """The first step; who is told that too many are waiting comes back, as people do."""
    while True:
        begun = await http.post("/sign-in", json={"user_name": name, "password": PASSWORD})
        if begun.status_code not in BUSY:
            return begun.raise_for_status()
        await asyncio.sleep(0.2)


def first_steps(people: range) -> list[bytes]:
    """Requests that bring a password, one for each account with a number in ``people``."""
    bodies = (json.dumps({"user_name": user_name(n), "password": PASSWORD}).encode() for n in people)
    return [http_load.request("POST", "/sign-in", body=body) for body in bodies]


def _client(options: Options) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{options['port']}", timeout=60.0, limits=limits)

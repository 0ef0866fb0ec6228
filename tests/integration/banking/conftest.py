import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from deploy.database import prepare
from deploy.local.stack import Stack
from services.banking.encryption import ClientSideVault
from services.banking.storage import SCHEMA
from shared.mongo import Database, connect
from shared.schema import Schema
from tests.support.banking_desk import Desk
from tests.support.banking_office import RecordingPublisher, desk_over

MASTER_KEY = secrets.token_bytes(96)
FINGERPRINT_KEY = secrets.token_bytes(32)
MakeVault = Callable[..., ClientSideVault]


@pytest.fixture
async def database_url(stack: Stack, make_database: Callable[[Schema], Awaitable[Database]]) -> str:
    """A fresh database of banking, and its user, who may find, insert, update and remove there."""
    name = (await make_database(SCHEMA)).name
    password = secrets.token_hex(12)
    prepare(stack.servers.mongodb_admin_url, {name: SCHEMA}, {name: password})
    admin = urlsplit(stack.servers.mongodb_admin_url)
    address = admin.netloc.rpartition("@")[2]
    options = [one for one in admin.query.split("&") if one and not one.lower().startswith("authsource=")]
    query = "&".join([*options, f"authSource={name}"])
    return urlunsplit((admin.scheme, f"{name}:{password}@{address}", f"/{name}", query, ""))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    handle = connect(database_url, urlsplit(database_url).path.removeprefix("/"), pool_size=20)
    yield handle
    handle.close()


@pytest.fixture
async def make_vault(database_url: str, database: Database) -> AsyncIterator[MakeVault]:
    """Makes vaults on the database, one per process that a test plays."""
    made: list[ClientSideVault] = []

    def make(*, master_key: bytes = MASTER_KEY, others: Sequence[bytes] = ()) -> ClientSideVault:
        made.append(
            ClientSideVault(
                database_url,
                database.name,
                master_key=master_key,
                fingerprint_key=FINGERPRINT_KEY,
                other_master_keys=others,
            )
        )
        return made[-1]

    yield make
    for vault in made:
        await vault.close()


@pytest.fixture
async def vault(make_vault: MakeVault) -> ClientSideVault:
    return make_vault()


@pytest.fixture
async def make_desk(database: Database, make_vault: MakeVault, tmp_path: Path) -> Callable[[], Desk]:
    """Makes processes of the service, which share database, folders and the record of what was published."""
    publisher = RecordingPublisher()
    return lambda: desk_over(database, make_vault(), folder=tmp_path, publisher=publisher)


@pytest.fixture
async def desk(make_desk: Callable[[], Desk]) -> Desk:
    return make_desk()

"""The private servers, really started."""

import contextlib
import json
import smtplib
import socket
import threading
from email.message import EmailMessage
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.exceptions import AMQPConnectionError
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.mongodb import MongoServer
from deploy.local.ports import LOOPBACK, accepts_connections
from deploy.local.processes import ProcessError
from deploy.local.rabbitmq_definitions import password_hash
from deploy.local.servers import LocalServers, RootInUseError, Step
from deploy.local.supervisor import Supervisor

STEPS: list[tuple[str, Step]] = []
NOWHERE: dict[str, str] = {}  # an environment that names no external servers
LISTENING = "0A"
UNAUTHORIZED, AUTHENTICATION_FAILED = 13, 18


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def definitions(root: Path) -> Path:
    path = root / "topology.json"
    path.write_text(json.dumps(definitions_with(user="claims", password="claims secret")))
    return path


@pytest.fixture(scope="module")
async def servers(root: Path, definitions: Path):
    parameters = {"enableTestCommands": "1"}
    async with LocalServers(
        root,
        rabbitmq_definitions=definitions,
        mongodb_parameters=parameters,
        environment=NOWHERE,
        on_step=lambda name, step: STEPS.append((name, step)),
    ) as servers:
        yield servers


def definitions_with(*, user: str, password: str) -> dict[str, object]:
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": "acquit"}],
        "users": [
            {
                "name": user,
                "password_hash": password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
        ],
        "permissions": [{"user": user, "vhost": "acquit", **everything}],
        "queues": [
            {
                "name": f"{user}.intake",
                "vhost": "acquit",
                "durable": True,
                "auto_delete": False,
                "arguments": {"x-queue-type": "quorum"},
            }
        ],
    }


async def publish(url: str, queue: str, body: bytes) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, queue, mandatory=True)


async def take(url: str, queue: str) -> bytes:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        source = await channel.get_queue(queue)
        message = await source.get(timeout=10)
        await message.ack()
        return message.body


def mongo(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, w="majority", journal=True)


def send_mail(servers: LocalServers, recipient: str, *, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "acquit@example.ca", recipient, subject
    message.set_content("Votre code: 123456")
    with smtplib.SMTP(LOOPBACK, servers.smtp_port) as connection:
        connection.send_message(message)


def listening_addresses() -> dict[int, set[str]]:
    """Port to local addresses (hexadecimal), IPv4."""
    found: dict[int, set[str]] = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if state == LISTENING:
            address, port = local.split(":")
            found.setdefault(int(port, 16), set()).add(address)
    return found


def exists(pid: int | None) -> bool:
    return Path(f"/proc/{pid}").exists()


def turn_away(server: socket.socket) -> None:
    """Hang up on everyone until the server is closed."""
    with contextlib.suppress(OSError):
        while True:
            server.accept()[0].close()


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def test_progress_is_told(servers: LocalServers):
    for name in ("rabbitmq", "mongodb", "mail"):
        assert [step for told, step in STEPS if told == name] == [Step.STARTING, Step.READY]


def test_every_server_listens_on_the_loopback_interface_only(servers: LocalServers):
    listening = listening_addresses()

    for port in (port_of(servers.rabbitmq_admin_url), port_of(servers.mongodb_admin_url), servers.smtp_port):
        assert listening[port] == {"0100007F"}


async def test_a_queue_from_the_definitions_carries_messages(servers: LocalServers):
    assert servers.rabbitmq is not None
    url = servers.rabbitmq.amqp_url("claims", "claims secret", "acquit")
    body = token_hex(8).encode()

    await publish(url, "claims.intake", body)

    assert await take(url, "claims.intake") == body


@pytest.mark.parametrize(("user", "password"), [("claims", "wrong"), ("guest", "guest"), ("administrator", "")])
async def test_rabbitmq_refuses_a_wrong_password_and_the_default_user(servers: LocalServers, user: str, password: str):
    assert servers.rabbitmq is not None

    with pytest.raises(AMQPConnectionError):
        await aio_pika.connect(servers.rabbitmq.amqp_url(user, password, "acquit"))


def test_there_is_no_default_user_beside_the_administrator(servers: LocalServers):
    assert servers.rabbitmq is not None

    users = json.loads(servers.rabbitmq.ctl("list_users", "--formatter", "json"))

    assert {user["user"]: user["tags"] for user in users} == {"administrator": ["administrator"], "claims": []}


async def test_definitions_can_be_imported_while_it_runs(servers: LocalServers, root: Path):
    assert servers.rabbitmq is not None
    user = f"payments-{token_hex(4)}"
    path = root / f"{user}.json"
    path.write_text(json.dumps(definitions_with(user=user, password="payments secret")))

    servers.rabbitmq.import_definitions(path)

    url = servers.rabbitmq.amqp_url(user, "payments secret", "acquit")
    await publish(url, f"{user}.intake", b"paid")
    assert await take(url, f"{user}.intake") == b"paid"


def test_a_transaction_is_applied_as_a_whole_or_not_at_all(servers: LocalServers):
    database = f"test_{token_hex(6)}"
    with mongo(servers.mongodb_admin_url) as client, client.start_session() as session:
        claims, accumulators = client[database].claims, client[database].accumulators
        with session.start_transaction():
            claims.insert_one({"_id": 1}, session=session)
            accumulators.insert_one({"_id": 1}, session=session)
        with contextlib.suppress(ZeroDivisionError), session.start_transaction():
            claims.insert_one({"_id": 2}, session=session)
            raise ZeroDivisionError

        assert [claims.count_documents({}), accumulators.count_documents({})] == [1, 1]


@pytest.mark.parametrize("credentials", ["root:wrong@", ""])
def test_mongodb_refuses_a_wrong_password_and_no_password(servers: LocalServers, credentials: str):
    assert servers.mongodb is not None
    url = f"mongodb://{credentials}{LOOPBACK}:{servers.mongodb.port}/?directConnection=true"

    with mongo(url) as client, pytest.raises(OperationFailure) as refused:
        client.test.claims.find_one()

    assert refused.value.code == (AUTHENTICATION_FAILED if credentials else UNAUTHORIZED)


def test_server_parameters_are_passed_on(servers: LocalServers):
    with mongo(servers.mongodb_admin_url) as client:
        assert client.admin.command({"getParameter": 1, "enableTestCommands": 1})["enableTestCommands"] is True


async def test_mail_is_stored_and_found_by_its_recipient(servers: LocalServers):
    recipient = f"{token_hex(6)}@example.ca"

    send_mail(servers, recipient, subject="Votre code à usage unique")

    message = await servers.mailbox().wait_for(recipient, subject_contains="code à usage unique", timeout_s=10)
    assert "123456" in message.get_content()
    assert message["Delivered-To"] == recipient


async def test_rabbitmq_keeps_confirmed_messages_when_it_is_killed(servers: LocalServers):
    assert servers.rabbitmq is not None
    url = servers.rabbitmq.amqp_url("claims", "claims secret", "acquit")
    body = token_hex(8).encode()
    await publish(url, "claims.intake", body)

    servers.rabbitmq.kill()
    servers.rabbitmq.start()
    servers.rabbitmq.wait_ready()

    assert await take(url, "claims.intake") == body


def test_mongodb_keeps_committed_documents_when_it_is_killed(servers: LocalServers):
    assert servers.mongodb is not None
    database = f"test_{token_hex(6)}"
    with mongo(servers.mongodb_admin_url) as client:
        client[database].claims.insert_one({"_id": 1})

    servers.mongodb.kill()
    servers.mongodb.start()
    servers.mongodb.wait_ready()

    with mongo(servers.mongodb_admin_url) as client:
        assert client[database].claims.count_documents({}) == 1


def test_a_data_directory_is_used_by_one_program_at_a_time(servers: LocalServers, root: Path):
    with pytest.raises(RootInUseError):
        LocalServers(root, environment=NOWHERE).start()


async def test_stopped_servers_are_gone_and_a_second_start_finds_the_data(tmp_path: Path):
    async with LocalServers(tmp_path, environment=NOWHERE) as first:
        pids = [first.supervisor[name].pid for name in first.supervisor.names()]
        admin_url, mongodb_url = first.rabbitmq_admin_url, first.mongodb_admin_url
        async with await aio_pika.connect(admin_url) as connection:
            channel = await connection.channel()
            await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        await publish(admin_url, "kept", b"message")
        with mongo(mongodb_url) as client:
            client.test.claims.insert_one({"_id": 1})
        send_mail(first, "ann@example.ca", subject="kept")

    assert len(pids) == 4
    assert None not in pids
    assert not any(map(exists, pids))
    assert not any(map(accepts_connections, (port_of(admin_url), port_of(mongodb_url), first.smtp_port)))

    async with LocalServers(tmp_path, environment=NOWHERE) as second:
        assert second.mongodb_admin_url == mongodb_url
        assert await take(second.rabbitmq_admin_url, "kept") == b"message"
        with mongo(second.mongodb_admin_url) as client:
            assert client.test.claims.count_documents({}) == 1
        assert second.mailbox().find("ann@example.ca", subject_contains="kept") is not None


def test_mongodb_moves_to_another_port_when_its_own_is_taken(tmp_path: Path):
    with Supervisor(tmp_path) as supervisor:
        first = MongoServer(tmp_path, supervisor)
        first.start()
        first.wait_ready()
        with mongo(first.admin_url) as client:
            client.test.claims.insert_one({"_id": 1})

    with socket.create_server((LOOPBACK, first.port)) as occupied, Supervisor(tmp_path) as supervisor:
        threading.Thread(target=turn_away, args=(occupied,), daemon=True).start()
        second = MongoServer(tmp_path, supervisor)
        second.start()
        second.wait_ready()
        with mongo(second.admin_url) as client:
            assert client.test.claims.count_documents({}) == 1
        assert second.port != first.port


def test_servers_named_in_the_environment_are_used_and_not_started(tmp_path: Path):
    elsewhere = {"ACQUIT_RABBITMQ_URL": "amqp://a:b@broker/", "ACQUIT_MONGODB_URL": "mongodb://a:b@database/"}

    with LocalServers(tmp_path, environment=elsewhere) as servers:
        assert servers.supervisor.names() == ("mail",)
        assert servers.rabbitmq_admin_url == "amqp://a:b@broker/"
        assert servers.mongodb_admin_url == "mongodb://a:b@database/"
        assert accepts_connections(servers.smtp_port)


def test_a_server_that_cannot_start_stops_the_others_and_tells_why(tmp_path: Path):
    servers = LocalServers(tmp_path, mongodb_parameters={"noSuchParameter": "1"}, environment=NOWHERE)

    with pytest.raises(ProcessError, match="noSuchParameter"):
        servers.start()

    assert all(servers.supervisor[name].has_ended for name in servers.supervisor.names())

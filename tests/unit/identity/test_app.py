from collections.abc import Callable
from pathlib import Path

import pytest
from faststream.rabbit.subscriber.usecase import RabbitSubscriber
from typer.testing import CliRunner, Result

from services.identity import agents
from services.identity.app import build
from services.identity.routes import TOPOLOGY
from services.identity.settings import Settings
from services.identity.storage import SCHEMA
from shared.contracts import Event
from tests.support import keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    key, pepper = tmp_path / "identity.pem", tmp_path / "pepper"
    key.write_text(keys.key("identity").pem)
    pepper.write_text("a pepper for tests, 32 bytes or more\n")
    (tmp_path / "notification.pem").write_text(keys.key("notification").public().pem)
    return Settings(
        rabbitmq_url="amqp://identity:secret@localhost",
        mongodb_url="mongodb://localhost/?replicaSet=rs0",
        mongodb_database="identity",
        identity_key_file=key,
        notification_public_key_file=tmp_path / "notification.pem",
        pepper_file=pepper,
    )


@pytest.fixture
def add_agent(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Result]:
    """Runs the command with an e-mail and a password file."""
    monkeypatch.setattr(agents, "Settings", lambda: settings)

    def run(email: str, password: str) -> Result:
        file = tmp_path / "password"
        file.write_text(password)
        return CliRunner().invoke(agents.cli, ["add", email, "--name", "Rose", "--password-file", str(file)])

    return run


def test_every_queue_has_its_consumer(settings: Settings) -> None:
    service = build(settings)
    service.database.close()
    consumed = [item.queue.name for item in service.broker.subscribers if isinstance(item, RabbitSubscriber)]
    assert sorted(consumed) == sorted(queue.name for queue in TOPOLOGY.queues)


def test_queues_are_named_after_the_service_and_only_requests_have_an_end_of_life() -> None:
    assert all(queue.name.startswith("identity.") for queue in TOPOLOGY.queues)
    for queue in TOPOLOGY.queues:
        events = [issubclass(message, Event) for message in queue.messages]
        assert all(events) or not any(events)
        assert queue.name.startswith("identity.on_") == all(events) == (queue.message_ttl_ms is None)


def test_all_indexes_are_on_collections_of_the_schema() -> None:
    assert {index.collection for index in SCHEMA.indexes} <= {*SCHEMA.collections, *SCHEMA.append_only}


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("rose@@example.org", "Tortue-Verte-88", "identity.email_invalid"),
        ("rose@example.org", "tortue", "identity.password_too_short"),
    ],
)
def test_the_command_line_refuses_with_the_code_and_without_the_password(
    add_agent: Callable[[str, str], Result], *, email: str, password: str, code: str
) -> None:
    result = add_agent(email, password)
    assert result.exit_code == 1
    assert code in result.stderr
    assert password not in result.output

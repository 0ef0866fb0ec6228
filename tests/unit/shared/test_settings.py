"""Settings from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import CommonSettings, read_text

ENVIRONMENT = {
    "ACQUIT_RABBITMQ_URL": "amqp://claims:rabbit-password@localhost",
    "ACQUIT_MONGODB_URL": "mongodb://claims:mongo-password@localhost",
    "ACQUIT_MONGODB_DATABASE": "claims",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def read() -> CommonSettings:
    return CommonSettings()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACQUIT_PREFETCH", "7")
    monkeypatch.setenv("PREFETCH", "8")
    settings = read()
    assert settings.mongodb_url.get_secret_value() == ENVIRONMENT["ACQUIT_MONGODB_URL"]
    assert (settings.mongodb_database, settings.prefetch, settings.crash_at) == ("claims", 7, None)


def test_passwords_are_not_shown():
    shown = f"{read()!r} {read()} {read().model_dump_json()}"
    assert "password" not in shown


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_value_that_is_missing_keeps_the_service_from_starting(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=name.removeprefix("ACQUIT_").lower()):
        read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_POOL_SIZE", "0"),
        ("HEALTH_PORT", "65536"),
        ("PREFETCH", "0"),
        ("PREFETCH", "2001"),
        ("GROUP_COMMIT_MAX", "0"),
        ("GROUP_COMMIT_MAX", "1001"),
        ("OUTBOX_GRACE_SECONDS", "0"),
        ("OUTBOX_ALARM_SECONDS", "-1"),
        ("PREFETCH", "many"),
    ],
)
def test_a_value_out_of_bounds_keeps_the_service_from_starting(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"ACQUIT_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        read()


def test_settings_do_not_change_while_the_service_runs():
    with pytest.raises(ValidationError, match="frozen"):
        read().prefetch = 1  # type: ignore[misc]


def test_a_secret_in_a_file_is_read_without_the_newline_that_editors_add(tmp_path: Path):
    path = tmp_path / "pepper"
    path.write_text("  é-secret\n", encoding="utf-8")
    assert read_text(path) == "é-secret"

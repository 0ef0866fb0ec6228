"""Settings that contradict themselves are refused at start."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.notification.settings import Settings

REQUIRED: dict[str, Any] = {
    "rabbitmq_url": "amqp://localhost",
    "mongodb_url": "mongodb://localhost",
    "smtp_host": "localhost",
    "smtp_port": 2525,
    "smtp_from": "Acquit <no-reply@mail.example.org>",
    "notification_key_file": "/run/secrets/notification.pem",
}


def test_a_relay_without_credentials_needs_no_encryption() -> None:
    settings = Settings(**REQUIRED)
    assert (settings.smtp_starttls, settings.mongodb_database) == (False, "notification")


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_username": "acquit", "smtp_password": "secret"},
        {"smtp_username": "acquit", "smtp_starttls": True},
        {"smtp_password": "secret", "smtp_starttls": True},
        {"smtp_port": 0},
    ],
    ids=["password in the clear", "no password", "no user name", "no port"],
)
def test_contradictions_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**{**REQUIRED, **wrong})

"""What a service's process finds in its environment."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.ports import LOOPBACK

PROJECT: Final = Path(__file__).parent.parent.parent
EVERYBODY: Final = "100000"
"""Limits by address on a machine from which everybody calls: X-Forwarded-For tells callers apart where it matters."""

NOT_INHERITED: Final = ("ACQUIT_", "PYTHONDONTWRITEBYTECODE")
"""Settings of another system; and starting six processes is slow enough with cached bytecode."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the running system keeps what is not in a database."""

    root: Path

    @property
    def bank_outbox(self) -> Path:
        """Deposit files on their way to the bank."""
        return self.root / "bank" / "outbox"

    @property
    def bank_inbox(self) -> Path:
        """What the bank answers."""
        return self.root / "bank" / "inbox"

    @property
    def bank_clock(self) -> Path:
        """The day of the simulated bank, for which whoever moves it writes a date; while there is none, all is due."""
        return self.root / "bank" / "today"


def process_environment(settings: Mapping[str, str], *, extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without settings of another system, and ``settings`` under their prefix.

    ``extra`` is taken as it is and wins.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    return {
        **inherited,
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        **{f"ACQUIT_{name}": value for name, value in settings.items()},
        **extra,
    }


def own_settings(
    service: str,
    *,
    file: Callable[[str], str],
    retired: Callable[[str], Sequence[str]],
    folders: Folders,
    http_port: int,
    smtp_port: int,
) -> dict[str, str]:
    """What only ``service`` reads, without the prefix; ``file`` gives the path of a key by its name, ``retired`` those
    of the keys before it that still count.
    """
    match service:
        case "edge":
            return {
                "HTTP_HOST": LOOPBACK,
                "HTTP_PORT": str(http_port),
                "TRUSTED_PROXIES": '["127.0.0.1/32"]',
                "REGISTRATIONS_PER_ADDRESS_AND_HOUR": EVERYBODY,
                "ENROLMENTS_PER_ADDRESS_AND_HOUR": EVERYBODY,
                "SIGNINGS_PER_ADDRESS_AND_HOUR": EVERYBODY,
                "FAILURES_PER_ADDRESS": EVERYBODY,
                "SIGNING_KEY_FILE": file("signing.private.pem"),
                "RETIRED_SIGNING_KEY_FILES": json.dumps(retired("signing")),
                "PEPPER_FILE": file("edge.pepper"),
                "IDENTITY_PUBLIC_KEY_FILE": file("identity.public.pem"),
                "BANKING_PUBLIC_KEY_FILE": file("banking.public.pem"),
                "NOTIFICATION_PUBLIC_KEY_FILE": file("notification.public.pem"),
            }
        case "identity":
            return {
                "IDENTITY_KEY_FILE": file("identity.private.pem"),
                "RETIRED_IDENTITY_KEY_FILES": json.dumps(retired("identity")),
                "AUDIT_KEY_FILE": file("audit.private.pem"),
                "RETIRED_AUDIT_KEY_FILES": json.dumps(retired("audit")),
                "NOTIFICATION_PUBLIC_KEY_FILE": file("notification.public.pem"),
                "PEPPER_FILE": file("identity.pepper"),
            }
        case "banking":
            return {
                "BANKING_KEY_FILE": file("banking.private.pem"),
                "RETIRED_BANKING_KEY_FILES": json.dumps(retired("banking")),
                "MASTER_KEY_FILE": file("banking.master"),
                "FINGERPRINT_KEY_FILE": file("banking.fingerprint"),
                "OUTBOX_DIRECTORY": str(folders.bank_outbox),
                "INBOX_DIRECTORY": str(folders.bank_inbox),
            }
        case "notification":
            return {
                "NOTIFICATION_KEY_FILE": file("notification.private.pem"),
                "RETIRED_NOTIFICATION_KEY_FILES": json.dumps(retired("notification")),
                "SMTP_HOST": LOOPBACK,
                "SMTP_PORT": str(smtp_port),
                "SMTP_FROM": "Acquit <no-reply@acquit.example>",
            }
    return {}

"""Where the running system is, and how much load is bounded to; from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from deploy.local.__main__ import HTTP_PORT, ROOT


@dataclass(frozen=True, slots=True)
class LoadConfig:
    """Bounds of a load run: it always ends by itself."""

    base_url: str
    maildir: Path
    users: int
    spawn_per_second: float
    seconds: int

    @classmethod
    def from_environment(cls) -> "LoadConfig":
        """``LOAD_URL``, ``LOAD_MAILDIR``, ``LOAD_USERS``, ``LOAD_SPAWN_RATE``, ``LOAD_SECONDS``."""
        return cls(
            base_url=os.environ.get("LOAD_URL", f"http://127.0.0.1:{HTTP_PORT}"),
            maildir=Path(os.environ.get("LOAD_MAILDIR", ROOT.absolute() / "mail")),
            users=int(os.environ.get("LOAD_USERS", "20")),
            spawn_per_second=float(os.environ.get("LOAD_SPAWN_RATE", "2")),
            seconds=min(int(os.environ.get("LOAD_SECONDS", "60")), 600),
        )

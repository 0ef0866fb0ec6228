"""What every service reads from its environment. A service adds its own values in its ``settings.py``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class CommonSettings(BaseSettings):
    """Environment variables ``ACQUIT_<NAME>``; connection URLs carry passwords and are never shown."""

    model_config = SettingsConfigDict(env_prefix="ACQUIT_", extra="ignore", frozen=True)

    rabbitmq_url: SecretStr
    mongodb_url: SecretStr
    mongodb_database: str
    mongodb_pool_size: int = Field(default=20, ge=1)
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65_535)
    log_level: str = "INFO"
    prefetch: int = Field(default=400, ge=1, le=2_000)
    group_commit_max: int = Field(default=200, ge=1, le=1_000)
    outbox_grace_seconds: float = Field(default=5.0, gt=0)
    outbox_lease_seconds: float = Field(default=30.0, gt=0)
    outbox_alarm_seconds: float = Field(default=60.0, gt=0)
    crash_at: str | None = None
    """Name of a crash point at which the process ends itself; set by fault tests only."""


def read_text(path: Path) -> str:
    """A key or secret that the platform mounts as a file."""
    return path.read_text(encoding="utf-8").strip()

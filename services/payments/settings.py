"""What payments reads from its environment."""

from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Environment variables ``ACQUIT_<NAME>``."""

    run_max_batches: int = Field(default=2_000, ge=1, le=4_000)
    """Payees paid by one run. The messages that a run causes stand in one document of at most 16 MiB; who comes after
    the last is carried over."""
    payments_key_file: Path
    """Private key (PEM) for which the edge seals secrets of webhooks, and with whose public half they are kept."""
    retired_payments_key_files: tuple[Path, ...] = ()
    """Private keys that it replaced: secrets made before are still sealed for them."""
    webhook_timeout_seconds: float = Field(default=15.0, gt=0, le=30)
    """Of one call, from looking up the name to the end of the answer."""
    webhook_poll_seconds: float = Field(default=0.5, gt=0, le=60)
    webhook_calls_per_endpoint: int = Field(default=32, ge=1, le=200)
    """At a time, in one process."""
    webhook_allow_http: bool = False
    """Calls without TLS; for development and tests only."""
    webhook_allow_private_addresses: bool = False
    """Calls of machines that are not on the public Internet; for development and tests only."""

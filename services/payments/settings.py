"""What payments reads from its environment."""

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Environment variables ``ACQUIT_<NAME>``."""

    run_max_batches: int = Field(default=2_000, ge=1, le=4_000)
    """Payees paid by one run. The messages that a run causes stand in one document of at most 16 MiB; who comes after
    the last is carried over."""

    ledger_settle_seconds: int = Field(default=300, ge=120)
    """How long ago a snapshot of the ledger is cut: longer than any transaction (MongoDB ends them after 60 seconds),
    and than the clocks of our processes differ."""

    ledger_snapshot_transfers: int = Field(default=50_000, ge=1)
    """Transfers after which a snapshot is taken before the business day ends."""

    ledger_snapshot_poll_seconds: float = Field(default=60.0, gt=0)

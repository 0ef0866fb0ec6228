"""What payments reads from its environment."""

from datetime import date, time
from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Environment variables ``ACQUIT_<NAME>``."""

    run_max_batches: int = Field(default=2_000, ge=1, le=4_000)
    """Payees paid by one run. The messages that a run causes stand in one document of at most 16 MiB; who comes after
    the last is carried over."""

    run_approvals: int = Field(default=2, ge=1, le=2)
    """Agents who must stand for a run, whoever prepared it included (PAY-8). With 1, ``CloseRun`` works as well."""
    run_stop_window_seconds: int = Field(default=0, ge=0, le=86_400)
    """How long an approved run can still be stopped before it goes to banking."""
    run_anchor: date = date(2026, 1, 5)
    """A day of a providers' run; the others lie whole fortnights from it."""
    run_provider_days: int = Field(default=14, ge=1, le=366)
    run_member_days: int = Field(default=1, ge=1, le=366)
    run_prepared_at: time = time(6)
    """Time of day, in Toronto, at which runs of the calendar are prepared."""
    run_cut_off: time = time(16)
    """Time of day, in Toronto, after which an approval is too late for the next day on which banks pay."""
    run_closed_days: tuple[date, ...] = ()
    """Days on which the bank does not pay, besides weekends and federal holidays."""
    run_minimum_cents: int = Field(default=1, ge=1, le=100_000)
    """A payee to whom less is owed is carried over."""
    run_cheques: bool = False
    """Pay payees without direct deposit by cheque; otherwise they are carried over (PAY-5)."""
    run_part_size: int = Field(default=500, ge=1, le=2_000)
    """Payees in one message to banking, and in the transaction that books them."""
    run_slice_payables: int = Field(default=2_000, ge=1, le=10_000)
    """Payables that one transaction takes into a run, or gives back."""
    run_poll_seconds: float = Field(default=1.0, gt=0, le=3_600)
    """How often is looked for runs that are due or unfinished."""
    rendering_processes: int = Field(default=1, ge=1, le=16)
    """Processes that make PDF of statements, besides the service's own; each takes a core while it does."""
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

    ledger_settle_seconds: int = Field(default=300, ge=120)
    """How long ago a snapshot of the ledger is cut: longer than any transaction (MongoDB ends them after 60 seconds),
    and than the clocks of our processes differ."""

    ledger_snapshot_transfers: int = Field(default=50_000, ge=1)
    """Transfers after which a snapshot is taken before the business day ends."""

    ledger_snapshot_poll_seconds: float = Field(default=60.0, gt=0)

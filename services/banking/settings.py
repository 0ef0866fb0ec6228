"""Values of the banking service, from ``ACQUIT_<NAME>``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Key files, the two folders that lead to the bank, and what the bank wants of its originator.

    The bank profile's defaults are made up and accepted by the simulator only; a bank gives the real values.
    """

    mongodb_database: str = "banking"
    banking_key_file: Path
    """Private key (PEM) for which others seal bank details."""
    retired_banking_key_files: tuple[Path, ...] = ()
    """While the key is replaced: private keys for which details on their way may still be sealed."""
    master_key_file: Path
    """A file of 96 bytes; wraps the data keys of payees. Banking only may read it (mode 0400)."""
    other_master_key_files: tuple[Path, ...] = ()
    """While the master key is replaced: the one before, or the one to come; data keys that it wraps are read."""
    fingerprint_key_file: Path
    """32 bytes as hexadecimal text; recognises equal accounts. Banking only may read it (mode 0400)."""

    outbox_directory: Path
    """Deposit files for the bank; this one and the next must be on durable disks."""
    inbox_directory: Path
    """Reports of the bank, with the subfolders ``archive`` and ``rejected``."""
    change_hold_hours: int = Field(default=48, ge=0, le=240)
    """Nothing is paid for that long after a payee's bank details were changed (BNK-3)."""
    inbox_poll_seconds: float = Field(default=1.0, gt=0, le=3_600)
    returns_lease_seconds: float = Field(default=30.0, gt=0, le=3_600)
    """How long one process has files of returns to itself; a crash holds them up for that long."""

    bank_profile: str | None = None
    """A TOML file (docs/cpa005.md), or the name of a profile that comes with the program; goes before what follows."""
    bank_originator_id: str = "0000123456"
    bank_data_centre: str = "00310"
    bank_short_name: str = "ACQUIT"
    bank_long_name: str = "ACQUIT HEALTH BENEFITS"
    bank_returns_routing: str | None = "000300012"
    """``0YYYXXXXX``, where unpaid items go back; None where the bank wants zeros."""
    bank_returns_account: SecretStr = SecretStr("1004589")
    bank_separator: Literal["crlf", "lf", "none"] = "crlf"
    bank_payments_per_record: int = Field(default=6, ge=1, le=6)
    bank_remembered_file_numbers: int = Field(default=10, ge=0, le=9_000)
    """How many of the last file creation numbers may not come back."""

"""Settings of claims."""

from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings

DATA = Path(__file__).parent / "data"


class Settings(CommonSettings):
    """Beyond the common ones: where the catalogue and the plans stand, what becomes of uploaded papers, up to which
    benefit an agent decides a claim alone (CLM-12), and how often the times of claims are measured (CLM-11).

    ``clamd_address`` is ``host:port`` of the virus scanner (IPv6 in brackets); without one nothing is scanned.
    """

    mongodb_database: str = "claims"
    data_directory: Path = DATA
    clamd_address: str | None = Field(default=None, pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$")
    upload_unfinished_hours: int = Field(default=24, ge=1)
    receipt_waiting_days: int = Field(default=30, ge=1)
    receipt_sweep_seconds: float = Field(default=600.0, gt=0)
    claim_times_seconds: float = Field(default=900.0, gt=0)
    review_second_approval_cents: int = Field(default=100_000, ge=0)

    @property
    def clamd(self) -> tuple[str, int] | None:
        """Host and port of the virus scanner."""
        if self.clamd_address is None:
            return None
        host, _, port = self.clamd_address.rpartition(":")
        return host.strip("[]"), int(port)

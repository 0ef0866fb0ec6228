"""Settings of claims."""

from pathlib import Path

from shared.settings import CommonSettings

DATA = Path(__file__).parent / "data"


class Settings(CommonSettings):
    """Beyond the common ones: where the catalogue and the plans stand, and up to which benefit an agent decides a
    claim alone (CLM-12), and how often the times of claims are measured (CLM-11).
    """

    mongodb_database: str = "claims"
    data_directory: Path = DATA
    claim_times_seconds: float = 900.0
    review_second_approval_cents: int = 100_000

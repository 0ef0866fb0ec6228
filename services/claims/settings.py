"""Settings of claims."""

from pathlib import Path

from shared.settings import CommonSettings

DATA = Path(__file__).parent / "data"


class Settings(CommonSettings):
    """Beyond the common ones: where the catalogue and the plans stand."""

    mongodb_database: str = "claims"
    data_directory: Path = DATA

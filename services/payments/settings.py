"""What payments reads from its environment."""

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Environment variables ``ACQUIT_<NAME>``."""

    run_max_batches: int = Field(default=2_000, ge=1, le=4_000)
    """Payees paid by one run. The messages that a run causes stand in one document of at most 16 MiB; who comes after
    the last is carried over."""
    rendering_processes: int = Field(default=1, ge=1, le=16)
    """Processes that make PDF of statements, besides the service's own; each takes a core while it does."""

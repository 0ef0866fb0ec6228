"""Values of the edge, from ``ACQUIT_<NAME>``."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from services.edge.auth.figures import CodeFigures, Limit, SessionFigures
from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Beyond the common ones: where to listen, the keys (PEM files), and how codes and sessions behave.

    ``pepper_file`` holds a secret of 32 characters or more. ``retired_signing_key_files`` are public keys whose tokens
    are still believed while the signing key is being replaced.
    """

    mongodb_database: str = "edge"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65_535)
    signing_key_file: Path
    retired_signing_key_files: tuple[Path, ...] = ()
    pepper_file: Path
    identity_public_key_file: Path
    banking_public_key_file: Path
    notification_public_key_file: Path
    token_issuer: str = "urn:acquit:edge"  # noqa: S105 - a name, not a secret
    token_audience: str = "urn:acquit:api"  # noqa: S105 - a name, not a secret

    body_limit_bytes: int = Field(default=64 * 1024, ge=1_024)
    roster_limit_bytes: int = Field(default=512 * 1024 * 1024, ge=1_024)
    roster_slice_timeout_seconds: float = Field(default=30.0, gt=0)
    intake_timeout_seconds: float = Field(default=5.0, gt=0)
    idempotency_limit_seconds: float = Field(default=0.15, gt=0)
    idempotency_pause_seconds: float = Field(default=5.0, gt=0)
    verified_tokens_kept: int = Field(default=10_000, ge=1)

    code_lifetime_seconds: int = Field(default=600, ge=60)
    challenge_lifetime_seconds: int = Field(default=1_800, ge=60)
    code_tries: int = Field(default=5, ge=1)
    code_tries_per_day: int = Field(default=50, ge=1)
    resend_after_seconds: int = Field(default=60, ge=0)
    resends_per_quarter_hour: int = Field(default=5, ge=1)
    resends_per_day: int = Field(default=20, ge=1)
    recoveries_per_day: int = Field(default=5, ge=1)
    """Recoveries that may be begun for one mailbox, whether anybody has it or not."""

    access_token_seconds: int = Field(default=600, ge=60, le=900)
    session_idle_seconds: int = Field(default=1_800, ge=60)
    session_lifetime_seconds: int = Field(default=43_200, ge=60)
    refresh_grace_seconds: int = Field(default=30, ge=0, le=60)

    def code_figures(self) -> CodeFigures:
        """How one-time codes behave."""
        day = timedelta(days=1)
        return CodeFigures(
            code_lifetime=timedelta(seconds=self.code_lifetime_seconds),
            challenge_lifetime=timedelta(seconds=self.challenge_lifetime_seconds),
            tries=self.code_tries,
            resend_after=timedelta(seconds=self.resend_after_seconds),
            resends=(Limit(self.resends_per_quarter_hour, timedelta(minutes=15)), Limit(self.resends_per_day, day)),
            tries_per_subject=(Limit(self.code_tries_per_day, day),),
        )

    def session_figures(self) -> SessionFigures:
        """How sessions and their tokens behave."""
        return SessionFigures(
            access_lifetime=timedelta(seconds=self.access_token_seconds),
            idle=timedelta(seconds=self.session_idle_seconds),
            lifetime=timedelta(seconds=self.session_lifetime_seconds),
            grace=timedelta(seconds=self.refresh_grace_seconds),
        )

"""Values of the edge, from ``ACQUIT_<NAME>``."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field

from services.edge.auth.figures import ClientFigures, CodeFigures, Limit, LockoutFigures, RateFigures, SessionFigures
from services.edge.auth.sharing import SharingFigures
from services.edge.auth.turns import TurnFigures
from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Beyond the common ones: where to listen, the keys (PEM files), and how codes and sessions behave.

    ``pepper_file`` holds a secret of 32 characters or more. ``retired_signing_key_files`` are public keys whose tokens
    are still believed while the signing key is being replaced. ``trusted_proxies`` are the networks (CIDR) of proxies
    whose ``X-Forwarded-For`` is believed.
    """

    mongodb_database: str = "edge"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65_535)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    signing_key_file: Path
    retired_signing_key_files: tuple[Path, ...] = ()
    pepper_file: Path
    identity_public_key_file: Path
    banking_public_key_file: Path
    notification_public_key_file: Path
    payments_public_key_file: Path
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
    session_strict_idle_seconds: int = Field(default=900, ge=60)
    """Of providers, delegates and agents."""
    session_lifetime_seconds: int = Field(default=43_200, ge=60)
    refresh_grace_seconds: int = Field(default=30, ge=0, le=60)
    client_refusals_per_five_minutes: int = Field(default=10, ge=1)

    sessions_per_account: int = Field(default=5, ge=1)
    sharing_overlap_seconds: int = Field(default=300, ge=0)
    sharing_devices_per_day: int = Field(default=3, ge=1)
    sharing_jump_seconds: int = Field(default=600, ge=0)
    sharing_incident_seconds: int = Field(default=3_600, ge=0)
    sharing_again_days: int = Field(default=30, ge=1)

    tarpit_from: int = Field(default=5, ge=1)
    tarpit_seconds: float = Field(default=1.0, ge=0)
    tarpit_longest_seconds: float = Field(default=8.0, ge=0)
    lock_after_failures: int = Field(default=10, ge=1)
    lock_window_seconds: int = Field(default=300, ge=1)
    lock_minutes: tuple[int, ...] = Field(default=(15, 30, 60, 120), min_length=1)
    lock_forgotten_hours: int = Field(default=12, ge=1)
    lock_hard_stop: int = Field(default=100, ge=1)

    passwords_at_once: int = Field(default=1, ge=1)
    """Passwords that one edge process has verified side by side; more would slow the taking of claims down."""
    passwords_in_line: int = Field(default=100, ge=1)
    passwords_patience_seconds: float = Field(default=45.0, gt=0)
    passwords_rest: float = Field(default=8.0, ge=0)
    """For how many times the length of a password's turn the next one waits while claims are being taken."""
    passwords_yield_to: int = Field(default=8, ge=1)
    """From how many claims under way on."""

    failures_window_seconds: int = Field(default=300, ge=1)
    failures_per_address: int = Field(default=50, ge=1)
    failures_per_address_and_account: int = Field(default=10, ge=1)
    failures_alarm: int = Field(default=1_000, ge=1)
    registrations_per_address_and_hour: int = Field(default=10, ge=1)
    enrolments_per_address_and_hour: int = Field(default=60, ge=1)
    signings_per_address_and_hour: int = Field(default=20, ge=1)

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

    def client_figures(self) -> ClientFigures:
        """How tokens of machine clients behave."""
        return ClientFigures(
            access_lifetime=timedelta(seconds=self.access_token_seconds),
            refusals=(Limit(self.client_refusals_per_five_minutes, timedelta(minutes=5)),),
        )

    def session_figures(self) -> SessionFigures:
        """How sessions and their tokens behave."""
        return SessionFigures(
            access_lifetime=timedelta(seconds=self.access_token_seconds),
            idle=timedelta(seconds=self.session_idle_seconds),
            strict_idle=timedelta(seconds=self.session_strict_idle_seconds),
            lifetime=timedelta(seconds=self.session_lifetime_seconds),
            grace=timedelta(seconds=self.refresh_grace_seconds),
        )

    def sharing_figures(self) -> SharingFigures:
        """When an account looks shared (LOG-8)."""
        return SharingFigures(
            overlap=timedelta(seconds=self.sharing_overlap_seconds),
            devices=self.sharing_devices_per_day,
            jump=timedelta(seconds=self.sharing_jump_seconds),
            sessions=self.sessions_per_account,
            incident=timedelta(seconds=self.sharing_incident_seconds),
            again=timedelta(days=self.sharing_again_days),
        )

    def turn_figures(self) -> TurnFigures:
        """How passwords take turns."""
        return TurnFigures(
            at_once=self.passwords_at_once,
            line=self.passwords_in_line,
            patience_seconds=self.passwords_patience_seconds,
            rest=self.passwords_rest,
        )

    def lockout_figures(self) -> LockoutFigures:
        """What wrong passwords lead to."""
        return LockoutFigures(
            tarpit_from=self.tarpit_from,
            tarpit_first=timedelta(seconds=self.tarpit_seconds),
            tarpit_longest=timedelta(seconds=self.tarpit_longest_seconds),
            failures=Limit(self.lock_after_failures, timedelta(seconds=self.lock_window_seconds)),
            blocks=tuple(timedelta(minutes=minutes) for minutes in self.lock_minutes),
            forgotten_after=timedelta(hours=self.lock_forgotten_hours),
            hard_stop=self.lock_hard_stop,
        )

    def rate_figures(self) -> RateFigures:
        """How often an address may fail or ask."""
        window = timedelta(seconds=self.failures_window_seconds)
        return RateFigures(
            failures_per_address=Limit(self.failures_per_address, window),
            failures_per_address_and_account=Limit(self.failures_per_address_and_account, window),
            failures_altogether=Limit(self.failures_alarm, window),
            registrations_per_address=Limit(self.registrations_per_address_and_hour, timedelta(hours=1)),
            enrolments_per_address=Limit(self.enrolments_per_address_and_hour, timedelta(hours=1)),
            signings_per_address=Limit(self.signings_per_address_and_hour, timedelta(hours=1)),
        )

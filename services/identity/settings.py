"""Values of the identity service, from ``ACQUIT_<NAME>``."""

from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Files hold the private key (PEM) for which others seal passwords, the public key of notification for temporary
    passwords in mails, the private key that signs heads of the audit, and the pepper (32 bytes of text or more).
    """

    identity_key_file: Path
    retired_identity_key_files: tuple[Path, ...] = ()
    """While the key is replaced: private keys for which secrets on their way may still be sealed."""
    audit_key_file: Path
    retired_audit_key_files: tuple[Path, ...] = ()
    """Public keys of the past: heads that they signed are verified for ever."""
    audit_close_after_seconds: int = Field(default=300, ge=0, le=86_400)
    """How long after midnight (America/Toronto) a day of the audit is closed and its head signed."""
    audit_close_poll_seconds: float = Field(default=30.0, gt=0)
    notification_public_key_file: Path
    pepper_file: Path
    form_roots_file: Path | None = None
    """Certificates (PEM) of issuers whose digital signatures on forms are shown to agents as trusted."""
    hashing_workers: int = Field(default=2, ge=1, le=64)
    hashing_queue_limit: int = Field(default=80, ge=1, le=10_000)
    registration_misses_allowed: int = Field(default=5, ge=1, le=1_000)
    """Registrations per certificate in 24 hours whose facts may be wrong; as many enrolments per provider."""
    jobs_poll_seconds: float = Field(default=5.0, gt=0, le=3_600)
    """How often due work is looked for."""
    path_wait_seconds: dict[str, int] = Field(default_factory=dict)
    """How long after an account is made online services open, by path, where not as ``data/paths.toml`` says (REG-18);
    JSON: ``{"hygienist": 1800}``."""

"""Terms that somebody accepted before there was an account (REG-10)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """“I consent”: to which terms, in which version and language, when."""

    account_id: str
    terms_id: str
    version: str
    language: str
    accepted_at: datetime

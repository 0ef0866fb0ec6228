"""Accounts: who may sign in, with what, and for which dossiers."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.identity.domain.roster import DossierNumber

MEMBER: Final = "member"
AGENT: Final = "agent"


@dataclass(frozen=True, slots=True)
class Account:
    """``email`` keeps access alive (codes, notices about access: REG-2); ``password`` is an encoded hash."""

    account_id: str
    user_name: str
    email: str
    display_name: str
    language: str
    roles: tuple[str, ...]
    password: str
    created_at: datetime
    dossiers: tuple[DossierNumber, ...] = ()


def user_name_key(user_name: str) -> str:
    """The form in which user names are compared and unique: without case and surrounding space."""
    return unicodedata.normalize("NFKC", user_name).strip().casefold()

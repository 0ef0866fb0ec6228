"""A registration between the first form and the code that confirms it (REG-1, REG-21)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from services.identity.domain.accounts import Account
from services.identity.domain.roster import Dossier, DossierNumber

LIFETIME: Final = timedelta(hours=24)


class Outcome(StrEnum):
    """What the facts of a registration came to; told by mail only."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    ALREADY_REGISTERED = "already_registered"


@dataclass(frozen=True, slots=True)
class Registration:
    """``email`` is where mails about this registration go; ``password`` (encoded hash) only exists when matched."""

    registration_id: str
    number: DossierNumber
    outcome: Outcome
    email: str
    language: str
    started_at: datetime
    password: str | None = None
    account_id: str | None = None

    @property
    def expires_at(self) -> datetime:
        return self.started_at + LIFETIME

    def under_way(self, now: datetime) -> bool:
        """Not expired and not completed."""
        return self.account_id is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides about a registration, gathered in every case alike.

    ``holder`` is the account of the dossier, ``namesake`` the account with the same e-mail, ``misses`` how many
    registrations for the certificate did not match in the last 24 hours.
    """

    dossier: Dossier | None
    birth_date: date
    holder: Account | None
    namesake: Account | None
    misses: int


def decide(facts: Facts, *, misses_allowed: int) -> tuple[Outcome, Account | None]:
    """The outcome, and the account whose owner is to be told instead of the person who typed.

    After too many misses right facts count as wrong ones: birth dates could be guessed otherwise.
    """
    matches = (
        facts.dossier is not None
        and facts.dossier.member.birth_date == facts.birth_date
        and facts.misses < misses_allowed
    )
    if matches and facts.holder is not None:
        return Outcome.ALREADY_REGISTERED, facts.holder
    if facts.namesake is not None:
        return Outcome.ALREADY_REGISTERED, facts.namesake
    return (Outcome.MATCHED if matches else Outcome.NOT_MATCHED), None

"""Whether what somebody says of a dossier is what the roster says (REG-1, REG-21)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from services.identity.domain.accounts import Account
from services.identity.domain.roster import Dossier

MISSES_WITHIN: Final = timedelta(hours=24)


class Verdict(StrEnum):
    """What facts came to; told by mail only while no mailbox is proved."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    ALREADY_REGISTERED = "already_registered"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides, gathered in every case alike. ``holder`` is the account of the dossier, ``misses`` how often
    facts about it were wrong lately, ``offered`` whether its plan opens the path.
    """

    dossier: Dossier | None
    birth_date: date
    holder: Account | None
    misses: int
    offered: bool = True

    def matched(self, *, misses_allowed: int) -> bool:
        """After too many misses right facts count as wrong ones: birth dates could be guessed otherwise."""
        return (
            self.dossier is not None
            and self.dossier.member.birth_date == self.birth_date
            and self.misses < misses_allowed
        )

    def verdict(self, *, misses_allowed: int) -> Verdict:
        """The outcome for somebody who wants a new account."""
        if not self.matched(misses_allowed=misses_allowed) or not self.offered:
            return Verdict.NOT_MATCHED
        return Verdict.MATCHED if self.holder is None else Verdict.ALREADY_REGISTERED

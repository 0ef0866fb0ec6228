"""Whether what somebody says of a provider is what the registers say, and what follows (REG-12, REG-13, REG-21)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.identity.domain.accounts import Account
from services.identity.domain.providers import Provider
from services.identity.domain.statements import StatementFacts, prove


class Verdict(StrEnum):
    """What an enrolment came to; told by mail only."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    OF_CHAIN = "of_chain"
    ALREADY_REGISTERED = "already_registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """All that decides, gathered in every case alike.

    Attributes:
        provider: Whom the register knows by the number.
        office: Where they are said to work.
        told: The statements that were told.
        paid: Those of the same batches that were paid to the provider.
        holder: The account of the provider.
        misses: How often facts about this number were wrong lately.
    """

    provider: Provider | None
    office: str | None
    told: Sequence[StatementFacts]
    paid: Collection[StatementFacts]
    holder: Account | None
    misses: int
    today: date

    def verdict(self, *, misses_allowed: int) -> Verdict:
        """The outcome. After too many misses right facts count as wrong ones: statements could be guessed otherwise.

        That a pharmacy belongs to a chain needs no proof by statements, which its head office gets: it stands over its
        door, and whoever gave its number is told why there will be no account.
        """
        provider = self.provider
        if provider is None or not provider.active or self.misses >= misses_allowed:
            return Verdict.NOT_MATCHED
        if provider.chain:
            return Verdict.OF_CHAIN
        if not provider.works_at(self.office) or not prove(self.told, self.paid, today=self.today):
            return Verdict.NOT_MATCHED
        return Verdict.MATCHED if self.holder is None else Verdict.ALREADY_REGISTERED

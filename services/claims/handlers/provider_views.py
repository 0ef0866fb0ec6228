"""Providers in words: what members and agents read about an entry of the directory."""

from services.claims.domain.bilingual import Language
from services.claims.domain.directory import DirectoryEntry, PracticeAddress, State
from services.claims.domain.professions import Professions
from services.claims.domain.provider_phone import written
from shared.clock import Clock, business_day
from shared.contracts.claims.providers import ProviderAddress, ProviderSummary


class ProviderWords:
    """Writes entries for people of a language, as of today."""

    def __init__(self, professions: Professions, clock: Clock) -> None:
        self.professions = professions
        self._clock = clock

    def summary(self, entry: DirectoryEntry, language: Language) -> ProviderSummary:
        """A provider in a list."""
        name = entry.display_name
        return ProviderSummary(
            provider_id=entry.provider_id,
            name=name,
            practice_name=entry.practice_name if entry.practice_name not in {"", name} else None,
            profession=entry.profession or None,
            profession_name=self.professions.name(entry.profession, language) or None,
            phone=written(entry.phone) or None,
            city=entry.address.city or None,
            accepts_direct_billing=entry.bills_directly(business_day(self._clock())),
            unconfirmed_by_us=entry.state in {State.DRAFT, State.OWN},
        )


def address_view(address: PracticeAddress) -> ProviderAddress:
    """The address of a provider that somebody added, which is always whole."""
    return ProviderAddress.model_validate(
        {
            "street": address.street,
            "unit": address.unit,
            "city": address.city,
            "province": address.province,
            "postal_code": address.postal_code,
        }
    )

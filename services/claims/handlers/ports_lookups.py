"""What decisions look up besides coverage and accumulators. None of it changes while a claim is decided."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from services.claims.domain.circumstances import DrugFacts, OtherCoverage, ProviderStanding
from shared.mongo import Session


class DrugLookup(Protocol):
    """The drug list in force."""

    async def get_many(self, dins: Collection[str]) -> Mapping[str, DrugFacts]:
        """Those of the drugs that exist, by DIN."""
        ...


class StandingLookup(Protocol):
    """Providers as identity published them."""

    async def get_many(self, provider_ids: Collection[str]) -> Mapping[str, ProviderStanding]:
        """Those of the providers that are registered, by id."""
        ...


class OtherCoverageLookup(Protocol):
    """Other insurers' plans that families declared."""

    async def get_many(self, dossier_ids: Collection[str]) -> Mapping[str, Sequence[OtherCoverage]]:
        """By dossier, those of dossiers that declared any."""
        ...


class OtherCoverageRepository(OtherCoverageLookup, Protocol):
    """Where declarations are kept, with every change of them."""

    async def of_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[OtherCoverage]:
        """In the order of their ids."""
        ...

    async def put(
        self, dossier_id: str, declared: OtherCoverage, *, by: str, at: datetime, session: Session | None
    ) -> None:
        """Store a declaration, in place of the one with the same id."""
        ...


class _Nothing:
    """Where there is nothing to look up."""

    async def get_many(self, _wanted: Collection[str]) -> Mapping[str, Any]:
        return {}


NOTHING: Final = _Nothing()

"""What the use cases need from storage."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.circumstances import Estimate
from services.claims.domain.claim import Claim, ClaimStatus
from services.claims.domain.coverage import Coverage
from shared.mongo import Session

AccumulatorKey = tuple[str, int]
"""(dossier id, benefit year)."""


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim, and the digest of the body that it came in."""

    claim: Claim
    body_sha256: str


@dataclass(frozen=True, slots=True)
class DossierCoverage:
    """Coverage of one dossier, in the version that identity published."""

    dossier_id: str
    version: int
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A claim's place in the list of its dossier; ``received_at`` in whole milliseconds, as storage keeps it."""

    received_at: datetime
    claim_id: str


class ClaimRepository(Protocol):
    """Claims, and which services were claimed before."""

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, StoredClaim]:
        """Those of the claims that exist, by id."""
        ...

    async def get_by_number(self, number: str, *, dossier_id: str) -> StoredClaim | None:
        """A claim of that dossier, or nothing."""
        ...

    async def find(self, number: str, *, session: Session | None) -> StoredClaim | None:
        """A claim of any dossier, as the transaction sees it."""
        ...

    async def list_of_dossier(
        self, dossier_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        """Newest first; those that stand after ``before`` in this order, where it is given."""
        ...

    async def get_of_provider(self, number: str, *, provider_id: str) -> StoredClaim | None:
        """A claim that this provider submitted, or nothing."""
        ...

    async def list_of_provider(
        self, provider_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        """Those that this provider submitted, newest first; those that stand after ``before`` where it is given."""
        ...

    async def list_waiting_for_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[StoredClaim]:
        """Claims that were pended because the dossier was not known."""
        ...

    async def add_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        """Store new claims and the fingerprints of what they decided; ``DuplicateKey`` when one is there already."""
        ...

    async def save_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        """Store new versions of claims; their fingerprints are those of the new decisions, no others.

        ``Conflict`` is left to the transaction: two that save the same claim meet, and one runs again.
        """
        ...

    async def claimed_before(self, fingerprints: Collection[str], *, session: Session | None) -> Mapping[str, str]:
        """Fingerprint → id of the claim that has it, for those that were claimed."""
        ...

    async def estimates(self, numbers: Collection[str], *, session: Session | None) -> Mapping[str, Estimate]:
        """Predeterminations that were decided, by claim number."""
        ...

    async def advance(
        self,
        claim_ids: Collection[str],
        status: ClaimStatus,
        *,
        at: datetime,
        behind: Collection[ClaimStatus],
        session: Session | None,
    ) -> None:
        """Move those claims that stand at one of ``behind`` on to ``status``.

        Where a later step was faster, the status stays and this step takes its place in the timeline by ``at``.
        """
        ...

    async def add_conflict(self, claim_id: str, body_sha256: str, *, at: datetime, session: Session | None) -> None:
        """Remember that another body came under the same idempotency key; the first one stands."""
        ...


class CoverageRepository(Protocol):
    """Members as claims sees them."""

    async def get_many(self, dossier_ids: Collection[str], *, session: Session | None) -> Mapping[str, DossierCoverage]:
        """Those of the dossiers that are known, by id."""
        ...

    async def expect(self, dossier_ids: Collection[str], *, session: Session | None) -> None:
        """Note that claims wait for these dossiers.

        It conflicts with a ``put`` of the same dossier that is under way, so that either the claim sees the coverage
        or the coverage sees the claim.
        """
        ...

    async def put(self, coverage: DossierCoverage, *, session: Session | None) -> bool:
        """Store unless a newer version is there; tells whether it was stored."""
        ...


class AccumulatorRepository(Protocol):
    """What families have used."""

    async def get_many(
        self, keys: Collection[AccumulatorKey], *, session: Session | None
    ) -> Mapping[AccumulatorKey, Accumulators]:
        """Those that exist, by key."""
        ...

    async def put_all(self, accumulators: Mapping[AccumulatorKey, Accumulators], *, session: Session | None) -> None:
        """Store new states. Two transactions that change the same key conflict, and one of them runs again."""
        ...

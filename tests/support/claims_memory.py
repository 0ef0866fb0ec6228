"""Repositories of claims in memory; they refuse what the ones on MongoDB refuse."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.circumstances import Estimate, OtherCoverage
from services.claims.domain.claim import ClaimStatus, StatusEntry
from services.claims.handlers.ports import AccumulatorKey, DossierCoverage, ListPosition, StoredClaim
from shared.mongo import DuplicateKey, Session


class MemoryClaims:
    def __init__(self) -> None:
        self.stored: dict[str, StoredClaim] = {}
        self.fingerprints: dict[str, str] = {}
        self.conflicts: dict[tuple[str, str], datetime] = {}

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, StoredClaim]:
        return {claim_id: self.stored[claim_id] for claim_id in claim_ids if claim_id in self.stored}

    async def get_by_number(self, number: str, *, dossier_id: str) -> StoredClaim | None:
        found = (each for each in self.stored.values() if each.claim.number == number)
        return next((each for each in found if each.claim.dossier_id == dossier_id), None)

    async def find(self, number: str, *, session: Session | None) -> StoredClaim | None:
        return next((each for each in self.stored.values() if each.claim.number == number), None)

    async def list_of_dossier(
        self, dossier_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        return _newest(self._of(dossier_id), limit=limit, before=before)

    async def get_of_provider(self, number: str, *, provider_id: str) -> StoredClaim | None:
        found = (each for each in self.stored.values() if each.claim.number == number and provider_id)
        return next((each for each in found if each.claim.provider_id == provider_id), None)

    async def list_of_provider(
        self, provider_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        theirs = [each for each in self.stored.values() if each.claim.provider_id == provider_id and provider_id]
        return _newest(theirs, limit=limit, before=before)

    async def list_waiting_for_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[StoredClaim]:
        decided = [each for each in self._of(dossier_id) if each.claim.decision is not None]
        waiting = [each for each in decided if each.claim.decision and not each.claim.decision.dossier_known]
        return sorted(waiting, key=_position)

    def _of(self, dossier_id: str) -> list[StoredClaim]:
        return [each for each in self.stored.values() if each.claim.dossier_id == dossier_id]

    async def add_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        for stored in claims:
            numbers = {each.claim.number for each in self.stored.values()}
            if stored.claim.id in self.stored or stored.claim.number in numbers:
                raise DuplicateKey
            self.stored[stored.claim.id] = stored
        marks = _marks(claims)
        if marks.keys() & self.fingerprints.keys():
            raise DuplicateKey
        self.fingerprints |= marks

    async def save_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        self.stored |= {stored.claim.id: stored for stored in claims}
        for stored in claims:
            for mark in stored.claim.released_fingerprints:
                if self.fingerprints.get(mark) == stored.claim.id:
                    del self.fingerprints[mark]
        self.fingerprints = _marks(claims) | self.fingerprints

    async def claimed_before(self, fingerprints: Collection[str], *, session: Session | None) -> Mapping[str, str]:
        return {mark: self.fingerprints[mark] for mark in fingerprints if mark in self.fingerprints}

    async def estimates(self, numbers: Collection[str], *, session: Session | None) -> Mapping[str, Estimate]:
        found = [each.claim.as_estimate() for each in self.stored.values() if each.claim.number in numbers]
        return {estimate.number: estimate for estimate in found if estimate is not None}

    async def advance(
        self,
        claim_ids: Collection[str],
        status: ClaimStatus,
        *,
        at: datetime,
        behind: Collection[ClaimStatus],
        session: Session | None,
    ) -> None:
        for claim_id in claim_ids:
            stored, entry = self.stored.get(claim_id), StatusEntry(status, at)
            if stored is None:
                continue
            timeline = stored.claim.timeline
            if stored.claim.status in behind:
                timeline = (*timeline, entry)
            elif entry not in timeline and any(each.at > at for each in timeline):
                timeline = tuple(sorted((*timeline, entry), key=lambda each: each.at))
            self.stored[claim_id] = replace(stored, claim=replace(stored.claim, timeline=timeline))

    async def add_conflict(self, claim_id: str, body_sha256: str, *, at: datetime, session: Session | None) -> None:
        self.conflicts[claim_id, body_sha256] = at


def _newest(claims: list[StoredClaim], *, limit: int, before: ListPosition | None) -> Sequence[StoredClaim]:
    newest_first = sorted(claims, key=_position, reverse=True)
    after = [each for each in newest_first if before is None or _position(each) < _key(before)]
    return after[:limit]


def _marks(claims: Sequence[StoredClaim]) -> dict[str, str]:
    marks: dict[str, str] = {}
    for stored in claims:
        for mark in stored.claim.decision.fingerprints if stored.claim.decision else ():
            marks.setdefault(mark, stored.claim.id)
    return marks


def _position(stored: StoredClaim) -> tuple[int, str]:
    return _key(ListPosition(stored.claim.received_at, stored.claim.id))


def _key(position: ListPosition) -> tuple[int, str]:
    elapsed = position.received_at - datetime(1970, 1, 1, tzinfo=UTC)
    return elapsed // timedelta(milliseconds=1), position.claim_id


class MemoryCoverages:
    def __init__(self) -> None:
        self.known: dict[str, DossierCoverage] = {}
        self.expected: set[str] = set()

    async def get_many(self, dossier_ids: Collection[str], *, session: Session | None) -> Mapping[str, DossierCoverage]:
        return {dossier_id: self.known[dossier_id] for dossier_id in dossier_ids if dossier_id in self.known}

    async def expect(self, dossier_ids: Collection[str], *, session: Session | None) -> None:
        self.expected.update(dossier_ids)

    async def put(self, coverage: DossierCoverage, *, session: Session | None) -> bool:
        present = self.known.get(coverage.dossier_id)
        if present is not None and present.version >= coverage.version:
            return False
        self.known[coverage.dossier_id] = coverage
        return True


class MemoryAccumulators:
    def __init__(self) -> None:
        self.states: dict[AccumulatorKey, Accumulators] = {}

    async def get_many(
        self, keys: Collection[AccumulatorKey], *, session: Session | None
    ) -> Mapping[AccumulatorKey, Accumulators]:
        return {key: self.states[key] for key in keys if key in self.states}

    async def put_all(self, accumulators: Mapping[AccumulatorKey, Accumulators], *, session: Session | None) -> None:
        self.states |= accumulators


class MemoryOtherCoverages:
    def __init__(self) -> None:
        self.declared: dict[str, dict[str, OtherCoverage]] = {}
        self.changes: list[tuple[str, str, datetime, OtherCoverage]] = []

    async def get_many(self, dossier_ids: Collection[str]) -> Mapping[str, Sequence[OtherCoverage]]:
        return {each: await self.of_dossier(each, session=None) for each in dossier_ids if each in self.declared}

    async def of_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[OtherCoverage]:
        return tuple(each for _, each in sorted(self.declared.get(dossier_id, {}).items()))

    async def put(
        self, dossier_id: str, declared: OtherCoverage, *, by: str, at: datetime, session: Session | None
    ) -> None:
        self.declared.setdefault(dossier_id, {})[declared.id] = declared
        self.changes.append((dossier_id, by, at, declared))

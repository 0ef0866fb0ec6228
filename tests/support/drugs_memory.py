"""Repositories of the drug list in memory."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from services.claims.domain.drugs import Drug, ListInfo
from shared.mongo import DuplicateKey, Session


class MemoryDrugs:
    def __init__(self) -> None:
        self.present: ListInfo | None = None
        self.versions: dict[str, tuple[datetime, tuple[Drug, ...]]] = {}
        self.looks = 0

    async def current(self, *, session: Session | None = None) -> ListInfo | None:
        self.looks += 1
        return self.present

    async def drugs_of(self, version: str) -> AsyncIterator[Drug]:
        for drug in self.versions.get(version, (None, ()))[1]:
            yield drug

    async def add(self, version: str, drugs: Sequence[Drug], *, now: datetime) -> None:
        if version in self.versions:
            raise DuplicateKey
        self.versions[version] = (now, tuple(drugs))

    async def discard(self, version: str) -> None:
        self.versions.pop(version, None)

    async def discard_old(self, *, before: datetime) -> None:
        present = None if self.present is None else self.present.version
        for version, (added_at, _) in list(self.versions.items()):
            if added_at < before and version != present:
                del self.versions[version]

    async def switch(self, info: ListInfo, *, replaces: str | None, session: Session | None) -> bool:
        if (None if self.present is None else self.present.version) != replaces:
            return False
        self.present = info
        return True


class MemoryDrugUploads:
    def __init__(self) -> None:
        self.slices: dict[tuple[str, int], tuple[str, bytes]] = {}

    async def put(self, upload_id: str, position: int, data: bytes, *, account_id: str, now: datetime) -> None:
        self.slices.setdefault((upload_id, position), (account_id, data))

    async def load(self, upload_id: str, *, account_id: str) -> Sequence[bytes]:
        found = sorted((key[1], *value) for key, value in self.slices.items() if key[0] == upload_id)
        return [data for _, owner, data in found if owner == account_id]

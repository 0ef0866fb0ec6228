"""Repositories of statements as files, of their readers and of paper copies, in memory."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.payments.domain.statement_documents import DocumentKey, PaperCopy, Reader, StatementDocument
from shared.mongo import Session


class MemoryStatementDocuments:
    def __init__(self) -> None:
        self.documents: dict[DocumentKey, StatementDocument] = {}

    async def get(self, key: DocumentKey) -> StatementDocument | None:
        return self.documents.get(key)

    async def add(self, document: StatementDocument) -> None:
        self.documents.setdefault(document.key, document)


class MemoryStatementReaders:
    def __init__(self) -> None:
        self._readers: dict[tuple[str, str], Reader] = {}

    async def note(self, payee_id: str, reader: Reader, *, session: Session | None) -> None:
        self._readers[payee_id, reader.account_id] = reader

    async def of(self, payee_id: str, *, session: Session | None) -> Sequence[Reader]:
        return [reader for (payee, _), reader in sorted(self._readers.items()) if payee == payee_id]


class MemoryStatementDeliveries:
    def __init__(self) -> None:
        self._chosen: dict[str, tuple[bool, datetime]] = {}

    async def choose(self, payee_id: str, *, by_post: bool, at: datetime, session: Session | None) -> None:
        self._chosen[payee_id] = (by_post, at)

    async def get(self, payee_id: str, *, session: Session | None) -> tuple[bool, datetime | None]:
        return self._chosen.get(payee_id, (False, None))


class MemoryPaperCopies:
    def __init__(self) -> None:
        self._copies: dict[str, PaperCopy] = {}

    async def add(self, copy: PaperCopy, *, session: Session | None) -> None:
        self._copies.setdefault(copy.batch_number, copy)

    async def list_unposted(self, *, after: str | None, limit: int) -> Sequence[PaperCopy]:
        found = [copy for copy in self._copies.values() if copy.posted_at is None and copy.batch_number > (after or "")]
        return sorted(found, key=lambda copy: copy.batch_number)[:limit]

    async def get(self, batch_number: str, *, session: Session | None) -> PaperCopy | None:
        return self._copies.get(batch_number)

    async def mark_posted(self, batch_number: str, *, at: datetime, by: str, session: Session | None) -> None:
        copy = self._copies[batch_number]
        if copy.posted_at is None:
            self._copies[batch_number] = replace(copy, posted_at=at, posted_by=by)


class MemoryStatementPersons:
    def __init__(self) -> None:
        self._dossiers: dict[str, tuple[int, Mapping[str, str]]] = {}

    async def note(self, dossier_id: str, names: Mapping[str, str], *, version: int, session: Session | None) -> None:
        known, _ = self._dossiers.get(dossier_id, (0, {}))
        if known < version:
            self._dossiers[dossier_id] = (version, dict(names))

    async def names(self, person_ids: Collection[str]) -> Mapping[str, str]:
        every = {person: name for _, names in self._dossiers.values() for person, name in names.items()}
        return {person: every[person] for person in person_ids if person in every}

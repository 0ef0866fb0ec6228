"""What payments needs of the outside to keep, render and deliver statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.payments.domain.statement import Statement
from services.payments.domain.statement_documents import (
    DocumentKey,
    Language,
    Names,
    PaperCopy,
    Reader,
    StatementDocument,
)
from shared.mongo import Session


class StatementDocumentRepository(Protocol):
    """Statements as files; append-only."""

    async def get(self, key: DocumentKey) -> StatementDocument | None: ...

    async def add(self, document: StatementDocument) -> None:
        """Keep a file; the first one that came stays."""
        ...


class StatementReaderRepository(Protocol):
    """The accounts of each payee, and their languages."""

    async def note(self, payee_id: str, reader: Reader, *, session: Session | None) -> None: ...

    async def of(self, payee_id: str, *, session: Session | None) -> Sequence[Reader]: ...


class StatementDeliveryRepository(Protocol):
    """Which payees asked for paper (PAY-5)."""

    async def choose(self, payee_id: str, *, by_post: bool, at: datetime, session: Session | None) -> None: ...

    async def get(self, payee_id: str, *, session: Session | None) -> tuple[bool, datetime | None]:
        """Whether by post, and since when; no, and never, unless they chose."""
        ...


class PaperCopyRepository(Protocol):
    """Statements that go by post."""

    async def add(self, copy: PaperCopy, *, session: Session | None) -> None:
        """Put a statement on the list, once."""
        ...

    async def list_unposted(self, *, after: str | None, limit: int) -> Sequence[PaperCopy]:
        """By rising batch number, those above ``after`` only."""
        ...

    async def get(self, batch_number: str, *, session: Session | None) -> PaperCopy | None: ...

    async def mark_posted(self, batch_number: str, *, at: datetime, by: str, session: Session | None) -> None:
        """Note that it went; who did so first stays noted."""
        ...


class StatementPersonRepository(Protocol):
    """What the persons of dossiers are called, for statements."""

    async def note(self, dossier_id: str, names: Mapping[str, str], *, version: int, session: Session | None) -> None:
        """Names by person id; those of an older version than the one known change nothing."""
        ...

    async def names(self, person_ids: Collection[str]) -> Mapping[str, str]:
        """By person id; unknown ones are missing."""
        ...


class Rendering(Protocol):
    """Makes files of statements."""

    async def render(self, statement: Statement, key: DocumentKey, names: Names) -> bytes:
        """The file; the same bytes for the same statement and names.

        Raises:
            RenderingFailed: it can be tried again.
        """
        ...


class ReasonWords(Protocol):
    """Reason codes in words."""

    def reason(self, code: str, language: Language) -> str: ...

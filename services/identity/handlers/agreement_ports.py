"""What the enrolment of hygienists needs from storage and from the maker of documents."""

from typing import Protocol

from services.identity.domain.agreements import Agreement
from shared.mongo import Session


class AgreementRepository(Protocol):
    """Signed agreements. They are only ever added; one per provider and version of the text."""

    async def add(self, agreement: Agreement, *, session: Session | None = None) -> None:
        """Write a new one; raises ``DuplicateKey`` when the provider has signed this text already."""
        ...

    async def latest_of(self, provider_id: str, *, session: Session | None = None) -> Agreement | None:
        """The one that was signed last."""
        ...


class Documents(Protocol):
    """Makes PDF files; the same facts give the same bytes."""

    def agreement(self, agreement: Agreement) -> bytes: ...

    def letter(self, agreement: Agreement) -> bytes:
        """The letter that goes with the agreement's document, whose digest it names."""
        ...

"""What the handlers need from storage and from hashing. ``session`` is the transaction to take part in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.identity.domain.accounts import Account
from services.identity.domain.audit import Entry, Head, Tail
from services.identity.domain.audit_verification import SignedHead
from services.identity.domain.clients import Client
from services.identity.domain.registration import Registration
from services.identity.domain.roster import Dossier, DossierNumber
from shared.mongo import Session


class DossierRepository(Protocol):
    """The roster."""

    async def get(self, dossier_id: str, *, session: Session | None = None) -> Dossier | None: ...

    async def list_by_ids(
        self, dossier_ids: Sequence[str], *, session: Session | None = None
    ) -> Mapping[str, Dossier]: ...

    async def save_all(self, dossiers: Sequence[Dossier], *, session: Session | None = None) -> None:
        """Write new and changed dossiers at once."""
        ...


class AccountRepository(Protocol):
    """Accounts and their links to dossiers. A user name and a dossier belong to one account at most."""

    async def get(self, account_id: str, *, session: Session | None = None) -> Account | None: ...

    async def get_by_user_name(self, user_name: str, *, session: Session | None = None) -> Account | None: ...

    async def get_by_dossier(self, dossier_id: str, *, session: Session | None = None) -> Account | None: ...

    async def add(self, account: Account, *, session: Session | None = None) -> None:
        """Write a new account with its links; raises ``DuplicateKey`` for a user name or dossier that is taken."""
        ...

    async def save(self, account: Account, *, session: Session | None = None) -> None:
        """Replace an account (not its links) if its version is still the stored one, which is raised by one.

        Raises:
            AccountChangedError: another change came first.
        """
        ...

    async def add_dossier(self, account_id: str, number: DossierNumber, *, session: Session | None = None) -> None:
        """Link one more dossier; raises ``DuplicateKey`` when it belongs to an account already."""
        ...

    async def replace_password(self, account_id: str, *, old: str, new: str) -> bool:
        """Put ``new`` in the place of ``old``; tells whether ``old`` was still there."""
        ...


class RegistrationRepository(Protocol):
    """Registrations of the last 24 hours."""

    async def get(self, registration_id: str, *, session: Session | None = None) -> Registration | None: ...

    async def add(self, registration: Registration, *, session: Session | None = None) -> None: ...

    async def complete(self, registration_id: str, account_id: str, *, session: Session | None = None) -> None:
        """Note which account came of it, and forget its password."""
        ...

    async def count_misses(
        self, dossier_id: str, *, since: datetime, up_to: int, session: Session | None = None
    ) -> int:
        """Registrations for a certificate, known or not, that did not match since then; counting ends at ``up_to``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFilter:
    """Which acts are wanted; what is given must all hold.

    Attributes:
        concerning: One of these did it, or it is about one of them, or it was done on behalf of ``behalf_of``.
        behalf_of: See ``concerning``: what delegates did for this provider.
        account_id: This one did it, or it was done on their behalf.
        about: It is about this account, provider or dossier.
        act: Its name.
        since: First day of recording.
        until: Last day of recording, included.
    """

    concerning: tuple[str, ...] = ()
    behalf_of: str | None = None
    account_id: str | None = None
    about: str | None = None
    act: str | None = None
    since: date | None = None
    until: date | None = None


class AuditRepository(Protocol):
    """Entries of the audit. They are added and read, never changed: the database's role allows nothing else."""

    async def tail(self, day: date, *, session: Session | None = None) -> Tail:
        """Where the next entry of a day goes."""
        ...

    async def known(self, event_ids: Sequence[str], *, session: Session | None = None) -> set[str]:
        """Which of these events are recorded already."""
        ...

    async def add(self, entries: Sequence[Entry], *, session: Session | None = None) -> None:
        """Add entries; raises ``DuplicateKey`` where somebody else took a place meanwhile."""
        ...

    async def first_day(self) -> date | None: ...

    def entries_of(self, day: date) -> AsyncIterator[Entry]:
        """In their order, one after the other; raises some ``LookupError``, ``TypeError``, ``AttributeError`` or
        ``ValueError`` at what is no entry.
        """
        ...

    async def search(self, wanted: ActFilter, *, before: str | None, limit: int) -> Sequence[Entry]:
        """The newest entries before a position."""
        ...


class HeadRepository(Protocol):
    """Signed heads of days that are over."""

    async def latest(self, *, session: Session | None = None) -> SignedHead | None: ...

    async def get(self, day: date) -> SignedHead | None: ...

    async def first_day(self) -> date | None: ...

    async def add(self, head: Head, *, session: Session | None = None) -> None:
        """Sign and keep; raises ``DuplicateKey`` for a day that has one."""
        ...


class ClientRepository(Protocol):
    """Machine clients."""

    async def get(self, client_id: str, *, session: Session | None = None) -> Client | None: ...

    async def list_all(self) -> Sequence[Client]:
        """All of them, the oldest first."""
        ...

    async def add(self, client: Client, *, session: Session | None = None) -> None: ...

    async def save(self, client: Client, *, session: Session | None = None) -> None:
        """Replace a client if its version is still the stored one, which is raised by one.

        Raises:
            ClientChangedError: somebody else was faster.
        """
        ...


class PasswordHasher(Protocol):
    """Costly on purpose: never called inside a transaction. Raises ``HashingBusyError`` when too many wait."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether they belong together; without a hash the same work is done for nothing."""
        ...

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made at a lower cost than today's."""
        ...

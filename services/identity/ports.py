"""What the handlers need from storage and from hashing. ``session`` is the transaction to take part in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import Account
from services.identity.domain.cases import Case, CaseStatus
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


class CaseRepository(Protocol):
    """Cases of disabled accounts."""

    async def get(self, case_id: str, *, session: Session | None = None) -> Case | None: ...

    async def add(self, case: Case, *, session: Session | None = None) -> None: ...

    async def resolve(self, case: Case, *, session: Session | None = None) -> bool:
        """Write the decision on a case; tells whether it was open until then."""
        ...

    async def list_newest(self, *, status: CaseStatus | None, limit: int) -> Sequence[Case]: ...


class PasswordHasher(Protocol):
    """Costly on purpose: never called inside a transaction. Raises ``HashingBusyError`` when too many wait."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether they belong together; without a hash the same work is done for nothing."""
        ...

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made at a lower cost than today's."""
        ...

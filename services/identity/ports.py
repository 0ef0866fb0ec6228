"""What the handlers need from storage and from hashing. ``session`` is the transaction to take part in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import Account
from services.identity.domain.registration import Registration
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.domain.second_factor import Authenticator
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


class AuthenticatorRepository(Protocol):
    """Authenticator apps, one at most per account."""

    async def get(self, account_id: str, *, session: Session | None = None) -> Authenticator | None: ...

    async def add(self, authenticator: Authenticator, *, session: Session | None = None) -> None:
        """Write one that was just set up, in the place of another that was never confirmed; raises ``DuplicateKey``
        when one is in use.
        """
        ...

    async def save(self, authenticator: Authenticator, *, session: Session | None = None) -> None:
        """Replace one if its version is still the stored one, which is raised by one.

        Raises:
            AccountChangedError: another change came first.
        """
        ...

    async def remove(self, account_id: str, *, session: Session | None = None) -> None: ...


class SecretKeeper(Protocol):
    """Encrypts what must be read again."""

    def encrypted(self, secret: str, *, owner: str) -> str: ...

    def decrypted(self, text: str, *, owner: str) -> str:
        """Raises ``ValueError`` for what was encrypted for another owner, elsewhere, or changed."""
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

"""What the handlers need from storage and from hashing. ``session`` is the transaction to take part in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import Account
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.contact_choices import ContactChoice
from services.identity.domain.flows import Flow
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.domain.terms import Acceptance
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
    """Accounts and their links to dossiers. A user name and a dossier belong to one account at most, an access address
    to one account per role.
    """

    async def get(self, account_id: str, *, session: Session | None = None) -> Account | None: ...

    async def get_by_user_name(self, user_name: str, *, session: Session | None = None) -> Account | None: ...

    async def get_by_email(self, email: str, role: str, *, session: Session | None = None) -> Account | None:
        """The account with this access address in this role; at most one."""
        ...

    async def get_by_dossier(self, dossier_id: str, *, session: Session | None = None) -> Account | None: ...

    async def add(self, account: Account, *, session: Session | None = None) -> None:
        """Write a new account with its links; raises ``DuplicateKey`` for a name, address or dossier that is taken."""
        ...

    async def save(self, account: Account, *, session: Session | None = None) -> None:
        """Replace an account (not its links) if its version is still the stored one, which is raised by one.

        Raises:
            AccountChangedError: another change came first.
        """
        ...

    async def get_by_provider(self, provider_id: str, *, session: Session | None = None) -> Account | None: ...

    async def remove(self, account_id: str, *, session: Session | None = None) -> None:
        """Remove an account with its links: its user name, provider and dossiers are free again."""
        ...

    async def add_dossier(self, account_id: str, number: DossierNumber, *, session: Session | None = None) -> None:
        """Link one more dossier; raises ``DuplicateKey`` when it belongs to an account already."""
        ...

    async def replace_password(self, account_id: str, *, old: str, new: str) -> bool:
        """Put ``new`` in the place of ``old``; tells whether ``old`` was still there."""
        ...


class FlowRepository(Protocol):
    """Enrolments under way, and those finished lately."""

    async def get(self, flow_id: str, *, session: Session | None = None) -> Flow | None: ...

    async def add(self, flow: Flow, *, session: Session | None = None) -> None: ...

    async def save(self, flow: Flow, *, session: Session | None = None) -> None:
        """Replace a flow if its version is still the stored one, which is raised by one.

        Raises:
            FlowChangedError: another change came first.
        """
        ...


class CheckRepository(Protocol):
    """Checks of what people said of a certificate, of the last 24 hours."""

    async def add(self, dossier_id: str, *, matched: bool, at: datetime, session: Session | None = None) -> None: ...

    async def count_misses(
        self, dossier_id: str, *, since: datetime, up_to: int, session: Session | None = None
    ) -> int:
        """Checks of a certificate, known or not, that did not match since then; counting ends at ``up_to``."""
        ...


class RecoveryRecordRepository(Protocol):
    """What account holders left for recovery, one record per account."""

    async def get(self, account_id: str, *, session: Session | None = None) -> RecoveryRecord | None: ...

    async def save(self, record: RecoveryRecord, *, session: Session | None = None) -> None:
        """Write a record, new or changed."""
        ...


class AcceptanceRepository(Protocol):
    """Who accepted which terms."""

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Acceptance]: ...

    async def add(self, acceptance: Acceptance, *, session: Session | None = None) -> None:
        """Keep an acceptance; raises ``DuplicateKey`` when the account accepted this version before."""
        ...


class ContactChoiceRepository(Protocol):
    """Chosen contact addresses, by account."""

    async def get(self, account_id: str, *, session: Session | None = None) -> ContactChoice | None: ...

    async def put(self, choice: ContactChoice, *, session: Session | None = None) -> None: ...


class PasswordHasher(Protocol):
    """Costly on purpose: never called inside a transaction. Raises ``HashingBusyError`` when too many wait."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether they belong together; without a hash the same work is done for nothing."""
        ...

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made at a lower cost than today's."""
        ...

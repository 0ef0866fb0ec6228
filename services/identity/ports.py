"""What the handlers need from storage and from hashing. ``session`` is the transaction to take part in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import Account
from services.identity.domain.address_changes import AddressChange
from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.attempts import Attempts
from services.identity.domain.cases import Case, CaseStatus
from services.identity.domain.contact_choices import ContactChoice
from services.identity.domain.flows import Flow
from services.identity.domain.recovery import RecoveryUnderWay
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.domain.second_factor import Authenticator
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

    async def list_by_email(self, email: str, *, session: Session | None = None) -> Sequence[Account]:
        """Accounts reached at this address, which is in its one form (``domain.email_address``)."""
        ...

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

    async def set_attempts(
        self, account_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        """Put ``attempts`` in the place of ``known``; tells whether those were still there."""
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


class CaseRepository(Protocol):
    """Cases of disabled accounts."""

    async def get(self, case_id: str, *, session: Session | None = None) -> Case | None: ...

    async def add(self, case: Case, *, session: Session | None = None) -> None: ...

    async def resolve(self, case: Case, *, session: Session | None = None) -> bool:
        """Write the decision on a case; tells whether it was open until then."""
        ...

    async def list_newest(self, *, status: CaseStatus | None, limit: int) -> Sequence[Case]: ...


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


class RecoveryRepository(Protocol):
    """Recoveries under way."""

    async def get(self, recovery_id: str, *, session: Session | None = None) -> RecoveryUnderWay | None: ...

    async def add(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None: ...

    async def save(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None:
        """Keep how far it has come."""
        ...


class AdministratorRepository(Protocol):
    """Administrator security, one credential per provider."""

    async def get(self, provider_id: str, *, session: Session | None = None) -> AdministratorCredential | None: ...

    async def save(self, credential: AdministratorCredential, *, session: Session | None = None) -> None:
        """Write the first version, or the one after the stored one.

        Raises:
            AdministratorChangedError: the version before is not the stored one.
            DuplicateKey: there is a first version already.
        """
        ...

    async def set_attempts(
        self, provider_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        """Put ``attempts`` in the place of ``known``; tells whether those were still there."""
        ...


class AddressChangeRepository(Protocol):
    """Changes of addresses, under way or done."""

    async def get(self, change_id: str, *, session: Session | None = None) -> AddressChange | None: ...

    async def save(self, change: AddressChange, *, session: Session | None = None) -> None:
        """Write a change, new or gone further."""
        ...

    async def list_former(self, account_id: str, *, session: Session | None = None) -> Sequence[str]:
        """Access addresses that the account had until a while ago."""
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

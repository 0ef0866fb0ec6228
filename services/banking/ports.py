"""What the handlers need of the outside: repositories, the vault of account numbers, the bank; and what these keep."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Final, Protocol, TypeVar

from services.banking.domain.accounts import DirectDeposit
from services.banking.domain.deposit_file import DepositFile
from services.banking.domain.deposit_item import DepositItem
from services.banking.domain.history import HistoryEntry
from shared.contracts.payments import PayeeClass
from shared.errors import AppError, Rejected, Transient
from shared.mongo import Session

HELD: Final = "held:"
"""Before the key of an enrolment: whose bank details these are is not decided yet."""

T = TypeVar("T")


class AccountUnreadable(AppError):  # noqa: N818 - reads as the outcome
    """The ciphertext was changed or belongs to another payee or box, or the master key is another one."""

    def __init__(self, payee_id: str) -> None:
        super().__init__("banking.account_unreadable", payee_id=payee_id)


class AccountErased(AppError):  # noqa: N818
    """The payee's data key is gone, and with it the account number (BNK-2)."""

    def __init__(self, payee_id: str) -> None:
        super().__init__("banking.account_erased", payee_id=payee_id)


class FileChangedMeanwhile(Transient):
    """Another process took the deposit file a step further; nothing was saved."""

    def __init__(self, run_id: str) -> None:
        super().__init__("banking.deposit_file_changed_meanwhile", run_id=run_id)


class FileBeingWritten(Transient):
    """Another process is writing the file of this name."""

    def __init__(self, name: str) -> None:
        super().__init__("banking.deposit_file_being_written", name=name)


class ReportUnreadable(Rejected):
    """A report of the bank is not what was agreed on; ``reason`` is a word, never a part of the report."""

    def __init__(self, reason: str) -> None:
        super().__init__("banking.report_unreadable", reason=reason)


@dataclass(frozen=True, slots=True)
class EncryptedBoxes:
    """Transit, institution and account, each encrypted under the payee's own data key."""

    transit: bytes = field(repr=False)
    institution: bytes = field(repr=False)
    account: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """A payee's direct deposit as the database holds it.

    Attributes:
        payee_id: the dossier.
        account_id: who enrolled; the person's account with Acquit, not a bank account.
        account_ending: last three digits for screens; None when they would be all of the number.
        fingerprint: keyed digest of the three boxes: equal for equal accounts, useless without the key.
        version: rises with each change; a change names the version that it replaces (BNK-3).
        valid_from: when these details came into force; None for those that were given first.
        held_until: nothing is paid before then (BNK-3).
        former: the details before, the latest first, without theirs: a file written again takes what held when its
            number was taken.
    """

    payee_id: str
    account_id: str
    boxes: EncryptedBoxes
    account_ending: str | None
    fingerprint: str
    enrolled_at: datetime
    version: int = 1
    valid_from: datetime | None = None
    held_until: datetime | None = None
    former: "tuple[StoredAccount, ...]" = ()
    payee_class: PayeeClass = "member"

    def as_of(self, instant: datetime) -> "StoredAccount":
        """The details that held at ``instant``; the oldest known for an instant before all of them."""
        versions = (self, *self.former)
        return next((one for one in versions if one.valid_from is None or one.valid_from <= instant), versions[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDeposit:
    """Details of somebody who is enrolling; they belong to no payee yet.

    Attributes:
        flow_key: the enrolment.
        expires_at: worth nothing from then on.
    """

    flow_key: str
    boxes: EncryptedBoxes
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositPlan:
    """All that the bytes of a deposit file follow from, except the account numbers; and how far the file has come.

    Attributes:
        payee_names: by payee, as they were when the number was reserved.
        version: rises with each save; a save of an old one is refused.
    """

    file: DepositFile
    file_name: str
    originator_id: str
    payable_on: date
    payee_names: Mapping[str, str] = field(repr=False)
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BankException:
    """Something that the bank or the data say and that a person has to look at (BNK-5).

    Attributes:
        exception_id: the same for the same finding, so that it is recorded once.
        kind: ``unknown_reference``, ``amount_differs``, ``item_not_open``, ``file_refused``, ``account_shared``,
            ``held_details_missing``, ``details_differ``; of returns ``returned_differently``, ``return_unreadable``,
            ``return_unexpected``, ``return_file_refused``.
        source: name of the bank's report, or id of the payee.
        subject: cross-reference, file name or payee.
    """

    exception_id: str
    kind: str
    source: str
    subject: str
    found_at: datetime
    amount_cents: int | None = None


class AccountRepository(Protocol):
    """Enrolled accounts, one per payee. ``add`` and ``replace`` also add to the history, in the same transaction."""

    async def get(self, payee_id: str, *, session: Session | None = None) -> StoredAccount | None:
        """The payee's account, if enrolled."""

    async def list_for(self, payee_ids: Sequence[str]) -> Mapping[str, StoredAccount]:
        """The accounts of those payees that have one."""

    async def list_payees_by_fingerprint(self, fingerprint: str, *, session: Session | None = None) -> tuple[str, ...]:
        """Payees with this very account."""

    async def add(self, account: StoredAccount, *, session: Session | None = None) -> None:
        """Store a first account; ``DuplicateKey`` when the payee has one."""

    async def replace(self, account: StoredAccount, *, session: Session | None = None) -> bool:
        """Store the next version; tells whether the one before it was the stored one."""

    async def remove(self, payee_id: str, *, ended: HistoryEntry | None = None, session: Session | None = None) -> None:
        """The payee has no account any more, nor any version of one; ``ended`` is what the history keeps of it."""


class HeldDepositRepository(Protocol):
    """What is held for enrolments under way."""

    async def get(self, flow_key: str, *, at: datetime) -> HeldDeposit | None:
        """What was held at that moment."""

    async def put(self, held: HeldDeposit, *, session: Session | None = None) -> None:
        """Hold, in the place of what was held for the same enrolment."""

    async def remove(self, flow_key: str, *, session: Session | None = None) -> None:
        """Hold nothing any more."""


class PayeeRepository(Protocol):
    """Names of payees for the deposit file, as identity last told them."""

    async def names(self, payee_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        """The names of those payees that are known."""

    async def record(self, payee_id: str, name: str, *, told_at: datetime, session: Session | None = None) -> None:
        """Keep the name unless a later one is known."""


class DepositPlanRepository(Protocol):
    """Deposit files, one per run."""

    async def recent_numbers(self, originator_id: str, *, session: Session | None = None) -> tuple[int, ...]:
        """The last file creation numbers, oldest first."""

    async def take_number(
        self, originator_id: str, number: int, *, remember: int, session: Session | None = None
    ) -> None:
        """Use a number; the last ``remember`` ones (at least one) are kept."""

    async def get_by_run(self, run_id: str, *, session: Session | None = None) -> DepositPlan | None:
        """The file of a run with all its items in their order."""

    async def runs_of(self, cross_references: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        """Run by cross-reference, for those that are known."""

    async def add(self, plan: DepositPlan, *, session: Session | None = None) -> None:
        """Store a new plan; ``DuplicateKey`` when the run has a file or a payment stands in another one."""

    async def save(
        self, plan: DepositPlan, *, changed: Sequence[DepositItem] = (), session: Session | None = None
    ) -> None:
        """Store the state of the file and of the ``changed`` items.

        Raises:
            FileChangedMeanwhile: ``plan.version`` is not the stored one.
        """


class ExceptionRepository(Protocol):
    """The exception list."""

    async def record(self, found: Sequence[BankException], *, session: Session | None = None) -> None:
        """Keep what is not on the list yet."""


class AccountVault(Protocol):
    """Encrypts account numbers, one data key per payee (BNK-2)."""

    async def encrypt(self, payee_id: str, deposit: DirectDeposit) -> EncryptedBoxes:
        """Encrypt under the payee's data key, which is made when there is none. Not part of any transaction.

        What is held for an enrolment has the enrolment with ``HELD`` before it in the place of a payee.
        """

    async def decrypt(self, payee_id: str, boxes: EncryptedBoxes) -> DirectDeposit:
        """The account.

        Raises:
            AccountUnreadable: changed, moved from another payee or box, or another master key.
            AccountErased: the data key was deleted.
        """

    def fingerprint(self, deposit: DirectDeposit) -> str:
        """The same text for the same account, whoever the payee is."""

    async def erase(self, payee_id: str) -> None:
        """Delete the payee's data key: what was encrypted under it is unreadable for ever. Not part of any
        transaction; a payee who enrols again gets another key.
        """


class BankOutbox(Protocol):
    """The way of our files to the bank."""

    async def send(
        self, name: str, write: Callable[[BinaryIO], T], *, before_delivery: Callable[[T], Awaitable[None]]
    ) -> T:
        """Write a file whole, then hand it over under ``name``; the bank never sees a part of it.

        ``write`` runs in a thread. ``before_delivery`` is given its result once everything is on disk; when either
        raises, nothing is left behind. Sending the same name again replaces it.

        Raises:
            FileBeingWritten: by another process, at this moment.
            Transient: everything is on disk and proved, but the bank cannot be reached.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedItem:
    """One payment that the bank says it settled."""

    cross_reference: str
    amount_cents: int
    settled_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReport:
    """Payments that reached their payees. ``digest`` is the SHA-256 of the report: the same report has the same."""

    digest: str
    items: tuple[ReportedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalReport:
    """The bank refused a whole file."""

    digest: str
    file_name: str


class BankInbox(Protocol):
    """Reports of the bank; each is offered until it is archived or refused."""

    async def list_reports(self) -> Sequence[str]:
        """Names of complete reports, in order."""

    async def read(self, name: str) -> SettlementReport | RefusalReport | None:
        """A report; None when somebody else took it away.

        Raises:
            ReportUnreadable: not what the bank and we agreed on.
        """

    async def archive(self, name: str) -> None:
        """Put a report away that was dealt with."""

    async def refuse(self, name: str, *, reason: str) -> None:
        """Put a report aside that cannot be read, with the reason beside it."""

"""What is compared by a reconciliation, and what it finds (PAY-6, PAY-7).

Claims adjudicated, payables, batches, lines of deposit files and what the bank reported are written down by different
hands: claim versions by what claims announced, payables and batches by runs, words of the bank as banking said them,
transfers by the ledger. They must agree to the cent; where they do not, each difference is named with both figures.
The types here take what is stored as it is, also what could not be: that is what they are for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.payments.domain.claim_version import ClaimVersion
from services.payments.domain.ledger import Posting, payment_of
from services.payments.domain.payable import Payable
from services.payments.domain.payment import PaymentItem
from shared.money import Cents

WordKind = Literal["file", "settlement", "return"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """A payment and its amount, in banking's figures."""

    payment_id: str
    amount_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class BankWord:
    """One thing that banking said of a run: the lines of its file, settlements, returns.

    Attributes:
        word_id: the message, so that the same one is kept once.
    """

    word_id: str
    kind: WordKind
    run_id: str
    lines: tuple[BankLine, ...]
    said_at: datetime
    file_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A payment as it is stored, whether or not its items sum to its amount."""

    payment_id: str
    batch_number: str
    run_id: str
    payee_id: str
    amount_cents: Cents
    items: tuple[PaymentItem, ...]
    status: str
    scheduled_at: datetime
    file_number: int | None = None
    method: str = "deposit"
    reissue_of: str | None = None

    @property
    def pays(self) -> bool:
        """Whether the payee has the money or is about to; what was returned is paid by another batch."""
        return self.status in {"scheduled", "sent", "settled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayable:
    """A payable and the run that took it; None while it is open."""

    payable: Payable
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTransfer:
    """A transfer as it is stored, whether or not it balances."""

    key: str
    posted_at: datetime
    postings: tuple[Posting, ...]

    @property
    def payment_id(self) -> str | None:
        """The payment that it moves; None for an adjudication."""
        return payment_of(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything written down about the claims and runs that are compared.

    Attributes:
        versions: of every claim concerned, all of them: each is booked by its difference to the one before.
        batches: of the runs concerned, and of the runs that took a payable of a claim concerned.
        version_keys: the versions whose money is followed from claim to batch.
        run_ids: the runs whose money is followed from batch to bank.
    """

    versions: tuple[ClaimVersion, ...]
    payables: tuple[StoredPayable, ...]
    batches: tuple[Batch, ...]
    words: tuple[BankWord, ...]
    transfers: tuple[StoredTransfer, ...]
    version_keys: frozenset[str]
    run_ids: frozenset[str]


DifferenceKind = Literal[
    "version_missing",
    "payable_missing",
    "payable_amount_differs",
    "payable_without_claim",
    "adjudication_not_in_ledger",
    "adjudication_differs_in_ledger",
    "payable_in_no_batch",
    "payable_open_in_batch",
    "payable_in_several_batches",
    "item_amount_differs",
    "item_without_claim",
    "batch_amount_differs",
    "scheduling_differs_in_ledger",
    "file_line_missing",
    "file_line_duplicated",
    "file_line_amount_differs",
    "file_line_unknown",
    "settlement_missing",
    "settlement_duplicated",
    "settlement_amount_differs",
    "settlement_unknown",
    "settlement_not_booked",
    "settlement_differs_in_ledger",
    "return_unknown",
    "return_amount_differs",
    "return_missing",
    "return_not_booked",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two figures that ought to be one; ``subject`` is the version, payable, batch or payment in question."""

    kind: DifferenceKind
    subject: str
    expected_cents: Cents
    found_cents: Cents

    @property
    def cents(self) -> Cents:
        """What was found beyond what was expected; negative where something is missing."""
        return self.found_cents - self.expected_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Two sums that must be equal, each with what it is made of, in cents by name."""

    name: str
    left: Mapping[str, Cents]
    right: Mapping[str, Cents]

    @property
    def difference_cents(self) -> Cents:
        return sum(self.right.values()) - sum(self.left.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch from its claims to the bank, in cents."""

    batch_number: str
    payment_id: str
    run_id: str
    payee_id: str
    status: str
    method: str
    claims: int
    items_cents: Cents
    batch_cents: Cents
    ledger_cents: Cents
    file_cents: Cents
    settled_cents: Cents
    cashed_cents: Cents
    returned_cents: Cents
    reissued_cents: Cents

    @property
    def cheque_cents(self) -> Cents:
        """Paid by cheque, which stands in no deposit file."""
        return self.batch_cents if self.method == "cheque" else 0

    @property
    def unsent_cents(self) -> Cents:
        """Scheduled and in no file yet."""
        waits = self.method == "deposit" and self.status == "scheduled" and not self.file_cents
        return self.batch_cents if waits else 0

    @property
    def in_transit_cents(self) -> Cents:
        """In a file, and the bank has reported neither settlement nor return."""
        return 0 if self.settled_cents or self.returned_cents else self.file_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The result: equations, a row per batch, and everything that differs."""

    equations: tuple[Equation, ...]
    batches: tuple[BatchRow, ...]
    differences: tuple[Difference, ...]

    @property
    def difference_cents(self) -> Cents:
        """All that differs, in one direction or the other; it does not cancel out.

        What the equations are off by counts where no difference explains it: one difference puts several of them off.
        """
        listed = sum(abs(difference.cents) for difference in self.differences)
        return listed or sum(abs(equation.difference_cents) for equation in self.equations)

    @property
    def reconciled(self) -> bool:
        """Whether nothing differs, not even by something that costs no cent."""
        return not self.differences and not self.difference_cents

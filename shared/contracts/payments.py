"""What payments is asked, answers and publishes."""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.contracts import Command, Event, Identifier, Instant, Part, Query, View
from shared.contracts.claims import AdjudicatedLine, ClaimNumber

BatchNumber = Annotated[str, Field(pattern=r"^[0-9]{8}$", examples=["10000042"])]
PayeeClass = Literal["member", "provider"]
PaymentStatus = Literal["scheduled", "sent", "settled", "returned"]
PaymentMethod = Literal["deposit", "cheque"]


class CloseRun(Command):
    """Gather what is payable to a class of payees into one batch per payee and ask for the deposit (PAY-1)."""

    wire_type: ClassVar[str] = "payments.close_run.v1"
    run_id: Identifier
    payee_class: PayeeClass


class GetRun(Query):
    """A payment run, for agents."""

    wire_type: ClassVar[str] = "payments.get_run.v1"
    run_id: Identifier


class RunView(View):
    """A payment run in figures."""

    run_id: Identifier
    payee_class: PayeeClass
    status: Literal["approved", "sent", "settled"]
    payments: int
    claims: int
    amount_cents: int
    carried_over_payees: int
    carried_over_cents: int
    settled_payments: int
    payable_on: date
    file_number: int | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    closed_at: Instant


class PaymentsQuery(Query):
    """What lists of payments are narrowed by: the days on which they are payable, both included, and a cursor."""

    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(default=None, max_length=64)
    from_day: date | None = None
    to_day: date | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.from_day is not None and self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("to_day must not be before from_day")
        return self


class ListPayments(PaymentsQuery):
    """Payments to the actor's dossier, newest first (PAY-2)."""

    wire_type: ClassVar[str] = "payments.list_payments.v1"


class PaymentView(Part):
    """One batch paid or on its way: ``payable_on`` is the date paid, ``amount_cents`` the amount paid, and
    ``settled_cents`` what reached the payee's account, nothing until the bank settled it (PAY-2).
    """

    batch_number: BatchNumber
    claims: int
    amount_cents: int
    status: PaymentStatus
    payable_on: date
    scheduled_at: Instant
    sent_at: Instant | None = None
    settled_on: date | None = None
    returned_on: date | None = None
    method: PaymentMethod = "deposit"
    settled_cents: int = 0


class PaymentsPage(View):
    """A page of payments and the cursor of the next."""

    payments: tuple[PaymentView, ...]
    next_before: str | None = None


class GetStatement(Query):
    """The statement (explanation of benefits) of one of the actor's batches (PAY-3)."""

    wire_type: ClassVar[str] = "payments.get_statement.v1"
    batch_number: BatchNumber


class ListProviderPayments(PaymentsQuery):
    """Payments to the actor's provider, newest first (PAY-2)."""

    wire_type: ClassVar[str] = "payments.list_provider_payments.v1"


class GetProviderStatement(Query):
    """The statement of one of the provider's batches (PAY-3)."""

    wire_type: ClassVar[str] = "payments.get_provider_statement.v1"
    batch_number: BatchNumber


class StatementLine(AdjudicatedLine):
    """A line with its reasons in words, in the language of whoever asks."""

    reasons: tuple[str, ...] = ()


class StatementClaim(Part):
    """A claim on a statement: ``benefit_cents`` less ``previously_cents`` is its part of the batch.

    ``previously_cents`` is what earlier batches paid for earlier versions of the claim.
    """

    claim_number: ClaimNumber
    version: int = Field(default=1, ge=1)
    person_id: Identifier
    claim_type: str
    benefit_cents: int
    previously_cents: int = 0
    lines: tuple[StatementLine, ...]


class StatementView(View):
    """What was paid in one batch, line by line; computed once and kept for ever."""

    batch_number: BatchNumber
    payee_id: Identifier
    issued_at: Instant
    payable_on: date
    amount_cents: int
    claims: tuple[StatementClaim, ...]


class CheckLedger(Query):
    """Figures of the ledger, for agents (PAY-6)."""

    wire_type: ClassVar[str] = "payments.check_ledger.v1"
    full: bool = Field(default=False, description="Read all of it, not only what came since the last snapshot.")


class LedgerDifference(Part):
    """Something that cannot be; ``subject`` is the transfer or the account."""

    kind: Literal["sum_not_zero", "transfer_unbalanced", "snapshot_differs", "wrong_side"]
    subject: str
    expected_cents: int
    found_cents: int


class LedgerView(View):
    """The ledger in figures: ``sum_cents`` and ``unbalanced_transfers`` are zero at every moment.

    ``balances`` are by kind of account, debits positive: ``benefit_expense``, ``payable``, ``in_transit``, ``bank``,
    ``returned`` (owed again after a return), ``cheques`` (issued and not cashed). ``since`` is the snapshot that they
    build on; without one, all was read.
    """

    postings: int
    sum_cents: int
    balances: dict[str, int]
    payables_open_cents: int
    unbalanced_transfers: int = 0
    since: Instant | None = None
    differences: tuple[LedgerDifference, ...] = ()


class RunItem(Part):
    """One payment that a run asks banking to deposit."""

    payment_id: Identifier
    payee_id: Identifier
    batch_number: BatchNumber
    amount_cents: int


class RunApproved(Event):
    """A run may be deposited; banking answers with a file (BNK-4).

    A large run comes in several messages: ``part`` of ``parts``, in any order; items and amount are those of the part.
    """

    wire_type: ClassVar[str] = "payments.run_approved.v1"
    run_id: Identifier
    payee_class: PayeeClass
    payable_on: date
    amount_cents: int
    items: tuple[RunItem, ...]
    part: int = Field(default=1, ge=1)
    parts: int = Field(default=1, ge=1)

    def subject(self) -> str:
        return self.run_id


class PaymentEvent(Event):
    """What all public payment events say."""

    public: ClassVar[bool] = True
    payment_id: Identifier
    batch_number: BatchNumber
    run_id: Identifier
    payee_class: PayeeClass
    payee_id: Identifier
    amount_cents: int
    reissue_of: Identifier | None = Field(
        default=None, description="The payment that came back and in whose place this one stands."
    )

    def subject(self) -> str:
        return self.payment_id


class PaymentScheduled(PaymentEvent):
    """A batch was closed; the deposit is asked for."""

    wire_type: ClassVar[str] = "payments.payment_scheduled.v1"
    claim_ids: tuple[Identifier, ...]
    payable_on: date
    scheduled_at: Instant
    method: PaymentMethod = "deposit"


class PaymentSent(PaymentEvent):
    """The deposit file with this payment went to the bank."""

    wire_type: ClassVar[str] = "payments.payment_sent.v1"
    account_ids: tuple[Identifier, ...] = ()
    claim_ids: tuple[Identifier, ...] = ()
    file_number: int
    payable_on: date
    sent_at: Instant


class PaymentSettled(PaymentEvent):
    """The money reached the payee."""

    wire_type: ClassVar[str] = "payments.payment_settled.v1"
    claim_ids: tuple[Identifier, ...]
    settled_on: date


class StatementIssued(Event):
    """A statement can be read."""

    wire_type: ClassVar[str] = "payments.statement_issued.v1"
    public: ClassVar[bool] = True
    batch_number: BatchNumber
    payment_id: Identifier
    payee_class: PayeeClass
    payee_id: Identifier
    amount_cents: int
    claim_ids: tuple[Identifier, ...]
    issued_at: Instant

    def subject(self) -> str:
        return self.batch_number

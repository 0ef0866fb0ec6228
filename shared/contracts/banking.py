"""What banking is asked, answers and publishes. No message carries an account number in the clear (BNK-2)."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Language, Part, Query, Sealed, View
from shared.contracts.payments import PayeeClass


class EnrolDirectDeposit(Command):
    """Set up direct deposit for the actor's dossier; the three boxes travel sealed for banking (BNK-1, BNK-2)."""

    wire_type: ClassVar[str] = "banking.enrol_direct_deposit.v1"
    details: Sealed


PayeeOf = Literal["dossier", "provider"]
"""Whose bank details: those of the actor's dossier, or of the actor's own provider."""


class ChangeDirectDeposit(Command):
    """Replace the bank details of the actor's dossier or provider (BNK-3). The edge sends it for a fresh step-up about
    exactly this change and nothing else; ``replaces`` is the version that was shown.
    """

    wire_type: ClassVar[str] = "banking.change_direct_deposit.v1"
    payee: PayeeOf = "dossier"
    details: Sealed
    replaces: int = Field(ge=1)


class HoldDirectDeposit(Command):
    """Hold the details of somebody who is enrolling and is nobody yet, for a day (REG-10, BNK-2).

    ``flow_key`` names the enrolment; the three boxes are sealed for banking with the binding
    ``("direct_deposit", flow_key)``. Holding again replaces what is held.
    """

    wire_type: ClassVar[str] = "banking.hold_direct_deposit.v1"
    flow_key: Identifier
    details: Sealed
    language: Language = "fr"


class DirectDepositHeld(View):
    """The details look right; ``warnings`` as for an enrolment."""

    institution_name: str
    account_ending: str | None = Field(default=None, max_length=3)
    warnings: tuple[str, ...] = ()
    expires_at: Instant


class GetDirectDeposit(Query):
    """The actor's direct deposit, masked."""

    wire_type: ClassVar[str] = "banking.get_direct_deposit.v1"
    payee: PayeeOf = "dossier"


class DirectDepositView(View):
    """Direct deposit as screens may show it: the last three digits only."""

    enrolled: bool
    institution_name: str | None = None
    account_ending: str | None = Field(default=None, max_length=3)
    enrolled_at: Instant | None = None
    warnings: tuple[str, ...] = ()
    version: int | None = Field(default=None, description="Named by a change as the version that it replaces.")
    changed_at: Instant | None = None
    held_until: Instant | None = Field(default=None, description="No payment before then, after a change (BNK-3).")
    flagged: bool = Field(default=False, description="A deposit came back: nothing goes there until a change (BNK-5).")


class DirectDepositEnrolled(Event):
    """A payee can be paid by deposit."""

    wire_type: ClassVar[str] = "banking.direct_deposit_enrolled.v1"
    payee_id: Identifier
    account_id: Identifier
    enrolled_at: Instant
    payee_class: PayeeClass = "member"

    def subject(self) -> str:
        return self.payee_id


class DirectDepositChanged(Event):
    """A payee's bank details were replaced. Nothing is paid before ``held_until``: time to object (BNK-3)."""

    wire_type: ClassVar[str] = "banking.direct_deposit_changed.v1"
    payee_id: Identifier
    account_id: Identifier
    former_account_id: Identifier
    account_ending: str | None = Field(default=None, max_length=3, examples=["321"])
    version: int = Field(ge=2)
    changed_at: Instant
    held_until: Instant

    def subject(self) -> str:
        return self.payee_id


class DirectDepositWithdrawn(Event):
    """A payee cannot be paid by deposit any more: the account that enrolled was ended (REG-15)."""

    wire_type: ClassVar[str] = "banking.direct_deposit_withdrawn.v1"
    payee_id: Identifier
    account_id: Identifier
    withdrawn_at: Instant
    payee_class: PayeeClass = "member"

    def subject(self) -> str:
        return self.payee_id


class DepositItem(Part):
    """One payment of a deposit file."""

    payment_id: Identifier
    amount_cents: int


class DepositFileSent(Event):
    """The file of a run was written whole and handed to the bank (BNK-4)."""

    wire_type: ClassVar[str] = "banking.deposit_file_sent.v1"
    run_id: Identifier
    file_number: int = Field(ge=1, le=9_999)
    file_name: str
    sha256: str
    payable_on: date
    total_cents: int
    items: tuple[DepositItem, ...]
    sent_at: Instant

    def subject(self) -> str:
        return self.run_id


class DepositSettled(Event):
    """The bank says that one payment reached the payee's account."""

    wire_type: ClassVar[str] = "banking.deposit_settled.v1"
    run_id: Identifier
    payment_id: Identifier
    amount_cents: int
    settled_on: date

    def subject(self) -> str:
        return self.payment_id

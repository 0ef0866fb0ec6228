"""Payments that came back, their re-issue by deposit or cheque, and the cheque register (BNK-5, PAY-5, PAY-6)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Part, Query, RecordedAct, View
from shared.contracts.payments import BatchNumber, PayeeClass, PaymentEvent, PaymentMethod, PaymentStatus

ChequeNumber = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["100001"])]
ChequeStatus = Literal["issued", "cashed", "voided"]


class ReturnsActRecorded(RecordedAct):
    """What an agent did with a returned payment or a cheque."""

    wire_type: ClassVar[str] = "payments.returns_act_recorded.v1"


class PaymentReturned(PaymentEvent):
    """The payment came back; it is owed again. ``reason_code`` is the bank's (Standard 007, 9xx), none for a cheque
    that was voided. ``account_ids`` are those to be told.
    """

    wire_type: ClassVar[str] = "payments.payment_returned.v1"
    account_ids: tuple[Identifier, ...] = ()
    claim_ids: tuple[Identifier, ...]
    method: PaymentMethod = "deposit"
    reason_code: int | None = None
    returned_on: date
    returned_at: Instant


class BankDetailsConfirmed(Event):
    """An agent says that a payee's bank details are right although a deposit came back from them."""

    wire_type: ClassVar[str] = "payments.bank_details_confirmed.v1"
    payee_id: Identifier
    confirmed_at: Instant

    def subject(self) -> str:
        return self.payee_id


class ListReturnedPayments(Query):
    """Payments that came back, newest first, for agents; ``reissued`` chooses those paid anew."""

    wire_type: ClassVar[str] = "payments.list_returned_payments.v1"
    reissued: bool = False
    limit: int = Field(default=20, ge=1, le=100)
    before: BatchNumber | None = None


class Reissue(Part):
    """The payment in the place of one that came back."""

    payment_id: Identifier
    batch_number: BatchNumber
    run_id: Identifier
    method: PaymentMethod
    status: PaymentStatus
    cheque_number: ChequeNumber | None = None
    issued_at: Instant


class ReturnedPayment(Part):
    """The way of a payment that came back: claims, batch, file, return, and what was done about it."""

    payment_id: Identifier
    batch_number: BatchNumber
    run_id: Identifier
    payee_class: PayeeClass
    payee_id: Identifier
    amount_cents: int
    claim_ids: tuple[Identifier, ...]
    method: PaymentMethod
    file_number: int | None = None
    settled_on: date | None = None
    returned_on: date
    reason_code: int | None = None
    reissue_of: Identifier | None = None
    details_flagged: bool
    reissue: Reissue | None = None


class ReturnedPaymentsPage(View):
    """A page of returned payments and the cursor of the next."""

    payments: tuple[ReturnedPayment, ...]
    next_before: BatchNumber | None = None


class ReissuePayment(Command):
    """Pay a returned payment anew: by deposit, after the bank details changed or with the agent's word that they are
    right; or by cheque. It is done once; asking again for the same gives the same answer.
    """

    wire_type: ClassVar[str] = "payments.reissue_payment.v1"
    batch_number: BatchNumber
    method: PaymentMethod
    details_confirmed: bool = False


class ReissueView(View):
    """The new payment and the one in whose place it stands."""

    reissue_of: BatchNumber
    reissue: Reissue
    amount_cents: int
    payable_on: date


class ListCheques(Query):
    """The cheque register, newest first, for agents."""

    wire_type: ClassVar[str] = "payments.list_cheques.v1"
    status: ChequeStatus | None = None
    limit: int = Field(default=20, ge=1, le=100)
    before: ChequeNumber | None = None


class ChequeView(Part):
    """A cheque of the register; ``decided_on`` is the day it was cashed or voided."""

    cheque_number: ChequeNumber
    payee_id: Identifier
    payee_class: PayeeClass
    amount_cents: int
    payment_id: Identifier
    batch_number: BatchNumber
    status: ChequeStatus
    issued_at: Instant
    decided_on: date | None = None


class ChequesPage(View):
    """A page of the cheque register and the cursor of the next."""

    cheques: tuple[ChequeView, ...]
    next_before: ChequeNumber | None = None


class DecideCheque(Command):
    """The bank paid a cheque, or it will never be paid: a voided one makes its payment a returned one."""

    wire_type: ClassVar[str] = "payments.decide_cheque.v1"
    cheque_number: ChequeNumber
    outcome: Literal["cashed", "voided"]
    on: date


class ChequeDecided(View):
    """The cheque as it stands now."""

    cheque: ChequeView

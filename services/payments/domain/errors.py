"""Refusals and contradictions of payments."""

from shared.errors import Conflict, NotFound, Rejected, Transient


class NothingPayable(Rejected):
    """No enrolled payee of the class has anything to be paid."""

    def __init__(self, payee_class: str) -> None:
        super().__init__("payments.nothing_payable", payee_class=payee_class)


class RunOfAnotherClass(Conflict):
    """The run exists already, for the other class of payees."""

    def __init__(self, run_id: str, payee_class: str) -> None:
        super().__init__("payments.run_of_another_class", run_id=run_id, payee_class=payee_class)


class RunNotFound(NotFound):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__("payments.run_not_found", run_id=run_id)


class StatementNotFound(NotFound):
    """No statement of this batch, or not the caller's."""

    def __init__(self, batch_number: str) -> None:
        super().__init__("payments.statement_not_found", batch_number=batch_number)


class NoDossier(NotFound):
    """The caller's session is not tied to a dossier, so nothing is theirs."""

    def __init__(self) -> None:
        super().__init__("payments.no_dossier")


class NoProvider(NotFound):
    """The caller's session is about no provider, so nothing is theirs."""

    def __init__(self) -> None:
        super().__init__("payments.no_provider")


class PaymentUnknown(Transient):
    """Banking speaks of a payment that is not stored here; given up as a dead letter when it never arrives."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("payments.payment_unknown", payment_id=payment_id)


class NotSentYet(Transient):
    """The settlement overtook the news that the file was sent."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("payments.not_sent_yet", payment_id=payment_id)


class ChangedMeanwhile(Transient):
    """A conditional write found another state than it was decided on; decide again on the new one."""

    def __init__(self, what: str) -> None:
        super().__init__("payments.changed_meanwhile", what=what)


class Contradiction(Exception):  # noqa: N818
    """Another service says what cannot be true together with the ledger; a person has to look (dead letter)."""


class NotSettledYet(Transient):
    """The return overtook the settlement that the bank had reported before it."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("payments.not_settled_yet", payment_id=payment_id)


class ReturnedPaymentNotFound(NotFound):
    """No payment of this batch number came back."""

    def __init__(self, batch_number: str) -> None:
        super().__init__("payments.returned_payment_not_found", batch_number=batch_number)


class AlreadyReissued(Conflict):
    """The returned payment was paid anew already, by the other method."""

    def __init__(self, batch_number: str, method: str) -> None:
        super().__init__("payments.already_reissued", batch_number=batch_number, method=method)


class DetailsNotChanged(Conflict):
    """A deposit came back from these bank details, and nobody changed or confirmed them."""

    def __init__(self) -> None:
        super().__init__("payments.details_not_changed")


class PayeeHeld(Conflict):
    """The bank details were changed lately; nothing is deposited before ``until`` (BNK-3)."""

    def __init__(self, until: str) -> None:
        super().__init__("payments.payee_held", until=until)


class NoDirectDeposit(Conflict):
    """The payee has no direct deposit; a cheque is the way."""

    def __init__(self) -> None:
        super().__init__("payments.no_direct_deposit")


class ChequeNotFound(NotFound):
    """No cheque has this number."""

    def __init__(self, cheque_number: str) -> None:
        super().__init__("payments.cheque_not_found", cheque_number=cheque_number)


class ChequeAlreadyDecided(Conflict):
    """The cheque was cashed or voided before."""

    def __init__(self, cheque_number: str, status: str) -> None:
        super().__init__("payments.cheque_already_decided", cheque_number=cheque_number, status=status)


class ChequeNumbersExhausted(Exception):  # noqa: N818
    """Six digits are used up."""

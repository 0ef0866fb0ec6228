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

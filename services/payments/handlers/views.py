"""Domain objects as callers see them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from services.payments.domain.claim_version import DecidedLine
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.run import Run, run_status
from services.payments.domain.statement import Statement, StatementClaim
from services.payments.domain.statement_documents import Language
from services.payments.ports_statements import ReasonWords
from shared.contracts import payments as contract

E = TypeVar("E", bound=contract.PaymentEvent)


def run_view(run: Run, counts: Mapping[PaymentStatus, int]) -> contract.RunView:
    """A run with the progress of its payments."""
    file = run.file
    return contract.RunView(
        run_id=run.run_id,
        payee_class=run.payee_class,
        status=run_status(counts),
        payments=run.payments,
        claims=run.claims,
        amount_cents=run.amount_cents,
        carried_over_payees=run.carried_over_payees,
        carried_over_cents=run.carried_over_cents,
        settled_payments=counts.get("settled", 0),
        payable_on=run.payable_on,
        file_number=file.number if file else None,
        file_name=file.name if file else None,
        file_sha256=file.sha256 if file else None,
        closed_at=run.closed_at,
    )


def payment_view(payment: Payment) -> contract.PaymentView:
    """A payment as a row of the payee's list (PAY-2)."""
    return contract.PaymentView(
        batch_number=payment.batch_number,
        claims=len(payment.claim_ids),
        amount_cents=payment.amount_cents,
        status=payment.status,
        payable_on=payment.payable_on,
        scheduled_at=payment.scheduled_at,
        sent_at=payment.sent_at,
        settled_on=payment.settled_on,
        returned_on=payment.returned_on,
        method=payment.method,
        settled_cents=payment.amount_cents if payment.status == "settled" else 0,
    )


def statement_view(
    statement: Statement, *, words: ReasonWords | None = None, language: str = "fr"
) -> contract.StatementView:
    """A statement with all its lines (PAY-3); with ``words``, their reasons in words."""
    return contract.StatementView(
        batch_number=statement.batch_number,
        payee_id=statement.payee_id,
        issued_at=statement.issued_at,
        payable_on=statement.payable_on,
        amount_cents=statement.amount_cents,
        claims=tuple(_claim_view(claim, words, language_of(language)) for claim in statement.claims),
    )


def language_of(code: str) -> Language:
    """``fr`` unless it is English."""
    return "en" if code == "en" else "fr"


def _claim_view(claim: StatementClaim, words: ReasonWords | None, language: Language) -> contract.StatementClaim:
    return contract.StatementClaim(
        claim_number=claim.claim_number,
        version=claim.version,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        benefit_cents=claim.benefit_cents,
        previously_cents=claim.previously_cents,
        lines=tuple(_line_view(line, words, language) for line in claim.lines),
    )


def _line_view(line: DecidedLine, words: ReasonWords | None, language: Language) -> contract.StatementLine:
    return contract.StatementLine(
        line=line.line,
        service_date=line.service_date,
        submitted_cents=line.submitted_cents,
        eligible_cents=line.eligible_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.share_basis_points,
        benefit_cents=line.benefit_cents,
        outcome=line.outcome,
        reason_codes=line.reason_codes,
        reasons=() if words is None else tuple(words.reason(code, language) for code in line.reason_codes),
    )


def event_of(kind: type[E], payment: Payment, **more: object) -> E:
    """A public event about a payment: what all of them say, and ``more``."""
    said: dict[str, Any] = {
        "payment_id": payment.payment_id,
        "batch_number": payment.batch_number,
        "run_id": payment.run_id,
        "payee_class": payment.payee_class,
        "payee_id": payment.payee_id,
        "amount_cents": payment.amount_cents,
        "reissue_of": payment.reissue_of,
        "claim_ids": payment.claim_ids,
        **more,
    }
    return kind(**said)


def payment_scheduled(payment: Payment) -> contract.PaymentScheduled:
    """The event that a batch was closed."""
    return event_of(
        contract.PaymentScheduled,
        payment,
        payable_on=payment.payable_on,
        scheduled_at=payment.scheduled_at,
        method=payment.method,
    )


def run_item(payment: Payment) -> contract.RunItem:
    """What banking needs to know of a payment that it deposits."""
    return contract.RunItem(
        payment_id=payment.payment_id,
        payee_id=payment.payee_id,
        batch_number=payment.batch_number,
        amount_cents=payment.amount_cents,
    )


def statement_issued(payment: Payment, statement: Statement) -> contract.StatementIssued:
    """The event that a statement can be read."""
    return contract.StatementIssued(
        batch_number=statement.batch_number,
        payment_id=statement.payment_id,
        payee_class=payment.payee_class,
        payee_id=statement.payee_id,
        amount_cents=statement.amount_cents,
        claim_ids=payment.claim_ids,
        issued_at=statement.issued_at,
    )

"""Domain objects as callers see them."""

from collections.abc import Mapping

from services.payments.domain.claim_version import DecidedLine
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.run import Run, run_status
from services.payments.domain.statement import Statement, StatementClaim
from shared.contracts import payments as contract
from shared.contracts.claims import AdjudicatedLine


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
    )


def statement_view(statement: Statement) -> contract.StatementView:
    """A statement with all its lines (PAY-3)."""
    return contract.StatementView(
        batch_number=statement.batch_number,
        payee_id=statement.payee_id,
        issued_at=statement.issued_at,
        payable_on=statement.payable_on,
        amount_cents=statement.amount_cents,
        claims=tuple(_claim_view(claim) for claim in statement.claims),
    )


def _claim_view(claim: StatementClaim) -> contract.StatementClaim:
    return contract.StatementClaim(
        claim_number=claim.claim_number,
        version=claim.version,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        benefit_cents=claim.benefit_cents,
        previously_cents=claim.previously_cents,
        lines=tuple(_line_view(line) for line in claim.lines),
    )


def _line_view(line: DecidedLine) -> AdjudicatedLine:
    return AdjudicatedLine(
        line=line.line,
        service_date=line.service_date,
        submitted_cents=line.submitted_cents,
        eligible_cents=line.eligible_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.share_basis_points,
        benefit_cents=line.benefit_cents,
        outcome=line.outcome,
        reason_codes=line.reason_codes,
    )

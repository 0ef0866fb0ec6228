"""Messages and domain objects of payments, with random ids and overrides by keyword."""

import secrets
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from services.payments.domain.claim_version import ClaimVersion, DecidedClaim, DecidedLine
from services.payments.domain.payable import Payable
from services.payments.domain.payment import Payment, PaymentItem
from services.payments.domain.run import Run
from services.payments.domain.statement import Statement, StatementClaim
from shared.contracts import Actor
from shared.contracts.banking import DepositFileSent, DepositItem, DepositSettled, DirectDepositEnrolled
from shared.contracts.claims import AdjudicatedLine, ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled, RunApproved

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def some_id(kind: str) -> str:
    return f"{kind}-{uuid4().hex}"


def some_claim_number() -> str:
    return "-".join("".join(secrets.choice(_CROCKFORD) for _ in range(4)) for _ in range(3))


def some_batch_number() -> str:
    return str(10_000_001 + secrets.randbelow(80_000_000))


def agent() -> Actor:
    return Actor(account_id=some_id("account"), session_id=some_id("session"), roles=("agent",))


def member(dossier_id: str | None = None) -> Actor:
    return Actor(account_id=some_id("account"), session_id=some_id("session"), roles=("member",), dossier_id=dossier_id)


def claim_adjudicated(*, benefit_cents: int = 8_000, **overrides: Any) -> ClaimAdjudicated:
    """A claim of one line for 100 $, decided with the benefit given."""
    line = AdjudicatedLine(
        line=1,
        service_date=date(2026, 11, 2),
        submitted_cents=10_000,
        eligible_cents=benefit_cents,
        deductible_cents=0,
        share_basis_points=10_000,
        benefit_cents=benefit_cents,
        outcome="reduced" if benefit_cents else "denied",
        reason_codes=("over_fee_guide",),
    )
    facts: dict[str, Any] = {
        "claim_id": some_id("claim"),
        "claim_number": some_claim_number(),
        "version": 1,
        "account_id": some_id("account"),
        "dossier_id": some_id("dossier"),
        "person_id": some_id("person"),
        "claim_type": "dental_cleaning",
        "outcome": line.outcome,
        "submitted_cents": 10_000,
        "benefit_cents": benefit_cents,
        "received_at": FRIDAY,
        "decided_at": FRIDAY,
        "lines": (line,),
    }
    return ClaimAdjudicated(**(facts | overrides))


def readjudicated(event: ClaimAdjudicated, *, benefit_cents: int, **overrides: Any) -> ClaimAdjudicated:
    """The next version of the same claim."""
    same = {name: getattr(event, name) for name in ("claim_id", "claim_number", "dossier_id", "account_id")}
    facts = {**same, "version": event.version + 1, **overrides}
    return claim_adjudicated(benefit_cents=benefit_cents, **facts)


def enrolled(payee_id: str, **overrides: Any) -> DirectDepositEnrolled:
    facts = {"payee_id": payee_id, "account_id": some_id("account"), "enrolled_at": FRIDAY}
    return DirectDepositEnrolled(**(facts | overrides))


def file_of(approved: RunApproved, **overrides: Any) -> DepositFileSent:
    """Banking's answer to an approved run."""
    facts: dict[str, Any] = {
        "run_id": approved.run_id,
        "file_number": 17,
        "file_name": "AFT0017.txt",
        "sha256": "0" * 64,
        "payable_on": approved.payable_on,
        "total_cents": approved.amount_cents,
        "items": tuple(DepositItem(payment_id=i.payment_id, amount_cents=i.amount_cents) for i in approved.items),
        "sent_at": FRIDAY,
    }
    return DepositFileSent(**(facts | overrides))


def settlement_of(payment: PaymentScheduled, **overrides: Any) -> DepositSettled:
    facts: dict[str, Any] = {
        "run_id": payment.run_id,
        "payment_id": payment.payment_id,
        "amount_cents": payment.amount_cents,
        "settled_on": MONDAY,
    }
    return DepositSettled(**(facts | overrides))


def a_line(**overrides: Any) -> DecidedLine:
    facts: dict[str, Any] = {
        "line": 1,
        "service_date": date(2026, 11, 2),
        "submitted_cents": 10_000,
        "eligible_cents": 9_000,
        "deductible_cents": 500,
        "share_basis_points": 8_000,
        "benefit_cents": 6_800,
        "outcome": "reduced",
        "reason_codes": ("over_fee_guide", "deductible"),
    }
    return DecidedLine(**(facts | overrides))


def a_claim(**overrides: Any) -> DecidedClaim:
    facts: dict[str, Any] = {
        "claim_id": some_id("claim"),
        "claim_number": some_claim_number(),
        "version": 1,
        "payee_id": some_id("dossier"),
        "payee_class": "member",
        "person_id": some_id("person"),
        "claim_type": "dental_cleaning",
        "benefit_cents": 6_800,
        "lines": (a_line(),),
    }
    return DecidedClaim(**(facts | overrides))


def a_version(*, follows: int = 0, **overrides: Any) -> ClaimVersion:
    return ClaimVersion(claim=a_claim(**overrides), follows=follows, recorded_at=FRIDAY)


def a_payable(**overrides: Any) -> Payable:
    facts: dict[str, Any] = {
        "claim_id": some_id("claim"),
        "version": 1,
        "payee_id": some_id("dossier"),
        "payee_class": "member",
        "amount_cents": 6_800,
        "opened_at": FRIDAY,
    }
    return Payable(**(facts | overrides))


def a_payment(*payables: Payable, **overrides: Any) -> Payment:
    """A batch of the payables given, or of one made for it."""
    payables = payables or (a_payable(),)
    facts: dict[str, Any] = {
        "payment_id": some_id("payment"),
        "batch_number": some_batch_number(),
        "run_id": some_id("run"),
        "payee_class": "member",
        "payee_id": payables[0].payee_id,
        "amount_cents": sum(payable.amount_cents for payable in payables),
        "items": tuple(
            PaymentItem(claim_id=p.claim_id, version=p.version, amount_cents=p.amount_cents) for p in payables
        ),
        "payable_on": MONDAY,
        "scheduled_at": FRIDAY,
    }
    return Payment(**(facts | overrides))


def a_run(**overrides: Any) -> Run:
    facts: dict[str, Any] = {
        "run_id": some_id("run"),
        "payee_class": "member",
        "payable_on": MONDAY,
        "closed_at": FRIDAY,
        "payments": 1,
        "claims": 1,
        "amount_cents": 6_800,
        "carried_over_payees": 0,
        "carried_over_cents": 0,
    }
    return Run(**(facts | overrides))


def a_statement(**overrides: Any) -> Statement:
    claim = StatementClaim(
        claim_number=some_claim_number(),
        version=2,
        person_id=some_id("person"),
        claim_type="dental_cleaning",
        benefit_cents=6_800,
        previously_cents=1_000,
        lines=(a_line(),),
    )
    facts: dict[str, Any] = {
        "batch_number": some_batch_number(),
        "payment_id": some_id("payment"),
        "payee_id": some_id("dossier"),
        "issued_at": FRIDAY,
        "payable_on": MONDAY,
        "amount_cents": 5_800,
        "claims": (claim,),
    }
    return Statement(**(facts | overrides))

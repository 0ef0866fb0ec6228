"""Statements (explanation of benefits): what a batch paid, line by line (PAY-3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.payments.domain.claim_version import ClaimVersion, DecidedLine, version_key
from services.payments.domain.errors import Contradiction
from services.payments.domain.payment import Payment
from shared.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementClaim:
    """A claim as this batch paid it: ``benefit_cents - previously_cents`` is its part of the batch.

    Attributes:
        version: the newest version of the claim in the batch; the lines are its lines.
        benefit_cents: the whole benefit of that version.
        previously_cents: what earlier batches paid for the claim; more than the benefit when some is taken back.
    """

    claim_number: str
    version: int
    person_id: str
    claim_type: str
    benefit_cents: Cents
    previously_cents: Cents
    lines: tuple[DecidedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Built once, when the batch is sent, and kept for ever as it is."""

    batch_number: str
    payment_id: str
    payee_id: str
    issued_at: datetime
    payable_on: date
    amount_cents: Cents
    claims: tuple[StatementClaim, ...]


def newest_versions(payment: Payment) -> Mapping[str, int]:
    """The newest version of each claim in the batch, by claim id."""
    newest: dict[str, int] = {}
    for item in payment.items:
        newest[item.claim_id] = max(item.version, newest.get(item.claim_id, 0))
    return newest


def issue_statement(payment: Payment, versions: Mapping[str, ClaimVersion], *, at: datetime) -> Statement:
    """The statement of a batch, from the versions named by ``newest_versions``, by version key.

    Raises:
        Contradiction: a version is missing.
    """
    in_batch: dict[str, Cents] = {}
    for item in payment.items:
        in_batch[item.claim_id] = in_batch.get(item.claim_id, 0) + item.amount_cents
    claims: list[StatementClaim] = []
    for claim_id, version in newest_versions(payment).items():
        recorded = versions.get(version_key(claim_id, version))
        if recorded is None:
            raise Contradiction(f"batch {payment.batch_number}: no facts of {version_key(claim_id, version)}")
        claims.append(_claim_on_statement(recorded, payment.payee_id, in_batch[claim_id]))
    return Statement(
        batch_number=payment.batch_number,
        payment_id=payment.payment_id,
        payee_id=payment.payee_id,
        issued_at=at,
        payable_on=payment.payable_on,
        amount_cents=payment.amount_cents,
        claims=tuple(claims),
    )


def _claim_on_statement(recorded: ClaimVersion, payee_id: str, in_batch_cents: Cents) -> StatementClaim:
    """To a payee whom this version replaced by another, the claim pays nothing any longer."""
    claim = recorded.claim
    benefit_cents = claim.benefit_cents if claim.payee_id == payee_id else 0
    return StatementClaim(
        claim_number=claim.claim_number,
        version=claim.version,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        benefit_cents=benefit_cents,
        previously_cents=benefit_cents - in_batch_cents,
        lines=claim.lines,
    )

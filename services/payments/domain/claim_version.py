"""Versions of adjudicated claims, and what each of them changes about what is payable (PAY-7).

A claim is adjudicated again when it is corrected; each time its version rises. Payments records the versions that it
booked as a chain: each names the version that it ``follows``, and a version has one successor at most. Two processes
that handle different versions of a claim at once therefore cannot both book their difference to the same predecessor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.payments.domain.errors import Contradiction
from services.payments.domain.ledger import BENEFIT_EXPENSE, Posting, Transfer, payable_to
from services.payments.domain.payable import Payable, PayeeClass
from shared.money import Cents

LineOutcome = Literal["approved", "reduced", "denied", "pended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """A decided line as a statement shows it; ``share_basis_points`` 8 000 is 80 %."""

    line: int
    service_date: date
    submitted_cents: Cents
    eligible_cents: Cents
    deductible_cents: Cents
    share_basis_points: int
    benefit_cents: Cents
    outcome: LineOutcome
    reason_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedClaim:
    """One version of a claim with the facts that a statement needs."""

    claim_id: str
    claim_number: str
    version: int
    payee_id: str
    payee_class: PayeeClass
    person_id: str
    claim_type: str
    benefit_cents: Cents
    lines: tuple[DecidedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHead:
    """The newest booked version of a claim: what the payee is entitled to in all."""

    claim_id: str
    version: int
    payee_id: str
    payee_class: PayeeClass
    benefit_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVersion:
    """A booked version. ``follows`` is the version it supersedes, 0 for the first."""

    claim: DecidedClaim
    follows: int
    recorded_at: datetime

    @property
    def key(self) -> str:
        return version_key(self.claim.claim_id, self.claim.version)

    @property
    def head(self) -> ClaimHead:
        return ClaimHead(
            claim_id=self.claim.claim_id,
            version=self.claim.version,
            payee_id=self.claim.payee_id,
            payee_class=self.claim.payee_class,
            benefit_cents=self.claim.benefit_cents,
        )


def version_key(claim_id: str, version: int) -> str:
    """Identifies a claim version wherever it is stored or booked."""
    return f"{claim_id}/{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What booking a version takes: the version, and where money changes, the payables and the transfer."""

    version: ClaimVersion
    payables: tuple[Payable, ...]
    transfer: Transfer | None


class ContradictoryVersion(Contradiction):
    """The same version of a claim was announced with another benefit or payee."""


def book(claim: DecidedClaim, head: ClaimHead | None, *, at: datetime) -> Adjustment | None:
    """Book ``claim`` on top of ``head``: debit benefit expense, credit the payee by the difference.

    Returns:
        None for a version that is booked already, or that a newer one overtook: the newer one stands for the whole
        benefit. Without a difference there is a version, but neither payable nor transfer.

    Raises:
        ContradictoryVersion: ``head`` is the same version with other figures.
    """
    if head is not None and claim.version <= head.version:
        if claim.version == head.version and (claim.payee_id, claim.benefit_cents) != (
            head.payee_id,
            head.benefit_cents,
        ):
            raise ContradictoryVersion(version_key(claim.claim_id, claim.version))
        return None
    version = ClaimVersion(claim=claim, follows=head.version if head else 0, recorded_at=at)
    payables = tuple(
        Payable(
            claim_id=claim.claim_id,
            version=claim.version,
            payee_id=payee_id,
            payee_class=payee_class,
            amount_cents=amount_cents,
            opened_at=at,
        )
        for payee_id, payee_class, amount_cents in _differences(claim, head)
    )
    return Adjustment(version=version, payables=payables, transfer=_transfer(version, payables))


def _differences(claim: DecidedClaim, head: ClaimHead | None) -> Iterator[tuple[str, PayeeClass, Cents]]:
    """Amounts by payee. When the payee changed, the former one owes all of it back."""
    previously = 0
    if head is not None and head.payee_id == claim.payee_id:
        previously = head.benefit_cents
    elif head is not None and head.benefit_cents:
        yield head.payee_id, head.payee_class, -head.benefit_cents
    if claim.benefit_cents != previously:
        yield claim.payee_id, claim.payee_class, claim.benefit_cents - previously


def _transfer(version: ClaimVersion, payables: tuple[Payable, ...]) -> Transfer | None:
    if not payables:
        return None
    postings = [Posting(payable_to(payable.payee_id), -payable.amount_cents) for payable in payables]
    expense = sum(payable.amount_cents for payable in payables)
    if expense:
        postings.insert(0, Posting(BENEFIT_EXPENSE, expense))
    return Transfer(f"claim/{version.key}", version.recorded_at, tuple(postings))

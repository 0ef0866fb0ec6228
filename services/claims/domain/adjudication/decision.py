"""The result of adjudicating a claim: plain values, made of nothing but the inputs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.claims.domain.accumulators import AccumulatorDelta, Accumulators
from services.claims.domain.adjudication.trace import TraceStep
from services.claims.domain.facts import ClaimKind
from services.claims.domain.reasons import ReasonCode


class Outcome(StrEnum):
    """Of a line, or of a claim as a whole (CLM-9)."""

    APPROVED = "approved"
    REDUCED = "reduced"
    DENIED = "denied"
    PENDED = "pended"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the lines, in cents."""

    submitted_cents: int
    allowed_cents: int
    eligible_cents: int
    deductible_cents: int
    benefit_cents: int


@dataclass(frozen=True, slots=True)
class LineDecision:
    """One line decided.

    ``allowed_cents`` is what the plan accepts of the amount submitted, ``eligible_cents`` what is left of it after
    frequency limits. On a denied or pended line all amounts but the submitted one are 0; what was worked out so far
    stands in ``trace``. ``delta`` is what the line adds to the accumulators, None when it adds nothing.
    """

    number: int
    code: str
    service_date: date
    fingerprint: str
    outcome: Outcome
    reason_codes: tuple[ReasonCode, ...]
    submitted_cents: int
    allowed_cents: int
    eligible_cents: int
    deductible_cents: int
    coinsurance_bp: int
    benefit_cents: int
    trace: tuple[TraceStep, ...]
    delta: AccumulatorDelta | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A claim decided; lines stand on their own, so a pended claim may pay its other lines.

    ``accumulator_versions`` are the (benefit year, version) pairs that the decision read; an estimate counts through
    ``valid_through``, anything else has none.
    """

    claim_id: str
    kind: ClaimKind
    plan_code: str
    plan_version: int
    decided_on: date
    outcome: Outcome
    lines: tuple[LineDecision, ...]
    totals: Totals
    accumulator_versions: tuple[tuple[int, int], ...]
    valid_through: date | None = None

    @property
    def dossier_known(self) -> bool:
        """Whether there was a plan to decide by; without one the claim waits for its dossier."""
        return bool(self.plan_code)

    @property
    def deltas(self) -> tuple[AccumulatorDelta, ...]:
        """What its lines add to the accumulators; nothing for an estimate."""
        if self.kind is ClaimKind.PREDETERMINATION:
            return ()
        return tuple(line.delta for line in self.lines if line.delta is not None)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Those to remember as claimed: of every line that was not denied, each once.

        None while the dossier is not known: whoever claims nothing of ours yet must not stand in anybody's way. None
        of an estimate.
        """
        if not self.dossier_known or self.kind is ClaimKind.PREDETERMINATION:
            return ()
        kept = (line.fingerprint for line in self.lines if line.outcome is not Outcome.DENIED)
        return tuple(dict.fromkeys(kept))


def apply(accumulators: Accumulators, decision: Decision, *, instead_of: Decision | None = None) -> Accumulators:
    """The accumulators after the decision, as one new version: its deltas that fall in this benefit year are added,
    after those of the decision that it replaces were taken away (CLM-10).
    """
    return accumulators.with_deltas(decision.deltas, undone=instead_of.deltas if instead_of else ())


def totals_of(lines: Iterable[LineDecision]) -> Totals:
    submitted = allowed = eligible = deductible = benefit = 0
    for line in lines:
        submitted += line.submitted_cents
        allowed += line.allowed_cents
        eligible += line.eligible_cents
        deductible += line.deductible_cents
        benefit += line.benefit_cents
    return Totals(submitted, allowed, eligible, deductible, benefit)


def outcome_of(lines: Iterable[LineDecision]) -> Outcome:
    """Pended while any line waits; approved or denied when all lines agree; reduced otherwise."""
    outcomes = {line.outcome for line in lines}
    if not outcomes or Outcome.PENDED in outcomes:
        return Outcome.PENDED
    return outcomes.pop() if len(outcomes) == 1 else Outcome.REDUCED

"""Deciding a group of claims on facts loaded together, in order, each seeing what the ones before it used."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import adjudicate, apply, benefit_years
from services.claims.domain.adjudication.decision import Decision
from services.claims.domain.claim import Claim
from services.claims.domain.plan import Plan
from services.claims.handlers.ports import (
    AccumulatorKey,
    AccumulatorRepository,
    ClaimRepository,
    CoverageRepository,
    DossierCoverage,
)
from shared.clock import business_day
from shared.contracts.claims import AdjudicatedLine, ClaimAdjudicated
from shared.mongo import Session

Plans = Mapping[str, Plan]


@dataclass(frozen=True, slots=True)
class Repositories:
    """Where claims keeps what it knows."""

    claims: ClaimRepository
    coverages: CoverageRepository
    accumulators: AccumulatorRepository


@dataclass(slots=True)
class Facts:
    """Everything that decisions on a group of claims depend on; changes as claims of the group are decided."""

    coverages: Mapping[str, DossierCoverage]
    plans: Plans
    accumulators: dict[AccumulatorKey, Accumulators]
    claimed: dict[str, str]
    changed: set[AccumulatorKey] = field(default_factory=set)

    def plan_of(self, dossier_id: str) -> Plan | None:
        """The plan of a dossier, unless dossier or plan is unknown."""
        known = self.coverages.get(dossier_id)
        return None if known is None else self.plans.get(known.coverage.plan_code)

    def accumulators_of(self, dossier_id: str, years: Iterable[int]) -> dict[int, Accumulators]:
        """What a dossier has used in those of the years that have any use."""
        keys = ((dossier_id, year) for year in years)
        return {key[1]: self.accumulators[key] for key in keys if key in self.accumulators}


async def load_facts(
    claims: Sequence[Claim], repositories: Repositories, plans: Plans, *, session: Session | None
) -> Facts:
    """Facts for all of ``claims``, with one query per collection."""
    coverages = await repositories.coverages.get_many({claim.dossier_id for claim in claims}, session=session)
    facts = Facts(coverages, plans, {}, {})
    keys: set[AccumulatorKey] = set()
    marks: set[str] = set()
    for claim in claims:
        submitted = claim.facts()
        marks.update(submitted.fingerprints())
        plan = facts.plan_of(claim.dossier_id)
        if plan is not None:
            keys.update((claim.dossier_id, year) for year in benefit_years(submitted, plan))
    facts.accumulators = dict(await repositories.accumulators.get_many(keys, session=session))
    facts.claimed = dict(await repositories.claims.claimed_before(marks, session=session))
    return facts


def decide(claim: Claim, facts: Facts, *, now: datetime) -> Claim:
    """Decide one claim and let ``facts`` show it."""
    submitted, dossier_id = claim.facts(), claim.dossier_id
    plan = facts.plan_of(dossier_id)
    known = facts.coverages.get(dossier_id)
    years = benefit_years(submitted, plan) if plan else ()
    decision = adjudicate(
        submitted,
        plan,
        coverage=known.coverage if known else None,
        accumulators={
            year: facts.accumulators[key] for year in years if (key := (dossier_id, year)) in facts.accumulators
        },
        seen=_claimed_by_others(facts.claimed, submitted.fingerprints(), claim.id),
        today=business_day(now),
    )
    _use(facts, dossier_id, decision)
    return claim.decided(decision, now)


def _claimed_by_others(claimed: Mapping[str, str], marks: Collection[str], claim_id: str) -> frozenset[str]:
    return frozenset(mark for mark in marks if claimed.get(mark, claim_id) != claim_id)


def _use(facts: Facts, dossier_id: str, decision: Decision) -> None:
    known = facts.coverages.get(dossier_id)
    for mark in decision.fingerprints:
        facts.claimed.setdefault(mark, decision.claim_id)
    if known is None:
        return
    for year in {delta.year for delta in decision.deltas}:
        key = (dossier_id, year)
        before = facts.accumulators.get(key) or Accumulators(known.coverage.contract, known.coverage.certificate, year)
        facts.accumulators[key] = apply(before, decision)
        facts.changed.add(key)


def changed_accumulators(facts: Facts) -> dict[AccumulatorKey, Accumulators]:
    """What must be stored after the group was decided."""
    return {key: facts.accumulators[key] for key in facts.changed}


def adjudicated_event(claim: Claim, *, decided_at: datetime) -> ClaimAdjudicated:
    """The public event about a decided claim."""
    if claim.decision is None:
        raise ValueError("only decided claims are announced")
    return ClaimAdjudicated(
        claim_id=claim.id,
        claim_number=claim.number,
        version=claim.version,
        account_id=claim.account_id,
        dossier_id=claim.dossier_id,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        outcome=claim.decision.outcome.value,
        submitted_cents=claim.decision.totals.submitted_cents,
        benefit_cents=claim.decision.totals.benefit_cents,
        received_at=claim.received_at,
        decided_at=decided_at,
        lines=tuple(
            AdjudicatedLine(
                line=line.number,
                service_date=line.service_date,
                submitted_cents=line.submitted_cents,
                eligible_cents=line.eligible_cents,
                deductible_cents=line.deductible_cents,
                share_basis_points=line.coinsurance_bp,
                benefit_cents=line.benefit_cents,
                outcome=line.outcome.value,
                reason_codes=tuple(code.value for code in line.reason_codes),
            )
            for line in claim.decision.lines
        ),
    )

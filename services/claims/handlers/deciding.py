"""Deciding a group of claims on facts loaded together, in order, each seeing what the ones before it used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.claims.domain.accumulators import AccumulatorDelta, Accumulators
from services.claims.domain.adjudication import Decision, adjudicate, benefit_years
from services.claims.domain.circumstances import Circumstances, DrugFacts, Estimate, OtherCoverage, ProviderStanding
from services.claims.domain.claim import Cause, Claim
from services.claims.domain.facts import ClaimFacts, ClaimKind, Provider
from services.claims.domain.plan import Plan
from services.claims.domain.provider_keys import Keys, claimed_by_others, marks_by_line, under_todays_id
from services.claims.handlers.ports import (
    AccumulatorKey,
    AccumulatorRepository,
    ClaimRepository,
    CoverageRepository,
    DossierCoverage,
)
from services.claims.handlers.ports_lookups import NOTHING, DrugLookup, OtherCoverageLookup, StandingLookup
from services.claims.handlers.ports_providers import TYPED_ONLY, ProviderLookup
from services.claims.handlers.ports_receipts import NO_RECEIPTS, ReceiptJoining
from services.claims.handlers.records import record_of
from shared.clock import business_day
from shared.contracts.claims import AdjudicatedLine, ClaimAdjudicated, ClaimEstimated
from shared.mongo import Session

Plans = Mapping[str, Plan]


@dataclass(frozen=True, slots=True)
class Repositories:
    """Where claims keeps what it knows. Drugs, standings and other coverages are asked only about claims that need
    them.
    """

    claims: ClaimRepository
    coverages: CoverageRepository
    accumulators: AccumulatorRepository
    drugs: DrugLookup = NOTHING
    standings: StandingLookup = NOTHING
    other_coverages: OtherCoverageLookup = NOTHING
    providers: ProviderLookup = TYPED_ONLY
    receipts: ReceiptJoining = NO_RECEIPTS


@dataclass(frozen=True, slots=True)
class Prepared:
    """What follows from a claim itself, made once: looked up with the group, decided on later.

    ``stated`` is the claim as it came, ``claim`` the same with its person, ``facts`` what it states with its provider
    under the id of today; ``marks`` are, per line, the fingerprints under which its service may have been claimed.
    """

    stated: Claim
    claim: Claim
    facts: ClaimFacts
    marks: tuple[tuple[str, ...], ...]
    plan: Plan | None
    years: tuple[int, ...]


@dataclass(slots=True)
class Facts:
    """Everything that decisions on a group of claims depend on; changes as claims of the group are decided."""

    plans: Plans
    coverages: Mapping[str, DossierCoverage]
    accumulators: dict[AccumulatorKey, Accumulators] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)
    drugs: Mapping[str, DrugFacts] = field(default_factory=dict)
    standings: Mapping[str, ProviderStanding] = field(default_factory=dict)
    other_coverages: Mapping[str, Sequence[OtherCoverage]] = field(default_factory=dict)
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    provider_keys: Mapping[Provider, Keys] = field(default_factory=dict)
    changed: set[AccumulatorKey] = field(default_factory=set)
    _prepared: dict[str, Prepared] = field(default_factory=dict)

    def prepared(self, stated: Claim) -> Prepared:
        """What follows from a claim; of one that changed since it was looked up, made anew."""
        made = self._prepared.get(stated.id)
        if made is None or made.stated is not stated:
            made = self._prepared[stated.id] = self._prepare(stated)
        return made

    def _prepare(self, stated: Claim) -> Prepared:
        claim = self.identified(stated)
        keys, facts = self.provider_keys.get(claim.provider, ()), claim.facts()
        today, plan = under_todays_id(facts, keys), self.plan_of(claim.dossier_id)
        years = benefit_years(today, plan) if plan else ()
        return Prepared(stated, claim, today, marks_by_line(facts, keys), plan, years)

    def plan_of(self, dossier_id: str) -> Plan | None:
        """The plan of a dossier, unless dossier or plan is unknown."""
        known = self.coverages.get(dossier_id)
        return None if known is None else self.plans.get(known.coverage.plan_code)

    def identified(self, claim: Claim) -> Claim:
        """With its person, where the dossier tells who that is."""
        known = self.coverages.get(claim.dossier_id)
        return claim.identified(known.coverage if known else None)

    def around(self, prepared: Prepared, *, today: date) -> Circumstances:
        """What is known around one claim."""
        claim, submitted = prepared.claim, prepared.facts
        known = self.coverages.get(claim.dossier_id)
        keys = [(claim.dossier_id, year) for year in prepared.years]
        quoted = submitted.predetermination
        return Circumstances(
            today=today,
            coverage=known.coverage if known else None,
            accumulators={key[1]: self.accumulators[key] for key in keys if key in self.accumulators},
            seen=claimed_by_others(self.claimed, prepared.marks, claim.id),
            drugs={din: self.drugs[din] for din in dins_of(submitted) if din in self.drugs},
            provider=self.standings.get(submitted.provider.id),
            other_coverages=tuple(self.other_coverages.get(claim.dossier_id, ())),
            estimates={quoted: self.estimates[quoted]} if quoted in self.estimates else {},
        )


def dins_of(submitted: ClaimFacts) -> tuple[str, ...]:
    """Drugs that a claim names."""
    return tuple(dict.fromkeys(line.drug.din for line in submitted.lines if line.drug))


async def load_facts(
    claims: Sequence[Claim], repositories: Repositories, plans: Plans, *, session: Session | None
) -> Facts:
    """Facts for all of ``claims``, with one query per collection that is concerned."""
    dossiers = {claim.dossier_id for claim in claims}
    facts = Facts(plans, await repositories.coverages.get_many(dossiers, session=session))
    facts.provider_keys = await repositories.providers.keys_of({claim.provider for claim in claims}, session=session)
    keys: set[AccumulatorKey] = set()
    marks, dins, providers, quoted = set[str](), set[str](), set[str](), set[str]()
    for prepared in map(facts.prepared, claims):
        submitted = prepared.facts
        marks.update(mark for line in prepared.marks for mark in line)
        dins.update(dins_of(submitted))
        providers.add(submitted.provider.id)
        quoted.add(submitted.predetermination)
        keys.update(_accumulators_of(prepared))
    facts.accumulators = dict(await repositories.accumulators.get_many(keys, session=session))
    facts.claimed = dict(await repositories.claims.claimed_before(marks, session=session))
    facts.other_coverages = await repositories.other_coverages.get_many(dossiers)
    if dins:
        facts.drugs = await repositories.drugs.get_many(dins)
    if providers := providers - {""}:
        facts.standings = await repositories.standings.get_many(providers)
    if quoted := quoted - {""}:
        facts.estimates = await repositories.claims.estimates(quoted, session=session)
    return facts


def _accumulators_of(prepared: Prepared) -> set[AccumulatorKey]:
    """Those that a decision reads, and those that the decision which it replaces moved."""
    claim, years = prepared.claim, set(prepared.years)
    if claim.decision is not None:
        years.update(year for delta in claim.decision.deltas for year in delta.years)
    return {(claim.dossier_id, year) for year in years}


def decide(
    claim: Claim, facts: Facts, *, now: datetime, cause: Cause = Cause.SUBMITTED, instead_of: Claim | None = None
) -> Claim:
    """Decide one claim, for the first time or again, and let ``facts`` show it.

    What an earlier decision on it used is given back first: the claim is decided as if it came for the first time.
    ``instead_of`` is the claim as it was decided before, where it was changed since.
    """
    prepared, before = facts.prepared(claim), claim.decision
    if before is not None:
        _give_back(facts, claim.dossier_id, before)
    around, plan = facts.around(prepared, today=business_day(now)), prepared.plan
    decision = adjudicate(prepared.facts, plan, around)
    _use(facts, claim.dossier_id, decision)
    record = record_of(prepared.facts, around, plan)
    return prepared.claim.decided(decision, now, cause=cause, record=record, instead_of=instead_of)


def _give_back(facts: Facts, dossier_id: str, decision: Decision) -> None:
    for mark in decision.fingerprints:
        if facts.claimed.get(mark) == decision.claim_id:
            del facts.claimed[mark]
    _move(facts, dossier_id, undone=decision.deltas)


def _use(facts: Facts, dossier_id: str, decision: Decision) -> None:
    for mark in decision.fingerprints:
        facts.claimed.setdefault(mark, decision.claim_id)
    _move(facts, dossier_id, added=decision.deltas)


def _move(
    facts: Facts,
    dossier_id: str,
    *,
    added: Sequence[AccumulatorDelta] = (),
    undone: Sequence[AccumulatorDelta] = (),
) -> None:
    known = facts.coverages.get(dossier_id)
    if known is None:
        return
    for year in {year for delta in (*added, *undone) for year in delta.years}:
        key = (dossier_id, year)
        before = facts.accumulators.get(key) or Accumulators(known.coverage.contract, known.coverage.certificate, year)
        facts.accumulators[key] = before.with_deltas(added, undone=undone)
        facts.changed.add(key)


def changed_accumulators(facts: Facts) -> dict[AccumulatorKey, Accumulators]:
    """What must be stored after the group was decided."""
    return {key: facts.accumulators[key] for key in facts.changed}


def announcement(claim: Claim, *, decided_at: datetime) -> ClaimAdjudicated | ClaimEstimated:
    """The event about a decided claim: an estimate is none that anybody may pay."""
    if claim.decision is None:
        raise ValueError("only decided claims are announced")
    if claim.kind is ClaimKind.PREDETERMINATION:
        return _estimated(claim, claim.decision, decided_at=decided_at)
    return _adjudicated(claim, claim.decision, decided_at=decided_at)


def _adjudicated(claim: Claim, decision: Decision, *, decided_at: datetime) -> ClaimAdjudicated:
    return ClaimAdjudicated(
        claim_id=claim.id,
        claim_number=claim.number,
        version=claim.version,
        account_id=claim.account_id,
        dossier_id=claim.dossier_id,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        outcome=decision.outcome.value,
        submitted_cents=decision.totals.submitted_cents,
        benefit_cents=decision.totals.benefit_cents,
        received_at=claim.received_at,
        decided_at=decided_at,
        cause=claim.cause.value,
        pay_to=claim.pay_to.value,
        provider_id=claim.provider_id or None,
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
            for line in decision.lines
        ),
    )


def _estimated(claim: Claim, decision: Decision, *, decided_at: datetime) -> ClaimEstimated:
    return ClaimEstimated(
        claim_id=claim.id,
        claim_number=claim.number,
        version=claim.version,
        account_id=claim.account_id,
        dossier_id=claim.dossier_id,
        person_id=claim.person_id,
        claim_type=claim.claim_type,
        outcome=decision.outcome.value,
        submitted_cents=decision.totals.submitted_cents,
        benefit_cents=decision.totals.benefit_cents,
        decided_at=decided_at,
        valid_through=decision.valid_through,
    )

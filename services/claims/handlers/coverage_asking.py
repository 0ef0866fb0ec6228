"""Balances, eligibility and the plan: questions about coverage, answered from the same figures and rules as claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import Outcome, adjudicate, explain
from services.claims.domain.adjudication.decision import Decision
from services.claims.domain.balances import LimitBalance, balances, years_needed
from services.claims.domain.bilingual import Language
from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.coverage import Coverage
from services.claims.domain.errors import ClaimTypeNotFound, DrugsNotInPlan
from services.claims.domain.facts import ClaimKind, ClaimLine, DrugSupply, Provider, Ruling
from services.claims.domain.other_coverages import DossierNotKnown, PersonNotFound
from services.claims.domain.plan import Plan
from services.claims.handlers.acts import note
from services.claims.handlers.asking import Words, reason_views
from services.claims.handlers.deciding import Plans, Repositories, load_facts
from shared.clock import Clock, business_day
from shared.contracts.claims.coverage import (
    BalancesView,
    BenefitBalanceView,
    CheckDrugEligibility,
    CheckEligibility,
    CoveredPersonView,
    EligibilityView,
    GetBalances,
    GetDossierBalances,
    GetPlan,
    LimitView,
    PlanBenefitView,
    PlanView,
)
from shared.envelopes import Received
from shared.outbox import Work

PAPERS_LATER: Final = Ruling(
    waived=frozenset(
        {
            "checks.provider_identified",
            "checks.documents_present",
            "checks.questions_answered",
            "drug.prescription_present",
        }
    )
)
"""Rules that ask for what only a claim has: the answer names the papers instead."""
_ANY_QUANTITY_E3: Final = 999_999_000
"""Of a notional supply: limits per unit do not show in it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What answers are made from."""

    repositories: Repositories
    plans: Plans
    words: Words
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Insured:
    """A person of a dossier with the plan that covers them."""

    dossier_id: str
    coverage: Coverage
    plan: Plan
    person_id: str
    on: date


async def get_balances(received: Received[GetBalances], *, asking: Asking) -> BalancesView:
    """What a person of the caller's dossier has used and what is left (COV-5)."""
    actor, query = received.require_actor(), received.message
    insured = await _insured(asking, actor.dossier_id or "", query.person_id, query.on)
    return await _balances(asking, insured, cast("Language", actor.language))


async def get_dossier_balances(received: Received[GetDossierBalances], work: Work, *, asking: Asking) -> BalancesView:
    """The same, for agents: the audit keeps who looked."""
    query = received.message
    note(
        work,
        received,
        "sensitive_read",
        about=query.dossier_id,
        details={"person_id": query.person_id},
        at=asking.clock(),
    )
    insured = await _insured(asking, query.dossier_id, query.person_id, query.on)
    return await _balances(asking, insured, cast("Language", received.require_actor().language))


async def get_plan(received: Received[GetPlan], *, asking: Asking) -> PlanView:
    """The caller's plan and whom it covers."""
    actor = received.require_actor()
    coverage, plan = await _plan_of(asking, actor.dossier_id or "")
    language = cast("Language", actor.language)
    return PlanView(
        plan_code=plan.code,
        plan_name=plan.names.of(language),
        persons=tuple(
            CoveredPersonView(
                person_id=person.person_id,
                relationship=person.relationship.value,
                effective_from=person.effective_from,
                effective_to=person.effective_to,
            )
            for person in coverage.persons
        ),
        benefits=tuple(
            PlanBenefitView(
                benefit=benefit.code,
                name=_benefit_name(asking, benefit.code, language),
                covered=benefit.covered,
                share_basis_points=benefit.coinsurance_bp,
            )
            for benefit in plan.benefits.values()
        ),
    )


async def check_eligibility(received: Received[CheckEligibility], *, asking: Asking) -> EligibilityView:
    """What a service would be paid (COV-2)."""
    actor, query = received.require_actor(), received.message
    insured = await _insured(asking, actor.dossier_id or "", query.person_id, query.on)
    if query.claim_type not in asking.words.catalogue.types:
        raise ClaimTypeNotFound(query.claim_type)
    line = ClaimLine(query.service or "", insured.on, query.units, query.amount_cents)
    return await _eligibility(asking, insured, query.claim_type, line, cast("Language", actor.language))


async def check_drug_eligibility(received: Received[CheckDrugEligibility], *, asking: Asking) -> EligibilityView:
    """What a drug would be paid (COV-1, COV-2)."""
    actor, query = received.require_actor(), received.message
    insured = await _insured(asking, actor.dossier_id or "", query.person_id, query.on)
    claim_type = next((each.claim_type for each in insured.plan.services.values() if each.benefit.formulary), None)
    if claim_type is None:
        raise DrugsNotInPlan(insured.plan.code)
    supply = DrugSupply(query.din, _ANY_QUANTITY_E3, 1, ingredient_cents=query.amount_cents, fee_cents=0)
    line = ClaimLine("", insured.on, 1, query.amount_cents, drug=supply)
    return await _eligibility(asking, insured, claim_type, line, cast("Language", actor.language))


async def _eligibility(
    asking: Asking, insured: _Insured, claim_type: str, line: ClaimLine, language: Language
) -> EligibilityView:
    claim = _notional(insured, claim_type, line, asking.clock)
    facts = await load_facts([claim], asking.repositories, asking.plans, session=None)
    prepared, today = facts.prepared(claim), max(business_day(asking.clock()), insured.on)
    submitted = prepared.facts
    decision = adjudicate(submitted, insured.plan, facts.around(prepared, today=today))
    terms = insured.plan.services.get(submitted.code_of(line))
    used = await _accumulators(asking, insured)
    limits = balances(insured.plan, insured.person_id, used, on=insured.on)
    benefit = terms.benefit.code if terms else ""
    return _eligibility_view(
        decision,
        insured,
        asking.words,
        language,
        papers=tuple(kind.value for kind in terms.documents_needed) if terms else (),
        limits=tuple(_limit_view(limit) for each in limits if each.benefit == benefit for limit in each.limits),
    )


def _eligibility_view(
    decision: Decision,
    insured: _Insured,
    words: Words,
    language: Language,
    *,
    papers: tuple[str, ...],
    limits: tuple[LimitView, ...],
) -> EligibilityView:
    line = decision.lines[0]
    covered = {Outcome.DENIED: "no", Outcome.PENDED: "conditions"}.get(line.outcome, "yes")
    return EligibilityView(
        person_id=insured.person_id,
        on=insured.on,
        covered=covered,
        outcome=line.outcome.value,
        amount_cents=line.submitted_cents,
        allowed_cents=line.allowed_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.coinsurance_bp,
        benefit_cents=line.benefit_cents,
        papers=papers,
        reasons=reason_views(line, words.wording, language),
        limits=limits,
        explanation=tuple(explain(decision, language, wording=words.wording)[1:]),
    )


def _notional(insured: _Insured, claim_type: str, line: ClaimLine, clock: Clock) -> Claim:
    now = clock()
    return Claim(
        id="eligibility",
        number="",
        account_id="",
        dossier_id=insured.dossier_id,
        person_id=insured.person_id,
        provider=Provider(),
        claim_type=claim_type,
        lines=(line,),
        received_at=now,
        timeline=(StatusEntry(ClaimStatus.RECEIVED, now),),
        kind=ClaimKind.PREDETERMINATION,
        rulings={1: PAPERS_LATER},
    )


async def _balances(asking: Asking, insured: _Insured, language: Language) -> BalancesView:
    used = await _accumulators(asking, insured)
    return BalancesView(
        person_id=insured.person_id,
        plan_code=insured.plan.code,
        plan_name=insured.plan.names.of(language),
        on=insured.on,
        benefits=tuple(
            BenefitBalanceView(
                benefit=each.benefit,
                name=_benefit_name(asking, each.benefit, language),
                covered=each.covered,
                share_basis_points=each.share_bp,
                per_visit_cap_cents=each.per_visit_cap_cents,
                limits=tuple(map(_limit_view, each.limits)),
            )
            for each in balances(insured.plan, insured.person_id, used, on=insured.on)
        ),
    )


async def _accumulators(asking: Asking, insured: _Insured) -> Mapping[int, Accumulators]:
    keys = [(insured.dossier_id, year) for year in years_needed(insured.plan, insured.on)]
    found = await asking.repositories.accumulators.get_many(keys, session=None)
    return {year: state for (_, year), state in found.items()}


async def _insured(asking: Asking, dossier_id: str, person_id: str, on: date | None) -> _Insured:
    coverage, plan = await _plan_of(asking, dossier_id)
    if coverage.person(person_id) is None:
        raise PersonNotFound(person_id)
    return _Insured(dossier_id, coverage, plan, person_id, on or business_day(asking.clock()))


async def _plan_of(asking: Asking, dossier_id: str) -> tuple[Coverage, Plan]:
    found = await asking.repositories.coverages.get_many([dossier_id], session=None)
    known = found.get(dossier_id)
    plan = asking.plans.get(known.coverage.plan_code) if known else None
    if known is None or plan is None:
        raise DossierNotKnown
    return known.coverage, plan


def _benefit_name(asking: Asking, code: str, language: Language) -> str:
    named = asking.words.catalogue.benefits.get(code)
    return named.names.of(language) if named else code


def _limit_view(limit: LimitBalance) -> LimitView:
    return LimitView(
        kind=limit.kind.value,
        name=limit.name,
        scope=limit.scope.value,
        limit=limit.limit,
        used=limit.used,
        remaining=limit.remaining,
        first_day=limit.period.first_day,
        last_day=limit.period.last_day,
        next_day=limit.next_day,
    )

"""Adjudication of a claim: every rule of the pipeline over every line (CLM-8).

A pure function of its arguments: the same facts give the same decision, whenever and wherever it is replayed.
"""

from datetime import date, timedelta

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication.decision import Decision, LineDecision, Outcome, outcome_of, totals_of
from services.claims.domain.adjudication.line_work import UNKNOWN_PERSON, UNKNOWN_SERVICE, ClaimWork, LineWork
from services.claims.domain.adjudication.pipeline import PIPELINE
from services.claims.domain.adjudication.review import WAIVED
from services.claims.domain.adjudication.trace import PASSED, StepOutcome, TraceStep
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.facts import ClaimFacts, ClaimKind, ClaimLine
from services.claims.domain.plan import Plan, drug_count
from services.claims.domain.reasons import ReasonCode

DOSSIER_KNOWN = "eligibility.dossier_known"
"""Pends every line of a claim whose dossier or plan is not known (yet); it stands before the pipeline."""

_STEPS = tuple((rule.id, rule.run, TraceStep(rule.id, StepOutcome.PASSED)) for rule in PIPELINE)
_WEIGHTIEST_FIRST = (StepOutcome.DENIED, StepOutcome.PENDED, StepOutcome.REDUCED)
_OUTCOMES = {step: Outcome(step.value) for step in _WEIGHTIEST_FIRST}


def adjudicate(claim: ClaimFacts, plan: Plan | None, around: Circumstances) -> Decision:
    """Decide every line of the claim in order; earlier lines count for later ones.

    A plan of None (not known yet) pends the claim, as does a coverage of None. The accumulators around it must hold
    those of ``benefit_years`` that exist. An estimate is decided like a claim and uses nothing (CLM-10).
    """
    coverage = around.coverage
    if plan is None or coverage is None:
        lines = _lines_without_dossier(claim)
    else:
        lines = _decide_lines(
            ClaimWork(
                facts=claim,
                plan=plan,
                around=around,
                coverage=coverage,
                person=coverage.person(claim.person_id) or UNKNOWN_PERSON,
                provider_key=claim.provider.key,
                accumulators_by_year=dict(around.accumulators),
            )
        )
    return Decision(
        claim_id=claim.claim_id,
        kind=claim.kind,
        plan_code=plan.code if plan else "",
        plan_version=plan.version if plan else 0,
        decided_on=around.today,
        outcome=outcome_of(lines),
        lines=lines,
        totals=totals_of(lines),
        accumulator_versions=tuple(sorted((year, each.version) for year, each in around.accumulators.items())),
        valid_through=_valid_through(claim, plan, around),
    )


def benefit_years(claim: ClaimFacts, plan: Plan) -> tuple[int, ...]:
    """The benefit years whose accumulators a decision on this claim reads, in order.

    Those of the service dates; as many before and after as a limit of so many months may reach; those that count
    together towards a maximum of several years; and ``LIFETIME`` where anything is limited for life.
    """
    years: set[int] = set()
    for line in claim.lines:
        terms = plan.services.get(claim.code_of(line), UNKNOWN_SERVICE)
        years.update(terms.years_looked_at(plan.benefit_year(line.service_date)))
    return tuple(sorted(years))


def _valid_through(claim: ClaimFacts, plan: Plan | None, around: Circumstances) -> date | None:
    if claim.kind is not ClaimKind.PREDETERMINATION or plan is None:
        return None
    return around.today + timedelta(days=plan.estimate_valid_days)


def names_looked_at(claim: ClaimFacts, plan: Plan) -> frozenset[str]:
    """Names of counts in the accumulators that a decision on this claim may read or move."""
    names = {drug_count(line.drug.din) for line in claim.lines if line.drug}
    for line in claim.lines:
        names.update(plan.services.get(claim.code_of(line), UNKNOWN_SERVICE).counts_looked_at(line.tooth))
    return frozenset(names)


def _decide_lines(work: ClaimWork) -> tuple[LineDecision, ...]:
    marked = zip(work.facts.lines, work.facts.fingerprints(), strict=True)
    return tuple(_decide_line(number, line, mark, work=work) for number, (line, mark) in enumerate(marked, start=1))


def _decide_line(number: int, line: ClaimLine, mark: str, *, work: ClaimWork) -> LineDecision:
    year = work.plan.benefit_year(line.service_date)
    terms = work.plan.services.get(work.facts.code_of(line), UNKNOWN_SERVICE)
    sheet = LineWork(
        claim=work, number=number, line=line, fingerprint=mark, terms=terms, accumulators=_used(work, year)
    )
    trace, reasons = _run(sheet)
    decided = _line_decision(sheet, trace=trace, reasons=reasons)
    if decided.outcome is not Outcome.DENIED:
        work.earlier.setdefault(mark, number)
    if decided.delta is not None and number < len(work.facts.lines):
        for each in decided.delta.years:
            work.accumulators_by_year[each] = _used(work, each).with_delta(decided.delta)
    return decided


def _used(work: ClaimWork, year: int) -> Accumulators:
    used = work.accumulators_by_year.get(year)
    return Accumulators(work.coverage.contract, work.coverage.certificate, year) if used is None else used


def _run(work: LineWork) -> tuple[list[TraceStep], dict[StepOutcome, list[ReasonCode]]]:
    """The trace of the rules down to the first denial, and the reasons they gave by outcome.

    A rule that a reviewer waived does not make the line wait; its step keeps the reason, and says so (CLM-12).
    """
    waived = work.ruling.waived if work.ruling is not None else ()
    trace: list[TraceStep] = []
    reasons: dict[StepOutcome, list[ReasonCode]] = {}
    for rule_id, run, passed_step in _STEPS:
        finding = run(work)
        if finding is PASSED:
            trace.append(passed_step)
            continue
        outcome, figures, reason = finding
        if outcome is StepOutcome.PENDED and rule_id in waived:
            trace.append(TraceStep(rule_id, StepOutcome.PASSED, (*figures, WAIVED), reason))
            continue
        trace.append(TraceStep(rule_id, outcome, figures, reason))
        if reason is not None:
            reasons.setdefault(outcome, []).append(reason)
        if outcome is StepOutcome.DENIED:
            break
    return trace, reasons


def _line_decision(
    work: LineWork, *, trace: list[TraceStep], reasons: dict[StepOutcome, list[ReasonCode]]
) -> LineDecision:
    weightiest = next((step for step in _WEIGHTIEST_FIRST if step in reasons), None)
    payable = weightiest in (None, StepOutcome.REDUCED)
    return LineDecision(
        number=work.number,
        code=work.claim.facts.code_of(work.line),
        service_date=work.line.service_date,
        fingerprint=work.fingerprint,
        outcome=_OUTCOMES[weightiest] if weightiest else Outcome.APPROVED,
        reason_codes=tuple(reasons[weightiest]) if weightiest else (),
        submitted_cents=work.line.submitted_cents,
        allowed_cents=work.allowed_cents if payable else 0,
        eligible_cents=work.eligible_cents if payable else 0,
        deductible_cents=work.deductible_cents if payable else 0,
        coinsurance_bp=work.coinsurance_bp if payable else 0,
        benefit_cents=work.benefit_cents if payable else 0,
        trace=tuple(trace),
        delta=work.delta() if payable else None,
    )


def _lines_without_dossier(claim: ClaimFacts) -> tuple[LineDecision, ...]:
    """The dossier may still be on its way from identity: nothing is refused, an agent or a later run decides."""
    reason = ReasonCode.DOSSIER_NOT_FOUND
    return tuple(
        LineDecision(
            number=number,
            code=claim.code_of(line),
            service_date=line.service_date,
            fingerprint=mark,
            outcome=Outcome.PENDED,
            reason_codes=(reason,),
            submitted_cents=line.submitted_cents,
            allowed_cents=0,
            eligible_cents=0,
            deductible_cents=0,
            coinsurance_bp=0,
            benefit_cents=0,
            trace=(TraceStep(DOSSIER_KNOWN, StepOutcome.PENDED, (), reason),),
            delta=None,
        )
        for number, (line, mark) in enumerate(zip(claim.lines, claim.fingerprints(), strict=True), start=1)
    )

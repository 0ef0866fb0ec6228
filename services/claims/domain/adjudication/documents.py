"""Decision ↔ plain JSON-able document, in a fixed order of keys: equal decisions give equal documents.

A step that passed without figures is kept by its rule id alone: most of a trace is made of those.
"""

from datetime import date
from typing import NotRequired, TypedDict, cast

from services.claims.domain.accumulators import AccumulatorDelta
from services.claims.domain.adjudication.decision import Decision, LineDecision, Outcome, Totals
from services.claims.domain.adjudication.trace import Figures, StepOutcome, TraceStep
from services.claims.domain.errors import InvalidDocumentError, Problem
from services.claims.domain.facts import ClaimKind
from services.claims.domain.reasons import ReasonCode

_PASSED = StepOutcome.PASSED
FORMAT = 2
"""Changes when older documents can no longer be read the same way."""


class StepDocument(TypedDict):
    """``outcome`` is left out when passed, ``figures`` and ``reason_code`` when there are none."""

    rule_id: str
    outcome: NotRequired[str]
    figures: NotRequired[dict[str, int]]
    reason_code: NotRequired[str]


class DeltaDocument(TypedDict):
    """``AccumulatorDelta`` with lists and an ISO date."""

    year: int
    person_id: str
    paid_under: list[str]
    paid_cents: int
    deductible_group: str
    deductible_cents: int
    counted_under: list[str]
    units: int
    service_date: str
    provider_key: str
    eligible_cents: int
    expenses: NotRequired[dict[str, int]]
    lifetime_paid_under: NotRequired[list[str]]
    lifetime_counted_under: NotRequired[list[str]]


class LineDocument(TypedDict):
    """``LineDecision`` with lists, an ISO date and plain codes."""

    number: int
    code: str
    service_date: str
    fingerprint: str
    outcome: str
    reason_codes: list[str]
    submitted_cents: int
    allowed_cents: int
    eligible_cents: int
    deductible_cents: int
    coinsurance_bp: int
    benefit_cents: int
    trace: list[StepDocument]
    delta: DeltaDocument | None


class TotalsDocument(TypedDict):
    """``Totals``."""

    submitted_cents: int
    allowed_cents: int
    eligible_cents: int
    deductible_cents: int
    benefit_cents: int


class VersionDocument(TypedDict):
    """A benefit year and the version of its accumulators that was read."""

    year: int
    version: int


class DecisionDocument(TypedDict):
    """``Decision`` in format 2."""

    format: int
    claim_id: str
    kind: str
    plan_code: str
    plan_version: int
    decided_on: str
    outcome: str
    lines: list[LineDocument]
    totals: TotalsDocument
    accumulator_versions: list[VersionDocument]
    valid_through: NotRequired[str]


def decision_to_document(decision: Decision) -> DecisionDocument:
    totals = decision.totals
    document: DecisionDocument = {
        "format": FORMAT,
        "claim_id": decision.claim_id,
        "kind": decision.kind.value,
        "plan_code": decision.plan_code,
        "plan_version": decision.plan_version,
        "decided_on": decision.decided_on.isoformat(),
        "outcome": decision.outcome.value,
        "lines": [_line_to_document(line) for line in decision.lines],
        "totals": {
            "submitted_cents": totals.submitted_cents,
            "allowed_cents": totals.allowed_cents,
            "eligible_cents": totals.eligible_cents,
            "deductible_cents": totals.deductible_cents,
            "benefit_cents": totals.benefit_cents,
        },
        "accumulator_versions": [{"year": year, "version": version} for year, version in decision.accumulator_versions],
    }
    if decision.valid_through is not None:
        document["valid_through"] = decision.valid_through.isoformat()
    return document


def decision_from_document(document: object) -> Decision:
    """The decision that ``decision_to_document`` wrote.

    It is read at full speed, trusting the types of what this module wrote itself.

    Raises:
        InvalidDocumentError: something is missing, or a value is not one that could have been written.
    """
    try:
        return _read_decision(cast("DecisionDocument", document))
    except KeyError as missing:
        raise InvalidDocumentError("decision", [Problem("$", f"{missing} is missing")]) from missing
    except (TypeError, ValueError, AttributeError) as wrong:
        raise InvalidDocumentError("decision", [Problem("$", str(wrong))]) from wrong


def _read_decision(document: DecisionDocument) -> Decision:
    valid_through = document.get("valid_through")
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']} is not {FORMAT}")
    return Decision(
        claim_id=document["claim_id"],
        kind=ClaimKind(document["kind"]),
        plan_code=document["plan_code"],
        plan_version=document["plan_version"],
        decided_on=date.fromisoformat(document["decided_on"]),
        outcome=Outcome(document["outcome"]),
        lines=tuple(_read_line(line) for line in document["lines"]),
        totals=Totals(**document["totals"]),
        accumulator_versions=tuple((each["year"], each["version"]) for each in document["accumulator_versions"]),
        valid_through=None if valid_through is None else date.fromisoformat(valid_through),
    )


def _line_to_document(line: LineDecision) -> LineDocument:
    return {
        "number": line.number,
        "code": line.code,
        "service_date": line.service_date.isoformat(),
        "fingerprint": line.fingerprint,
        "outcome": line.outcome.value,
        "reason_codes": [code.value for code in line.reason_codes],
        "submitted_cents": line.submitted_cents,
        "allowed_cents": line.allowed_cents,
        "eligible_cents": line.eligible_cents,
        "deductible_cents": line.deductible_cents,
        "coinsurance_bp": line.coinsurance_bp,
        "benefit_cents": line.benefit_cents,
        "trace": [
            {"rule_id": rule_id}
            if outcome is _PASSED and not figures and reason_code is None
            else _step_to_document(rule_id, outcome, figures, reason_code)
            for rule_id, outcome, figures, reason_code in line.trace
        ],
        "delta": None if line.delta is None else _delta_to_document(line.delta),
    }


def _read_line(line: LineDocument) -> LineDecision:
    delta = line["delta"]
    return LineDecision(
        number=line["number"],
        code=line["code"],
        service_date=date.fromisoformat(line["service_date"]),
        fingerprint=line["fingerprint"],
        outcome=Outcome(line["outcome"]),
        reason_codes=tuple(ReasonCode(code) for code in line["reason_codes"]),
        submitted_cents=line["submitted_cents"],
        allowed_cents=line["allowed_cents"],
        eligible_cents=line["eligible_cents"],
        deductible_cents=line["deductible_cents"],
        coinsurance_bp=line["coinsurance_bp"],
        benefit_cents=line["benefit_cents"],
        trace=tuple(_read_step(step) for step in line["trace"]),
        delta=None if delta is None else _read_delta(delta),
    )


def _step_to_document(
    rule_id: str, outcome: StepOutcome, figures: Figures, reason_code: ReasonCode | None
) -> StepDocument:
    document: StepDocument = {"rule_id": rule_id}
    if outcome is not _PASSED:
        document["outcome"] = outcome.value
    if figures:
        document["figures"] = dict(figures)
    if reason_code is not None:
        document["reason_code"] = reason_code.value
    return document


def _read_step(step: StepDocument) -> TraceStep:
    reason = step.get("reason_code")
    outcome = step.get("outcome")
    return TraceStep(
        rule_id=step["rule_id"],
        outcome=StepOutcome.PASSED if outcome is None else StepOutcome(outcome),
        figures=tuple(step.get("figures", {}).items()),
        reason_code=None if reason is None else ReasonCode(reason),
    )


def _delta_to_document(delta: AccumulatorDelta) -> DeltaDocument:
    document: DeltaDocument = {
        "year": delta.year,
        "person_id": delta.person_id,
        "paid_under": list(delta.paid_under),
        "paid_cents": delta.paid_cents,
        "deductible_group": delta.deductible_group,
        "deductible_cents": delta.deductible_cents,
        "counted_under": list(delta.counted_under),
        "units": delta.units,
        "service_date": delta.service_date.isoformat(),
        "provider_key": delta.provider_key,
        "eligible_cents": delta.eligible_cents,
    }
    if delta.expenses:
        document["expenses"] = dict(delta.expenses)
    if delta.lifetime_paid_under:
        document["lifetime_paid_under"] = list(delta.lifetime_paid_under)
    if delta.lifetime_counted_under:
        document["lifetime_counted_under"] = list(delta.lifetime_counted_under)
    return document


def _read_delta(delta: DeltaDocument) -> AccumulatorDelta:
    return AccumulatorDelta(
        year=delta["year"],
        person_id=delta["person_id"],
        paid_under=tuple(delta["paid_under"]),
        paid_cents=delta["paid_cents"],
        deductible_group=delta["deductible_group"],
        deductible_cents=delta["deductible_cents"],
        counted_under=tuple(delta["counted_under"]),
        units=delta["units"],
        service_date=date.fromisoformat(delta["service_date"]),
        provider_key=delta["provider_key"],
        eligible_cents=delta["eligible_cents"],
        expenses=tuple(delta.get("expenses", {}).items()),
        lifetime_paid_under=tuple(delta.get("lifetime_paid_under", ())),
        lifetime_counted_under=tuple(delta.get("lifetime_counted_under", ())),
    )

"""Decision ↔ plain JSON-able document, in a fixed order of keys: equal decisions give equal documents."""

from services.claims.domain.accumulators import AccumulatorDelta
from services.claims.domain.adjudication.decision import Decision, LineDecision, Outcome, Totals
from services.claims.domain.adjudication.trace import StepOutcome, TraceStep
from services.claims.domain.document_reader import DocumentReader, JsonObject
from services.claims.domain.reasons import ReasonCode

FORMAT = 1
"""Changes when older documents can no longer be read the same way."""

_NO_MINIMUM = -(2**63)
_REASONS = {code.value: code for code in ReasonCode}


def decision_to_document(decision: Decision) -> JsonObject:
    totals = decision.totals
    return {
        "format": FORMAT,
        "claim_id": decision.claim_id,
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


def decision_from_document(document: object) -> Decision:
    """The decision that ``decision_to_document`` wrote.

    Raises:
        InvalidDocumentError: the document is something else.
    """
    root = DocumentReader(document)
    root.integer("format", minimum=FORMAT, maximum=FORMAT)
    totals = root.child("totals")
    decision = Decision(
        claim_id=root.string("claim_id"),
        plan_code=root.string("plan_code"),
        plan_version=root.integer("plan_version"),
        decided_on=root.day("decided_on"),
        outcome=root.member("outcome", Outcome),
        lines=tuple(_read_line(entry) for entry in root.children("lines")),
        totals=Totals(
            submitted_cents=_signed(totals, "submitted_cents"),
            allowed_cents=_signed(totals, "allowed_cents"),
            eligible_cents=_signed(totals, "eligible_cents"),
            deductible_cents=_signed(totals, "deductible_cents"),
            benefit_cents=_signed(totals, "benefit_cents"),
        ),
        accumulator_versions=tuple(
            (_signed(entry, "year"), entry.integer("version")) for entry in root.children("accumulator_versions")
        ),
    )
    root.raise_if_invalid("decision")
    return decision


def _line_to_document(line: LineDecision) -> JsonObject:
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
        "trace": [_step_to_document(step) for step in line.trace],
        "delta": None if line.delta is None else _delta_to_document(line.delta),
    }


def _read_line(entry: DocumentReader) -> LineDecision:
    delta = entry.optional_child("delta")
    reasons = entry.texts("reason_codes")
    if any(reason not in _REASONS for reason in reasons):
        entry.report("reason_codes", "must be known reason codes")
    return LineDecision(
        number=entry.integer("number"),
        code=entry.string("code"),
        service_date=entry.day("service_date"),
        fingerprint=entry.string("fingerprint"),
        outcome=entry.member("outcome", Outcome),
        reason_codes=tuple(_REASONS[reason] for reason in reasons if reason in _REASONS),
        submitted_cents=_signed(entry, "submitted_cents"),
        allowed_cents=_signed(entry, "allowed_cents"),
        eligible_cents=_signed(entry, "eligible_cents"),
        deductible_cents=_signed(entry, "deductible_cents"),
        coinsurance_bp=entry.integer("coinsurance_bp"),
        benefit_cents=_signed(entry, "benefit_cents"),
        trace=tuple(_read_step(step) for step in entry.children("trace")),
        delta=None if delta is None else _read_delta(delta),
    )


def _step_to_document(step: TraceStep) -> JsonObject:
    return {
        "rule_id": step.rule_id,
        "outcome": step.outcome.value,
        "figures": dict(step.figures),
        "reason_code": None if step.reason_code is None else step.reason_code.value,
    }


def _read_step(entry: DocumentReader) -> TraceStep:
    return TraceStep(
        rule_id=entry.text("rule_id"),
        outcome=entry.member("outcome", StepOutcome),
        figures=tuple(entry.integers_by_key("figures", minimum=_NO_MINIMUM).items()),
        reason_code=entry.member("reason_code", ReasonCode) if entry.has("reason_code") else None,
    )


def _delta_to_document(delta: AccumulatorDelta) -> JsonObject:
    return {
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


def _read_delta(entry: DocumentReader) -> AccumulatorDelta:
    return AccumulatorDelta(
        year=_signed(entry, "year"),
        person_id=entry.string("person_id"),
        paid_under=entry.texts("paid_under"),
        paid_cents=_signed(entry, "paid_cents"),
        deductible_group=entry.string("deductible_group"),
        deductible_cents=_signed(entry, "deductible_cents"),
        counted_under=entry.texts("counted_under"),
        units=_signed(entry, "units"),
        service_date=entry.day("service_date"),
        provider_key=entry.string("provider_key"),
        eligible_cents=_signed(entry, "eligible_cents"),
    )


def _signed(entry: DocumentReader, key: str) -> int:
    return entry.integer(key, minimum=_NO_MINIMUM)

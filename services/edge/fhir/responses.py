"""Claims as ClaimResponse and ExplanationOfBenefit, in the words that claims chose for the caller."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from services.edge.fhir.codes import (
    ADJUDICATION,
    CLAIM,
    CLAIM_TYPE,
    CURRENCY,
    DOSSIER,
    INSURER,
    KIND,
    LANGUAGE,
    LINE_OUTCOME,
    OWN_ADJUDICATION,
    PAYEE_TYPE,
    PAYMENT_TYPE,
    PERSON,
    REASON,
    kind_of,
)
from services.edge.fhir.dispositions import PAID, disposition, outcome_of, received
from shared.clock import business_day
from shared.contracts.claims import ClaimAccepted, ClaimSubmission, ClaimView, DecidedLineView, ReasonView

Resource = dict[str, object]
_PAYEES: Final = {"member": "subscriber", "provider": "provider"}


def queued_response(
    accepted: ClaimAccepted, submission: ClaimSubmission, *, request: Mapping[str, object] | None, language: str
) -> Resource:
    """The answer to a claim that is safely with us; ``request`` is the identifier that its sender gave it."""
    return _filled(
        {
            "resourceType": "ClaimResponse",
            "id": accepted.claim_number,
            "language": _tag(language),
            "identifier": [{"system": CLAIM, "value": accepted.claim_number}],
            "status": "active",
            "type": _type(submission.claim_type, None),
            "use": submission.kind,
            "patient": _reference(PERSON, submission.person_id),
            "created": accepted.received_at.isoformat(),
            "insurer": _insurer(),
            "requestor": {"display": submission.provider.name},
            "request": None if request is None else {"identifier": request},
            "outcome": "queued",
            "disposition": received(language),
        }
    )


def claim_response(claim: ClaimView, *, language: str) -> Resource:
    """The decision on a claim, as far as there is one."""
    notes = Notes(claim, language)
    payee = {"payeeType": _concept(PAYEE_TYPE, _PAYEES[claim.pay_to])} if claim.lines else {}
    estimate: Resource = {}
    if claim.valid_through is not None:
        estimate = {"preAuthRef": claim.claim_number, "preAuthPeriod": {"end": claim.valid_through.isoformat()}}
    return _filled(
        {
            **_common("ClaimResponse", claim, language),
            "requestor": {"display": claim.provider_name},
            **payee,
            **estimate,
            "item": [
                {"itemSequence": line.line, "noteNumber": notes.of(line), "adjudication": _adjudication(line)}
                for line in claim.lines
            ],
            "total": _totals(claim),
            "payment": _payment(claim),
            "processNote": notes.elements,
        }
    )


def explanation_of_benefit(claim: ClaimView, *, dossier_id: str, language: str) -> Resource:
    """The claim and its decision together, for the member."""
    notes = Notes(claim, language)
    estimate: Resource = {}
    if claim.valid_through is not None:
        estimate = {"preAuthRef": [claim.claim_number], "preAuthRefPeriod": [{"end": claim.valid_through.isoformat()}]}
    return _filled(
        {
            **_common("ExplanationOfBenefit", claim, language),
            "provider": {"display": claim.provider_name},
            "payee": {"type": _concept(PAYEE_TYPE, _PAYEES[claim.pay_to])} if claim.lines else None,
            "claimResponse": {"reference": f"ClaimResponse/{claim.claim_number}"},
            "insurance": [{"focal": True, "coverage": _reference(DOSSIER, dossier_id)}],
            **estimate,
            "item": [_item(claim, line, notes) for line in claim.lines],
            "total": _totals(claim),
            "payment": _payment(claim),
            "processNote": notes.elements,
        }
    )


def search_set(entries: Sequence[tuple[str, Resource]], links: Mapping[str, str]) -> Resource:
    """A page of resources with their full URLs, and the links to itself and to the next."""
    return _filled(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": relation, "url": url} for relation, url in links.items()],
            "entry": [{"fullUrl": url, "resource": each, "search": {"mode": "match"}} for url, each in entries],
        }
    )


class Notes:
    """The notes of a claim, numbered from 1: each reason once with its next step, then the explanation."""

    def __init__(self, claim: ClaimView, language: str) -> None:
        reasons = {reason.code: reason for line in claim.lines for reason in line.reasons}
        self._numbers = {code: number for number, code in enumerate(reasons, start=1)}
        texts = [f"{reason.text} {reason.next_step}".strip() for reason in reasons.values()]
        tag: Resource = {"coding": [{"system": LANGUAGE, "code": _tag(language)}]}
        self.elements = [
            {"number": number, "type": "display", "text": text, "language": tag}
            for number, text in enumerate([*texts, *(line for line in claim.explanation if line.strip())], start=1)
        ]

    def of(self, line: DecidedLineView) -> list[int]:
        """The numbers of a line's notes."""
        return [self._numbers[reason.code] for reason in line.reasons]


def _common(resource_type: str, claim: ClaimView, language: str) -> Resource:
    return {
        "resourceType": resource_type,
        "id": claim.claim_number,
        "meta": {"versionId": str(claim.version), "lastUpdated": _last_change(claim).isoformat()},
        "language": _tag(language),
        "identifier": [{"system": CLAIM, "value": claim.claim_number}],
        "status": "cancelled" if claim.status == "voided" else "active",
        "type": _type(claim.claim_type, claim.claim_type_name),
        "use": claim.kind,
        "patient": _reference(PERSON, claim.person_id),
        "created": (claim.decided_at or claim.received_at).isoformat(),
        "insurer": _insurer(),
        "outcome": outcome_of(claim),
        "disposition": disposition(claim, language),
    }


def _item(claim: ClaimView, line: DecidedLineView, notes: Notes) -> Resource:
    return {
        "sequence": line.line,
        "productOrService": _concept(CLAIM_TYPE, claim.claim_type, claim.claim_type_name),
        "servicedDate": line.service_date.isoformat(),
        "quantity": {"value": line.units},
        "net": _money(line.submitted_cents),
        "noteNumber": notes.of(line),
        "adjudication": _adjudication(line),
    }


def _adjudication(line: DecidedLineView) -> list[Resource]:
    """The figures in the order in which they were worked out; the first reason stands with the benefit."""
    reasons = [_reason(reason) for reason in line.reasons]
    first, others = next(iter(reasons), None), reasons[1:]
    figures: list[Resource] = [
        {"category": _concept(ADJUDICATION, code), "amount": _money(cents)}
        for code, cents in (
            ("submitted", line.submitted_cents),
            ("eligible", line.eligible_cents),
            ("deductible", line.deductible_cents),
        )
    ]
    share: Resource = {
        "category": _concept(ADJUDICATION, "eligpercent"),
        "value": Decimal(line.share_basis_points).scaleb(-2),
    }
    benefit: Resource = {
        "category": _concept(ADJUDICATION, "benefit"),
        "reason": first,
        "amount": _money(line.benefit_cents),
    }
    told = [*(("reason", reason) for reason in others), ("outcome", _concept(LINE_OUTCOME, line.outcome))]
    own: list[Resource] = [{"category": _concept(OWN_ADJUDICATION, code), "reason": reason} for code, reason in told]
    return [*figures, share, benefit, *own]


def _reason(reason: ReasonView) -> Resource:
    return _concept(REASON, reason.code, reason.text)


def _totals(claim: ClaimView) -> list[Resource]:
    if not claim.lines:
        return []
    figures: Iterable[tuple[str, int]] = (
        ("submitted", claim.submitted_cents),
        ("eligible", sum(line.eligible_cents for line in claim.lines)),
        ("deductible", sum(line.deductible_cents for line in claim.lines)),
        ("benefit", claim.benefit_cents),
    )
    return [{"category": _concept(ADJUDICATION, code), "amount": _money(cents)} for code, cents in figures]


def _payment(claim: ClaimView) -> Resource | None:
    """What left for the payee, once it has left."""
    if claim.status not in PAID:
        return None
    paid_at = next((entry.at for entry in claim.timeline if entry.status in PAID), None)
    return {
        "type": _concept(PAYMENT_TYPE, "complete"),
        "date": None if paid_at is None else business_day(paid_at).isoformat(),
        "amount": _money(claim.benefit_cents),
    }


def _last_change(claim: ClaimView) -> datetime:
    return max((claim.received_at, *(entry.at for entry in claim.timeline)))


def _type(claim_type: str, name: str | None) -> Resource:
    return {
        "coding": [
            {"system": KIND, "code": kind_of(claim_type)},
            {"system": CLAIM_TYPE, "code": claim_type, "display": name},
        ]
    }


def _insurer() -> Resource:
    return {"identifier": {"system": INSURER, "value": "acquit"}, "display": "Acquit"}


def _reference(system: str, value: str) -> Resource:
    return {"identifier": {"system": system, "value": value}}


def _concept(system: str, code: str, display: str | None = None) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _money(cents: int) -> Resource:
    return {"value": Decimal(cents).scaleb(-2), "currency": CURRENCY}


def _tag(language: str) -> str:
    return f"{language}-CA"


def _filled(resource: Resource) -> Resource:
    """Without what says nothing: FHIR knows neither null nor empty lists, objects and strings."""
    return {name: kept for name, value in resource.items() if (kept := _kept(value)) not in (None, "", [], {})}


def _kept(value: object) -> object:
    match value:
        case dict():
            return _filled(value)
        case list():
            return [_kept(each) for each in value]
        case str():
            return value.strip()
        case _:
            return value

"""What the insurer's reviewers decided about a line (CLM-12): it stands above what the rules would say."""

from typing import Final

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, denied, passed, pended, reduced
from services.claims.domain.facts import DocumentKind
from services.claims.domain.reasons import ReasonCode

WAIVED: Final = ("waived", 1)
"""The figure of a rule whose question a reviewer has answered: it would have made the line wait."""

_ASKED: Final = {
    DocumentKind.RECEIPT.value: ReasonCode.RECEIPT_MISSING,
    DocumentKind.PRESCRIPTION.value: ReasonCode.PRESCRIPTION_MISSING,
    DocumentKind.REFERRAL.value: ReasonCode.REFERRAL_MISSING,
}
"""Kinds of documents that have words of their own."""


def ruled_against(work: LineWork) -> Finding:
    """A reviewer refused the line."""
    ruling = work.ruling
    return denied(ReasonCode(ruling.denied_for)) if ruling is not None and ruling.denied_for else PASSED


def allowed_by_review(work: LineWork) -> Finding:
    """A reviewer set the most that is allowed; where the rules allow less, that stands."""
    ruling = work.ruling
    if ruling is None or ruling.allowed_cents is None:
        return PASSED
    before = work.allowed_cents
    work.allowed_cents = work.eligible_cents = allowed = min(before, ruling.allowed_cents)
    figures = ("ruled_cents", ruling.allowed_cents), ("allowed_cents", allowed)
    if allowed < before:
        return reduced(ReasonCode.LIMITED_BY_REVIEW, *figures)
    return passed(*figures)


def document_asked(work: LineWork) -> Finding:
    """The line waits until a document of the kind arrives, whatever the plan says of it."""
    ruling = work.ruling
    if ruling is None or not ruling.asked_for:
        return PASSED
    return pended(_ASKED.get(ruling.asked_for, ReasonCode.REVIEW_DOCUMENT_ASKED))

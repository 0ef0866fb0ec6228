"""What reviewers want to see before they decide (CLM-12)."""

from typing import Final

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, pended
from services.claims.domain.facts import DocumentKind
from services.claims.domain.reasons import ReasonCode

_ASKED: Final = {
    DocumentKind.RECEIPT.value: ReasonCode.RECEIPT_MISSING,
    DocumentKind.PRESCRIPTION.value: ReasonCode.PRESCRIPTION_MISSING,
    DocumentKind.REFERRAL.value: ReasonCode.REFERRAL_MISSING,
}
"""Kinds of documents that have words of their own."""


def document_asked(work: LineWork) -> Finding:
    """The line waits until a document of the kind arrives, whatever the plan says of it."""
    ruling = work.ruling
    if ruling is None or not ruling.asked_for:
        return PASSED
    return pended(_ASKED.get(ruling.asked_for, ReasonCode.REVIEW_DOCUMENT_ASKED))

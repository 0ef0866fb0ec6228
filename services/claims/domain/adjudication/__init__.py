"""Adjudication: ``adjudicate`` decides a claim, ``apply`` moves the accumulators, ``explain`` says why in words."""

from services.claims.domain.adjudication.decision import Decision, LineDecision, Outcome, Totals, apply
from services.claims.domain.adjudication.documents import decision_from_document, decision_to_document
from services.claims.domain.adjudication.engine import DOSSIER_KNOWN, adjudicate, benefit_years, names_looked_at
from services.claims.domain.adjudication.explanation import Wording, explain, wording_from_documents
from services.claims.domain.adjudication.pipeline import PIPELINE, Rule
from services.claims.domain.adjudication.trace import StepOutcome, TraceStep

__all__ = [
    "DOSSIER_KNOWN",
    "PIPELINE",
    "Decision",
    "LineDecision",
    "Outcome",
    "Rule",
    "StepOutcome",
    "Totals",
    "TraceStep",
    "Wording",
    "adjudicate",
    "apply",
    "benefit_years",
    "decision_from_document",
    "decision_to_document",
    "explain",
    "names_looked_at",
    "wording_from_documents",
]

"""How a claim stands, in FHIR's codes and in words."""

from typing import Final

from services.edge.language import Text
from shared.contracts.claims import ClaimView

_RECEIVED: Final = Text("Reçue ; la décision suit.", "Received; the decision follows.")
_VOIDED: Final = Text("Annulée.", "Voided.")
_PENDED: Final = Text(
    "En attente : il manque quelque chose, ou une personne vérifie ; voir les notes.",
    "Waiting: something is missing, or a person is checking; see the notes.",
)
_DECIDED: Final = {
    "approved": Text("Acceptée.", "Approved."),
    "reduced": Text("Acceptée en partie ; voir les notes.", "Approved in part; see the notes."),
    "denied": Text("Refusée ; voir les notes.", "Denied; see the notes."),
    "pended": _PENDED,
}
PAID: Final = frozenset({"paid", "deposited"})


def outcome_of(claim: ClaimView) -> str:
    """FHIR's outcome: ``partial`` while some lines are decided and others wait.

    A refused line is a complete decision. ``error`` never appears: what cannot be processed is refused when it is
    submitted, with an OperationOutcome.
    """
    if claim.outcome is None:
        return "queued"
    if claim.status == "voided" or claim.outcome != "pended":
        return "complete"
    return "queued" if all(line.outcome == "pended" for line in claim.lines) else "partial"


def disposition(claim: ClaimView, language: str) -> str:
    """How it stands, in words."""
    if claim.status == "voided":
        return _VOIDED[language]
    return (_DECIDED[claim.outcome] if claim.outcome is not None else _RECEIVED)[language]


def received(language: str) -> str:
    """For a claim that was just taken."""
    return _RECEIVED[language]

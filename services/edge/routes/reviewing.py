"""The review of pended claims by agents (CLM-12)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.bodies_reviewing import (
    ReviewDecisionRequest,
    ReviewNoteRequest,
    ReviewRefusalRequest,
    ReviewsDecisionRequest,
)
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    GetReview,
    ListReviewQueue,
    LockReview,
    RefuseReview,
    ReviewDecided,
    ReviewLocked,
    ReviewNotes,
    ReviewQueueView,
    ReviewsDecided,
    ReviewView,
)

_CLAIM: Final = "/review/claims/{claim_number}"
_ACT_SECONDS: Final = 9.0
_BULK_SECONDS: Final = 30.0

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/review/claims",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Demandes en attente, dans l’ordre de réception", "Pended claims, in order of receipt"),
        message=ListReviewQueue,
        query=("reason", "claim_type", "older_than", "limit", "after"),
        answer=ReviewQueueView,
    ),
    Relay(
        method="GET",
        path=_CLAIM,
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Une demande à l’étude : calcul, documents, notes, historique",
            "A claim in review: calculation, documents, notes, history",
        ),
        message=GetReview,
        answer=ReviewView,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path=f"{_CLAIM}/lock",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Prendre une demande en main pour quinze minutes", "Take a claim in hand for fifteen minutes"),
        message=LockReview,
        answer=ReviewLocked,
        problems=(404, 409),
    ),
    Relay(
        method="POST",
        path=f"{_CLAIM}/decision",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Décider des lignes : approuver, refuser, demander un document",
            "Decide lines: approve, deny, ask for a document",
        ),
        message=DecideReview,
        body=ReviewDecisionRequest,
        answer=ReviewDecided,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
    Relay(
        method="POST",
        path=f"{_CLAIM}/confirm",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Confirmer la décision d’un collègue", "Confirm a colleague’s decision"),
        message=ConfirmReview,
        answer=ReviewDecided,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
    Relay(
        method="POST",
        path=f"{_CLAIM}/refuse",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Refuser la décision d’un collègue", "Refuse a colleague’s decision"),
        message=RefuseReview,
        body=ReviewRefusalRequest,
        answer=ReviewDecided,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
    Relay(
        method="POST",
        path=f"{_CLAIM}/notes",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Écrire une note pour les collègues", "Write a note for colleagues"),
        message=AddReviewNote,
        body=ReviewNoteRequest,
        answer=ReviewNotes,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/review/decisions",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Même décision pour plusieurs demandes ; un résultat par demande",
            "The same decision for many claims; one result per claim",
        ),
        message=DecideReviews,
        body=ReviewsDecisionRequest,
        answer=ReviewsDecided,
        timeout_seconds=_BULK_SECONDS,
    ),
)

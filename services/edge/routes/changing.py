"""Changes to one's own claims (CLM-10)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.bodies_changing import CorrectionRequest, DocumentsRequest, VoidRequest
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.claims import ClaimView
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="PUT",
        path="/claims/{claim_number}",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Corriger une demande, qui garde son numéro et est décidée de nouveau",
            "Correct a claim, which keeps its number and is decided again",
        ),
        message=CorrectClaim,
        body=CorrectionRequest,
        answer=ClaimView,
        problems=(404, 409),
        timeout_seconds=9.0,
    ),
    Relay(
        method="POST",
        path="/claims/{claim_number}/documents",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Joindre des documents à une demande, qui est décidée de nouveau",
            "Add documents to a claim, which is decided again",
        ),
        message=AddClaimDocuments,
        body=DocumentsRequest,
        answer=ClaimView,
        problems=(404, 409),
        timeout_seconds=9.0,
    ),
    Relay(
        method="POST",
        path="/claims/{claim_number}/void",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Annuler une demande ; ce qui a été versé est repris des prochains paiements",
            "Void a claim; what was paid is deducted from the next payments",
        ),
        message=VoidClaim,
        body=VoidRequest,
        answer=ClaimView,
        problems=(404, 409),
        timeout_seconds=9.0,
    ),
)

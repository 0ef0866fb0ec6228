"""Claims and their catalogue."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.intake import IDEMPOTENCY_KEY, idempotency_key
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, Header, Relay, Row, Special
from shared.contracts.claims import (
    ClaimAccepted,
    ClaimsPage,
    ClaimSubmission,
    ClaimView,
    GetClaim,
    ListClaims,
)
from shared.contracts.claims.catalogue import ClaimTypeDetail, ClaimTypesView, GetClaimType, SearchClaimTypes

KEY_HEADER: Final = Header(
    name="Idempotency-Key",
    pattern=f"^{IDEMPOTENCY_KEY.pattern}$",
    meaning=Text(
        "Choisie par l’appelant, une par demande de règlement ; la répéter donne la même demande.",
        "Chosen by the caller, one per claim; repeating it gives the same claim.",
    ),
)


async def submit_claim(backend: Backend, call: Call[ClaimSubmission]) -> Response:
    """Accept a claim (CLM-7)."""
    key = idempotency_key(call.request.headers.get(KEY_HEADER.name))
    accepted = await backend.intake.submit(call.body, key=key, actor=call.actor)
    return answer(accepted, 202, headers={"location": f"/claims/{accepted.claim_number}"})


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/claims",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text("Soumettre une demande de règlement", "Submit a claim"),
        headers=(KEY_HEADER,),
        body=ClaimSubmission,
        answer=ClaimAccepted,
        status=202,
        handle=submit_claim,
    ),
    Relay(
        method="GET",
        path="/claims/{claim_number}",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text("Une demande, sa décision et ses motifs", "A claim, its decision and the reasons"),
        message=GetClaim,
        answer=ClaimView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/claims",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text("Demandes du dossier, les plus récentes d’abord", "Claims of the dossier, newest first"),
        message=ListClaims,
        query=("limit", "before"),
        answer=ClaimsPage,
    ),
    Relay(
        method="GET",
        path="/claim-types",
        who=Who.MEMBER,
        feature="claim_types",
        tag="claims",
        summary=Text("Chercher un type de demande", "Search claim types"),
        message=SearchClaimTypes,
        query=("text", "language"),
        answer=ClaimTypesView,
    ),
    Relay(
        method="GET",
        path="/claim-types/{claim_type}",
        who=Who.MEMBER,
        feature="claim_types",
        tag="claims",
        summary=Text(
            "Un type de demande : questions, services et documents", "A claim type: questions, services, documents"
        ),
        message=GetClaimType,
        query=("language",),
        answer=ClaimTypeDetail,
        problems=(404,),
    ),
)

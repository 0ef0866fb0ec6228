"""Claims of providers, one by one and in batches, and what was paid to them (CLM-6, PAY-2, PAY-3)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_provider_claims import BatchAnswer, ProviderClaimRequest
from services.edge.claim_batches import BYTES_LIMIT, read_csv, read_json, take
from services.edge.intake import idempotency_key
from services.edge.language import Text, preferred
from services.edge.routes.claims import KEY_HEADER
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import media_type_of, read_bytes
from services.edge.routes.table import CSV, JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.claims import ClaimAccepted
from shared.contracts.claims.provider_claims import (
    GetProviderClaim,
    ListProviderClaims,
    ProviderClaimsPage,
    ProviderClaimView,
)
from shared.contracts.payments import GetProviderStatement, ListProviderPayments, PaymentsPage, StatementView


async def submit_provider_claim(backend: Backend, call: Call[ProviderClaimRequest]) -> Response:
    """Accept a provider's claim."""
    key = idempotency_key(call.request.headers.get(KEY_HEADER.name))
    accepted = await backend.intake.submit_for_provider(call.body, key=key, actor=call.actor)
    return answer(accepted, 202, headers={"location": f"/provider/claims/{accepted.claim_number}"})


async def submit_batch(backend: Backend, call: Call[NoBody]) -> Response:
    """Accept what can be accepted of a batch."""
    key = idempotency_key(call.request.headers.get(KEY_HEADER.name))
    media_type = media_type_of(call.request, (CSV, JSON))
    body = await read_bytes(call.request, limit=BYTES_LIMIT)
    candidates = read_csv(body) if media_type == CSV else read_json(body)
    language = preferred(call.request.headers.get("accept-language") or "")
    taken = await take(candidates, backend.intake, key=key, actor=call.actor, language=language)
    return answer(taken)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/provider/claims",
        who=Who.PROVIDER,
        service="billing",
        tag="claims",
        summary=Text("Facturer pour un patient", "Bill for a patient"),
        headers=(KEY_HEADER,),
        body=ProviderClaimRequest,
        answer=ClaimAccepted,
        status=202,
        handle=submit_provider_claim,
    ),
    Special(
        method="POST",
        path="/provider/claims/batches",
        who=Who.PROVIDER,
        service="billing",
        tag="claims",
        summary=Text("Facturer un lot (CSV ou JSON)", "Bill a batch (CSV or JSON)"),
        media_type=CSV,
        headers=(KEY_HEADER,),
        body=NoBody,
        answer=BatchAnswer,
        handle=submit_batch,
    ),
    Relay(
        method="GET",
        path="/provider/claims",
        who=Who.PROVIDER,
        service="billing",
        tag="claims",
        summary=Text("Demandes facturées, les plus récentes d’abord", "Claims billed, newest first"),
        message=ListProviderClaims,
        query=("limit", "before"),
        answer=ProviderClaimsPage,
    ),
    Relay(
        method="GET",
        path="/provider/claims/{claim_number}",
        who=Who.PROVIDER,
        service="billing",
        tag="claims",
        summary=Text("Une demande facturée et sa décision", "A claim billed, and its decision"),
        message=GetProviderClaim,
        answer=ProviderClaimView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/provider/payments",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=Text("Paiements reçus, les plus récents d’abord", "Payments received, newest first"),
        message=ListProviderPayments,
        query=("limit", "before", "from_day", "to_day"),
        answer=PaymentsPage,
    ),
    Relay(
        method="GET",
        path="/provider/statements/{batch_number}",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=Text("Relevé d’un paiement reçu", "Statement of a payment received"),
        message=GetProviderStatement,
        answer=StatementView,
        problems=(404,),
    ),
)

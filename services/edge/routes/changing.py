"""Changes to one's own claims: of members, and of providers that billed (CLM-10)."""

from functools import partial
from typing import Final

from services.edge.auth.access import Who
from services.edge.bodies_changing import (
    CorrectionRequest,
    DocumentsRequest,
    ProviderCorrectionRequest,
    VoidRequest,
)
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.claims import ClaimView
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from shared.contracts.claims.provider_claims import ProviderClaimView

_CHANGE: Final = partial(Relay, tag="claims", problems=(404, 409), timeout_seconds=9.0)
_OF_MEMBERS: Final = partial(_CHANGE, who=Who.MEMBER, feature="claims", answer=ClaimView)
_OF_PROVIDERS: Final = partial(_CHANGE, who=Who.PROVIDER, service="billing", answer=ProviderClaimView)

ROWS: Final[tuple[Row, ...]] = (
    _OF_MEMBERS(
        method="PUT",
        path="/claims/{claim_number}",
        summary=Text(
            "Corriger une demande, qui garde son numéro et est décidée de nouveau",
            "Correct a claim, which keeps its number and is decided again",
        ),
        message=CorrectClaim,
        body=CorrectionRequest,
    ),
    _OF_MEMBERS(
        method="POST",
        path="/claims/{claim_number}/documents",
        summary=Text(
            "Joindre des documents à une demande, qui est décidée de nouveau",
            "Add documents to a claim, which is decided again",
        ),
        message=AddClaimDocuments,
        body=DocumentsRequest,
    ),
    _OF_MEMBERS(
        method="POST",
        path="/claims/{claim_number}/void",
        summary=Text(
            "Annuler une demande ; ce qui a été versé est repris des prochains paiements",
            "Void a claim; what was paid is deducted from the next payments",
        ),
        message=VoidClaim,
        body=VoidRequest,
    ),
    _OF_PROVIDERS(
        method="PUT",
        path="/provider/claims/{claim_number}",
        summary=Text(
            "Corriger une demande facturée, qui garde son numéro et est décidée de nouveau",
            "Correct a claim billed, which keeps its number and is decided again",
        ),
        message=CorrectProviderClaim,
        body=ProviderCorrectionRequest,
    ),
    _OF_PROVIDERS(
        method="POST",
        path="/provider/claims/{claim_number}/documents",
        summary=Text(
            "Joindre des documents à une demande facturée, qui est décidée de nouveau",
            "Add documents to a claim billed, which is decided again",
        ),
        message=AddProviderClaimDocuments,
        body=DocumentsRequest,
    ),
    _OF_PROVIDERS(
        method="POST",
        path="/provider/claims/{claim_number}/void",
        summary=Text(
            "Annuler une demande facturée ; ce qui a été versé est repris des prochains paiements",
            "Void a claim billed; what was paid is deducted from the next payments",
        ),
        message=VoidProviderClaim,
        body=VoidRequest,
    ),
)

"""Providers of care: found, used before, added; and what agents decide about those that members added (CLM-2)."""

from typing import Final

from starlette.requests import Request

from services.edge.auth.access import Who
from services.edge.bodies_providers import MergeRequest, ProviderRequest
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddedProvidersPage,
    AddProvider,
    ConfirmProvider,
    ListProfessions,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    ProfessionsView,
    ProviderConfirmed,
    ProviderDecided,
    ProviderDraft,
    ProvidersPage,
    RecentProviders,
    SearchProviders,
)


def new_provider_id(_request: Request, _actor: Actor, ids: IdMaker) -> str:
    """Each addition has its own id."""
    return ids()


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/providers",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Chercher un professionnel de la santé par nom ou téléphone",
            "Search health providers by name or telephone",
        ),
        message=SearchProviders,
        query=("first_name", "last_name", "phone", "claim_type", "limit", "after"),
        answer=ProvidersPage,
    ),
    Relay(
        method="GET",
        path="/providers/recent",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Professionnels de la santé récents pour un type de demande",
            "Health providers used recently for a claim type",
        ),
        message=ListRecentProviders,
        query=("claim_type",),
        answer=RecentProviders,
    ),
    Relay(
        method="GET",
        path="/professions",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text("Professions des professionnels de la santé", "Professions of health providers"),
        message=ListProfessions,
        answer=ProfessionsView,
    ),
    Relay(
        method="POST",
        path="/providers",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Ajouter un professionnel de la santé, à confirmer ensuite",
            "Add a health provider, to be confirmed next",
        ),
        message=AddProvider,
        body=ProviderRequest,
        made={"provider_id": new_provider_id},
        answer=ProviderDraft,
        status=201,
        problems=(409,),
    ),
    Relay(
        method="POST",
        path="/providers/{provider_id}/confirm",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text("Confirmer l’entrée d’un professionnel ajouté", "Confirm what was typed about an added provider"),
        message=ConfirmProvider,
        answer=ProviderConfirmed,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/providers/duplicates",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Professionnels ajoutés par des participants, et qui ils sont peut-être déjà",
            "Providers that members added, and who they may be already",
        ),
        message=ListProviderDuplicates,
        query=("limit", "after"),
        answer=AddedProvidersPage,
    ),
    Relay(
        method="GET",
        path="/administration/providers",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Chercher le professionnel avec lequel fusionner un ajout", "Search the provider to merge an addition into"
        ),
        message=SearchProviders,
        query=("first_name", "last_name", "phone", "claim_type", "limit", "after"),
        answer=ProvidersPage,
    ),
    Relay(
        method="POST",
        path="/providers/{provider_id}/accept",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Accepter un professionnel ajouté", "Accept an added provider"),
        message=AcceptProvider,
        answer=ProviderDecided,
        problems=(404, 409),
    ),
    Relay(
        method="POST",
        path="/providers/{provider_id}/merge",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Fusionner un professionnel ajouté avec un autre", "Merge an added provider into another"),
        message=MergeProvider,
        body=MergeRequest,
        answer=ProviderDecided,
        problems=(404, 409),
    ),
)

"""Grants: what a provider gave, what a delegate has, and for whom a session acts (DEL-8); employees (DEL-9)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.auth.provider_choice import ProviderChoiceAnswer
from services.edge.language import Text
from services.edge.routes.delegation_bodies import (
    EmployeeRequest,
    GrantStatusRequest,
    ProviderChoiceRequest,
)
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, Relay, Row, Special
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.identity.grants import (
    AddEmployee,
    ChangeGrant,
    DelegateGrantView,
    GrantsView,
    LeaveGrant,
    ListDelegates,
    ListMandates,
)


def new_employee_id(_request: Request, _actor: Actor, ids: IdMaker) -> str:
    """Each asking has its own id."""
    return ids()


async def choose_provider(backend: Backend, call: Call[ProviderChoiceRequest]) -> Response:
    """The session acts for another provider from now on."""
    return answer(await backend.provider_choices.choose(call.actor, call.body.provider_id))


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/delegates",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Ses mandataires et leurs accès", "One’s delegates and their access"),
        message=ListDelegates,
        answer=GrantsView,
    ),
    Relay(
        method="PUT",
        path="/grants/{grant_id}/status",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Suspendre, rétablir ou révoquer un accès", "Suspend, resume or revoke access"),
        message=ChangeGrant,
        body=GrantStatusRequest,
        answer=DelegateGrantView,
        problems=(404, 409),
    ),
    Relay(
        method="GET",
        path="/grants",
        who=Who.SIGNED_IN,
        tag="delegation",
        summary=Text("Les mandats que l’on a", "The mandates that one has"),
        message=ListMandates,
        answer=GrantsView,
    ),
    Relay(
        method="DELETE",
        path="/grants/{grant_id}",
        who=Who.SIGNED_IN,
        tag="delegation",
        summary=Text("Renoncer à un mandat", "Give a mandate back"),
        message=LeaveGrant,
        answer=DelegateGrantView,
        problems=(404, 409),
    ),
    Relay(
        method="POST",
        path="/employees",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Donner un compte à un membre du personnel", "Give an employee an account"),
        message=AddEmployee,
        body=EmployeeRequest,
        made={"employee_id": new_employee_id},
        answer=GrantsView,
        status=201,
        problems=(409,),
        timeout_seconds=9.0,
    ),
    Special(
        method="PUT",
        path="/session/provider",
        who=Who.SIGNED_IN,
        tag="delegation",
        summary=Text("Choisir pour quel professionnel on agit", "Choose for which provider one acts"),
        body=ProviderChoiceRequest,
        answer=ProviderChoiceAnswer,
        problems=(404,),
        handle=choose_provider,
    ),
)

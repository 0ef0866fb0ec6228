"""Delegation: the decision tree, requests, and the agents' queue (DEL-1, DEL-2, DEL-3, DEL-5)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.delegation_bodies import (
    DecisionRequest,
    DelegationBody,
    TreeAnswersRequest,
)
from services.edge.routes.table import JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.clock import IdMaker
from shared.contracts import Actor, Query
from shared.contracts.identity.delegation import (
    DecideDelegation,
    DelegationsView,
    DelegationTreeView,
    DelegationView,
    FollowDelegationTree,
    GetDelegation,
    GetDelegationTree,
    GetProcessingDate,
    ListDelegationQueue,
    ListDelegations,
    ProcessingDateView,
    RequestDelegation,
    TreeStepView,
    WithdrawDelegation,
)
from shared.telemetry import current_trace


def new_request_id(_request: Request, _actor: Actor, ids: IdMaker) -> str:
    """Each request has its own id."""
    return ids()


async def show_tree(backend: Backend, _call: Call[NoBody]) -> Response:
    """The questions before a delegation, for everybody."""
    return await _asked(backend, GetDelegationTree())


async def follow_tree(backend: Backend, call: Call[TreeAnswersRequest]) -> Response:
    """Where answers lead."""
    return await _asked(backend, FollowDelegationTree(answers=call.body.answers))


async def show_processing_date(backend: Backend, _call: Call[NoBody]) -> Response:
    """How far the agents are."""
    return await _asked(backend, GetProcessingDate())


async def _asked(backend: Backend, query: Query) -> Response:
    return Response(await backend.rpc.request_raw(query, trace=current_trace()), media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/delegations/tree",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text("Arbre décisionnel avant une délégation", "Decision tree before a delegation"),
        body=NoBody,
        answer=DelegationTreeView,
        handle=show_tree,
    ),
    Special(
        method="POST",
        path="/delegations/tree",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text(
            "Où mènent des réponses : question suivante, demande ou refus",
            "Where answers lead: next question, request or refusal",
        ),
        body=TreeAnswersRequest,
        answer=TreeStepView,
        handle=follow_tree,
    ),
    Special(
        method="GET",
        path="/delegations/processing-date",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text(
            "Nous traitons les demandes reçues à cette date", "We are processing requests received on this date"
        ),
        body=NoBody,
        answer=ProcessingDateView,
        handle=show_processing_date,
    ),
    Relay(
        method="POST",
        path="/delegations",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Demander l’accès à un service pour un mandataire", "Request access to a service for a delegate"),
        message=RequestDelegation,
        body=DelegationBody,
        made={"request_id": new_request_id},
        answer=DelegationView,
        status=201,
        location="/delegations/{request_id}",
        problems=(409,),
    ),
    Relay(
        method="GET",
        path="/delegations",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Ses demandes, les plus récentes d’abord", "One’s requests, newest first"),
        message=ListDelegations,
        answer=DelegationsView,
    ),
    Relay(
        method="GET",
        path="/delegations/{request_id}",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Une demande", "One request"),
        message=GetDelegation,
        answer=DelegationView,
        problems=(404,),
    ),
    Relay(
        method="DELETE",
        path="/delegations/{request_id}",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Retirer une demande", "Withdraw a request"),
        message=WithdrawDelegation,
        answer=DelegationView,
        problems=(404, 409),
    ),
    Relay(
        method="GET",
        path="/administration/delegations",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Demandes dans l’ordre de réception", "Requests in order of receipt"),
        message=ListDelegationQueue,
        query=("state", "limit", "after"),
        answer=DelegationsView,
    ),
    Relay(
        method="POST",
        path="/administration/delegations/{request_id}/decision",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Approuver ou refuser une demande", "Approve or refuse a request"),
        message=DecideDelegation,
        body=DecisionRequest,
        answer=DelegationView,
        problems=(404, 409),
        timeout_seconds=9.0,
    ),
)

"""Known institutions for everybody who fills in the boxes; history for the payee; closing for agents (BNK-1–3)."""

from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_bank_details import DirectDepositClosingRequest
from services.edge.language import Text, preferred
from services.edge.problems import Invalid
from services.edge.routes.direct_deposit import own_provider
from services.edge.routes.table import JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.banking_details import (
    BranchView,
    CloseDirectDeposit,
    DirectDepositClosed,
    DirectDepositHistory,
    GetBranch,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    InstitutionsView,
    ListInstitutions,
    PayeeDirectDepositView,
)
from shared.telemetry import current_trace

_CACHED: Final = {"cache-control": "public, max-age=3600", "vary": "Accept-Language"}
"""The list changes once a week, when somebody loads it."""


async def institutions(backend: Backend, call: Call[NoBody]) -> Response:
    """The list, in the caller's language."""
    query = ListInstitutions(language=_language(call))
    view = await backend.rpc.request_raw(query, trace=current_trace())
    return Response(view, media_type=JSON, headers=_CACHED)


async def branch(backend: Backend, call: Call[NoBody]) -> Response:
    """One branch: enough to compare with a cheque, and no way to list them all."""
    routing = f"0{call.path('institution')}{call.path('transit')}"
    try:
        query = GetBranch(routing=routing, language=_language(call))
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None
    view = await backend.rpc.request_raw(query, trace=current_trace())
    return Response(view, media_type=JSON, headers=_CACHED)


def _language(call: Call[NoBody]) -> str:
    return preferred(call.request.headers.get("accept-language", ""))


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/institutions",
        who=Who.PUBLIC,
        tag="direct deposit",
        summary=Text("Institutions financières connues", "Known financial institutions"),
        body=NoBody,
        answer=InstitutionsView,
        handle=institutions,
    ),
    Special(
        method="GET",
        path="/institutions/{institution}/branches/{transit}",
        who=Who.PUBLIC,
        tag="direct deposit",
        summary=Text("La succursale d’un transit", "The branch of a transit"),
        body=NoBody,
        answer=BranchView,
        problems=(404,),
        handle=branch,
    ),
    Relay(
        method="GET",
        path="/direct-deposit/history",
        who=Who.MEMBER,
        feature="direct_deposit",
        tag="direct deposit",
        summary=Text("Historique du dépôt direct, masqué", "History of direct deposit, masked"),
        message=GetDirectDepositHistory,
        answer=DirectDepositHistory,
    ),
    Relay(
        method="GET",
        path="/provider/direct-deposit/history",
        who=Who.PROVIDER_ALONE,
        tag="direct deposit",
        summary=Text(
            "Historique du dépôt direct du professionnel, masqué", "History of the provider’s direct deposit, masked"
        ),
        message=GetDirectDepositHistory,
        made={"payee": own_provider},
        answer=DirectDepositHistory,
    ),
    Relay(
        method="GET",
        path="/administration/direct-deposits/{payee_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Dépôt direct d’un bénéficiaire, masqué, et son historique ; la consultation est notée",
            "A payee’s direct deposit, masked, and its history; looking is recorded",
        ),
        message=GetPayeeDirectDeposit,
        answer=PayeeDirectDepositView,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/administration/direct-deposits/{payee_id}/closing",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Fermer le dépôt direct d’un bénéficiaire : le compte devient illisible pour toujours",
            "Close a payee’s direct deposit: the account becomes unreadable for ever",
        ),
        message=CloseDirectDeposit,
        body=DirectDepositClosingRequest,
        answer=DirectDepositClosed,
        problems=(404, 409),
    ),
)

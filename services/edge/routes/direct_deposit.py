"""Direct deposit: the bank details are sealed for banking before they leave this function (BNK-1, BNK-2)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.auth.errors import NoDossier
from services.edge.bodies import DirectDepositRequest
from services.edge.language import Text
from services.edge.routes.table import JSON, Backend, Call, Relay, Row, Special
from shared.contracts.banking import DirectDepositView, EnrolDirectDeposit, GetDirectDeposit
from shared.telemetry import current_trace


async def enrol(backend: Backend, call: Call[DirectDepositRequest]) -> Response:
    """Set up direct deposit for the caller's dossier."""
    dossier_id = call.actor.dossier_id
    if dossier_id is None:
        raise NoDossier
    sealed = backend.sealing.direct_deposit(call.body, subject=dossier_id)
    view = await backend.rpc.request_raw(EnrolDirectDeposit(details=sealed), actor=call.actor, trace=current_trace())
    return Response(view, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path="/direct-deposit",
        who=Who.MEMBER,
        feature="direct_deposit",
        tag="direct deposit",
        summary=Text("S’inscrire au dépôt direct", "Set up direct deposit"),
        body=DirectDepositRequest,
        answer=DirectDepositView,
        handle=enrol,
    ),
    Relay(
        method="GET",
        path="/direct-deposit",
        who=Who.MEMBER,
        feature="direct_deposit",
        tag="direct deposit",
        summary=Text("Dépôt direct, masqué", "Direct deposit, masked"),
        message=GetDirectDeposit,
        answer=DirectDepositView,
    ),
)

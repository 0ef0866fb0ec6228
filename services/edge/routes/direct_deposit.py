"""Direct deposit: the bank details are sealed for banking before they leave this function (BNK-1, BNK-2)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.auth.errors import NoDossier
from services.edge.bodies import DirectDepositRequest
from services.edge.bodies_safeguards import DirectDepositChangeRequest
from services.edge.language import Text
from services.edge.routes.table import JSON, Backend, Call, Relay, Row, Special
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.banking import (
    ChangeDirectDeposit,
    DirectDepositView,
    EnrolDirectDeposit,
    GetDirectDeposit,
    PayeeOf,
)
from shared.telemetry import current_trace


async def enrol(backend: Backend, call: Call[DirectDepositRequest]) -> Response:
    """Set up direct deposit for the caller's dossier."""
    dossier_id = call.actor.dossier_id
    if dossier_id is None:
        raise NoDossier
    sealed = backend.sealing.direct_deposit(call.body, subject=dossier_id)
    view = await backend.rpc.request_raw(EnrolDirectDeposit(details=sealed), actor=call.actor, trace=current_trace())
    return Response(view, media_type=JSON)


async def change(backend: Backend, call: Call[DirectDepositChangeRequest]) -> Response:
    """Replace the bank details of the caller's dossier."""
    return await _changed(backend, call, "dossier", call.actor.dossier_id)


async def change_as_provider(backend: Backend, call: Call[DirectDepositChangeRequest]) -> Response:
    """Replace the bank details of the caller's own provider."""
    return await _changed(backend, call, "provider", call.actor.provider_id)


async def _changed(
    backend: Backend, call: Call[DirectDepositChangeRequest], payee: PayeeOf, payee_id: str | None
) -> Response:
    if payee_id is None:
        raise NoDossier
    sealed = backend.sealing.direct_deposit(call.body, subject=payee_id)
    command = ChangeDirectDeposit(payee=payee, details=sealed, replaces=call.body.replaces)
    view = await backend.rpc.request_raw(command, actor=call.actor, trace=current_trace())
    return Response(view, media_type=JSON)


def own_provider(_request: Request, _actor: Actor, _ids: IdMaker) -> str:
    """The provider's bank details, not those of a dossier."""
    return "provider"


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
    Special(
        method="POST",
        path="/direct-deposit/changes",
        who=Who.MEMBER,
        feature="direct_deposit",
        step_up="direct_deposit_change",
        tag="direct deposit",
        summary=Text("Changer de compte bancaire", "Change the bank account"),
        body=DirectDepositChangeRequest,
        answer=DirectDepositView,
        problems=(404, 409),
        handle=change,
    ),
    Relay(
        method="GET",
        path="/provider/direct-deposit",
        who=Who.PROVIDER_ALONE,
        tag="direct deposit",
        summary=Text("Dépôt direct du professionnel, masqué", "Direct deposit of the provider, masked"),
        message=GetDirectDeposit,
        made={"payee": own_provider},
        answer=DirectDepositView,
    ),
    Special(
        method="POST",
        path="/provider/direct-deposit/changes",
        who=Who.PROVIDER_ALONE,
        step_up="provider_direct_deposit_change",
        tag="direct deposit",
        summary=Text("Changer le compte bancaire du professionnel", "Change the provider’s bank account"),
        body=DirectDepositChangeRequest,
        answer=DirectDepositView,
        problems=(404, 409),
        handle=change_as_provider,
    ),
)

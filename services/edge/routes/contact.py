"""The contact address for notices that are not about access (REG-2)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest
from services.edge.bodies_own_account import ContactAnswer, ContactRequest
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.identity.own_account import ContactView, GetContact, WithdrawContact


async def choose(backend: Backend, call: Call[ContactRequest]) -> Response:
    """Another address: a code goes out."""
    return answer(await backend.contacts.choose(call.actor, call.body), 202)


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    return answer(await backend.contacts.resend(call.actor, call.path("challenge_id")), 202)


async def confirm(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code: the address counts."""
    return answer(await backend.contacts.confirm(call.actor, call.path("challenge_id"), call.body.code))


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/me/contact",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Adresse des avis autres que d’accès", "Address for notices other than about access"),
        message=GetContact,
        answer=ContactView,
    ),
    Special(
        method="PUT",
        path="/me/contact",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Choisir l’adresse des avis : un code y part", "Choose the address: a code goes there"),
        body=ContactRequest,
        answer=ContactAnswer,
        status=202,
        problems=(429,),
        handle=choose,
    ),
    Special(
        method="POST",
        path="/me/contact/{challenge_id}/resend",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Renvoyer le code de l’adresse des avis", "Resend the code for the address for notices"),
        body=NoBody,
        answer=ContactAnswer,
        status=202,
        problems=(409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/me/contact/{challenge_id}/code",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Confirmer l’adresse des avis par le code", "Confirm the address for notices with the code"),
        body=CodeRequest,
        answer=ContactView,
        problems=(409, 429),
        handle=confirm,
    ),
    Relay(
        method="DELETE",
        path="/me/contact",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Retirer l’adresse des avis", "Withdraw the address for notices"),
        message=WithdrawContact,
        answer=ContactView,
    ),
)

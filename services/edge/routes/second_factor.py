"""The caller's authenticator app (LOG-10)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special
from services.edge.second_factor_bodies import RecoveryCodesAnswer, SecondFactorAnswer, SecondStepRequest
from shared.contracts.identity import Restriction

DESPITE: Final[frozenset[Restriction]] = frozenset({"second_factor", "terms"})


async def start(backend: Backend, call: Call[NoBody]) -> Response:
    """A secret for an app."""
    return answer(await backend.second_factors.start(call.actor), 201)


async def confirm(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The app's first code."""
    confirmed = await backend.second_factors.confirm(call.actor, call.body.code)
    return answer(confirmed)


async def remove(backend: Backend, call: Call[SecondStepRequest]) -> Response:
    """Without the app from now on."""
    await backend.second_factors.remove(call.actor, call.body.code)
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/me/second-factor",
        who=Who.SIGNED_IN,
        despite=DESPITE,
        tag="account",
        summary=Text("Configurer une application d’authentification", "Set up an authenticator app"),
        body=NoBody,
        answer=SecondFactorAnswer,
        status=201,
        problems=(409,),
        handle=start,
    ),
    Special(
        method="POST",
        path="/me/second-factor/confirmation",
        who=Who.SIGNED_IN,
        despite=DESPITE,
        tag="account",
        summary=Text(
            "Le premier code de l’application la met en service ; codes de secours affichés une seule fois",
            "The app’s first code puts it in use; recovery codes are shown once",
        ),
        body=CodeRequest,
        answer=RecoveryCodesAnswer,
        problems=(409, 429),
        handle=confirm,
    ),
    Special(
        method="DELETE",
        path="/me/second-factor",
        who=Who.SIGNED_IN,
        despite=DESPITE,
        tag="account",
        summary=Text("Retirer l’application d’authentification", "Remove the authenticator app"),
        body=SecondStepRequest,
        answer=None,
        status=204,
        problems=(409, 429),
        handle=remove,
    ),
)

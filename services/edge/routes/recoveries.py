"""Forgotten passwords and user names (LOG-3, LOG-4, LOG-5)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest
from services.edge.bodies_recovery import (
    RecoveredPassword,
    RecoveryAnswer,
    RecoveryAnswers,
    RecoveryRequest,
    RecoveryStarted,
)
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special


async def start(backend: Backend, call: Call[RecoveryRequest]) -> Response:
    """Begin a recovery."""
    return answer(await backend.recoveries.start(call.body), 202)


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    return answer(await backend.recoveries.resend(call.path("recovery_id")), 202)


async def confirm(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code: what comes next."""
    return answer(await backend.recoveries.confirm(call.path("recovery_id"), call.body.code))


async def answer_questions(backend: Backend, call: Call[RecoveryAnswers]) -> Response:
    """All answers at once."""
    return answer(await backend.recoveries.answer(call.path("recovery_id"), call.body.answers))


async def set_password(backend: Backend, call: Call[RecoveredPassword]) -> Response:
    """The new password; what others typed before it does not lock its owner out any longer (K5)."""
    account_id = await backend.recoveries.set_password(call.path("recovery_id"), call.body.new_password)
    await backend.unlocking.recovered(account_id)
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/recoveries",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Mot de passe ou nom d’utilisateur oublié", "Password or user name forgotten"),
        body=RecoveryRequest,
        answer=RecoveryStarted,
        status=202,
        problems=(429,),
        handle=start,
    ),
    Special(
        method="POST",
        path="/recoveries/{recovery_id}/resend",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Renvoyer le code de récupération", "Resend the recovery code"),
        body=NoBody,
        answer=RecoveryStarted,
        status=202,
        problems=(404, 409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/recoveries/{recovery_id}/code",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text(
            "Le code reçu par courriel ouvre l’étape suivante", "The code from the e-mail opens the next step"
        ),
        body=CodeRequest,
        answer=RecoveryAnswer,
        problems=(404, 409, 429),
        handle=confirm,
    ),
    Special(
        method="POST",
        path="/recoveries/{recovery_id}/answers",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Répondre à toutes les questions à la fois", "Answer all questions at once"),
        body=RecoveryAnswers,
        answer=RecoveryAnswer,
        problems=(404, 429),
        handle=answer_questions,
    ),
    Special(
        method="PUT",
        path="/recoveries/{recovery_id}/password",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Choisir un nouveau mot de passe", "Choose a new password"),
        body=RecoveredPassword,
        answer=None,
        status=204,
        problems=(404, 409, 429),
        handle=set_password,
    ),
)

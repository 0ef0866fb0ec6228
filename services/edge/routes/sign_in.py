"""Signing in, staying signed in, signing out (LOG-1, LOG-2, LOG-10)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import EVERY_RESTRICTION, Who
from services.edge.auth.endings import SIGN_OUT
from services.edge.bodies import ChallengeAnswer, RefreshRequest, SignInRequest, SignInState, TokenAnswer
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special
from services.edge.second_factor_bodies import SecondStepRequest


async def start(backend: Backend, call: Call[SignInRequest]) -> Response:
    """User name and password: a code goes out, or the authenticator app is asked."""
    address, origin = str(backend.origins.address(call.request)), backend.origins.of(call.request)
    return answer(await backend.sign_ins.start(call.body, address=address, origin=origin))


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    origin = backend.origins.of(call.request)
    return answer(await backend.sign_ins.resend(call.path("challenge_id"), origin=origin), 202)


async def finish(backend: Backend, call: Call[SecondStepRequest]) -> Response:
    """The code: a session."""
    origin = backend.origins.of(call.request)
    return answer(await backend.sign_ins.finish(call.path("challenge_id"), call.body.code, origin=origin))


async def state(backend: Backend, call: Call[NoBody]) -> Response:
    """Whether the mail could be handed over."""
    return answer(await backend.sign_ins.state(call.path("challenge_id")))


async def refresh(backend: Backend, call: Call[RefreshRequest]) -> Response:
    """The next tokens."""
    token = call.body.refresh_token.get_secret_value()
    return answer(await backend.sessions.refresh(token, origin=backend.origins.of(call.request)))


async def sign_out(backend: Backend, call: Call[NoBody]) -> Response:
    """The end of the session, with all its tokens."""
    await backend.sessions.end(call.actor.session_id, call.actor.account_id, reason=SIGN_OUT)
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/sign-in",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Nom d’utilisateur et mot de passe", "User name and password"),
        body=SignInRequest,
        answer=ChallengeAnswer,
        problems=(401, 429),
        handle=start,
    ),
    Special(
        method="POST",
        path="/sign-in/{challenge_id}/code",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text(
            "Le code du courriel ou de l’application ouvre la session",
            "The code from the e-mail or the app opens the session",
        ),
        body=SecondStepRequest,
        answer=TokenAnswer,
        problems=(401, 409, 429),
        handle=finish,
    ),
    Special(
        method="POST",
        path="/sign-in/{challenge_id}/resend",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Renvoyer le code", "Resend the code"),
        body=NoBody,
        answer=ChallengeAnswer,
        status=202,
        problems=(409, 429),
        handle=resend,
    ),
    Special(
        method="GET",
        path="/sign-in/{challenge_id}",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Le courriel est-il parti ?", "Has the mail left?"),
        body=NoBody,
        answer=SignInState,
        problems=(409,),
        handle=state,
    ),
    Special(
        method="POST",
        path="/tokens/refresh",
        who=Who.PUBLIC,
        tag="sign-in",
        summary=Text("Jetons suivants de la session", "Next tokens of the session"),
        body=RefreshRequest,
        answer=TokenAnswer,
        problems=(401, 429),
        handle=refresh,
    ),
    Special(
        method="POST",
        path="/sign-out",
        who=Who.SIGNED_IN,
        tag="sign-in",
        summary=Text("Fermer la session", "Sign out"),
        despite=EVERY_RESTRICTION,
        body=NoBody,
        answer=None,
        status=204,
        handle=sign_out,
    ),
)

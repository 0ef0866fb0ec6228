"""Terms of use: read by anybody, accepted before anything else works (LOG-7)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import EVERY_RESTRICTION, Who
from services.edge.bodies import AccessAnswer
from services.edge.bodies_own_account import TermsAcceptance
from services.edge.language import Text, preferred
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.identity.terms import AcceptTerms, ListTerms, OwnTerms, ReadTerms, TermsView
from shared.telemetry import current_trace


async def read(backend: Backend, call: Call[NoBody]) -> Response:
    """The text in the caller's language."""
    language = preferred(call.request.headers.get("accept-language") or "")
    query = ReadTerms(terms_id=call.path("terms_id"), language=language)
    view = await backend.rpc.request(query, TermsView, trace=current_trace())
    return answer(view, headers={"content-language": language, "vary": "Accept-Language"})


async def accept(backend: Backend, call: Call[TermsAcceptance]) -> Response:
    """Consent; the new access token is free of what was due."""
    command = AcceptTerms(terms_id=call.body.terms_id, version=call.body.version)
    await backend.rpc.request(command, TermsView, actor=call.actor, trace=current_trace())
    return answer(await backend.sessions.renew(call.actor))


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/terms",
        who=Who.SIGNED_IN,
        despite=EVERY_RESTRICTION,
        tag="account",
        summary=Text("Conditions à accepter, ou acceptées", "Terms to accept, or accepted"),
        message=ListTerms,
        answer=OwnTerms,
    ),
    Special(
        method="GET",
        path="/terms/{terms_id}",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Texte de conditions d’utilisation", "The text of terms of use"),
        body=NoBody,
        answer=TermsView,
        problems=(404,),
        handle=read,
    ),
    Special(
        method="POST",
        path="/terms/acceptance",
        who=Who.SIGNED_IN,
        despite=EVERY_RESTRICTION,
        tag="account",
        summary=Text("Accepter les conditions", "Accept the terms"),
        body=TermsAcceptance,
        answer=AccessAnswer,
        problems=(404, 409),
        handle=accept,
    ),
)

"""When an account looks shared: the extra code, "was it you?", and the cases of agents (LOG-8)."""

from typing import Final, get_args

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest, CodeSent
from services.edge.language import Text
from services.edge.routes.cases_bodies import CaseResolutionRequest
from services.edge.routes.endpoints import answer
from services.edge.routes.sessions_bodies import WasItYouByMailRequest, WasItYouRequest
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.identity import Restriction
from shared.contracts.identity.cases import CaseResolved, CasesView, ListCases, ResolveCase

WHATEVER_ELSE_IS_DUE: Final[frozenset[Restriction]] = frozenset(get_args(Restriction))


async def enter_extra_code(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code: the session works again, from its next refresh on."""
    await backend.suspicions.enter(await backend.own_sessions.current(call.actor), call.body.code)
    return Response(status_code=204)


async def resend_extra_code(backend: Backend, call: Call[NoBody]) -> Response:
    """Another extra code."""
    code = await backend.suspicions.resend(await backend.own_sessions.current(call.actor))
    wait = int(backend.sign_ins.resend_after.total_seconds())
    sent = CodeSent(reference=code.reference, resend_after_seconds=wait, expires_at=code.expires_at)
    return answer(sent, 202)


async def was_it_you(backend: Backend, call: Call[WasItYouRequest]) -> Response:
    """What the owner says, signed in."""
    await backend.suspicions.answer(call.actor.account_id, call.body.answer)
    return Response(status_code=204)


async def was_it_you_by_mail(backend: Backend, call: Call[WasItYouByMailRequest]) -> Response:
    """What the owner says, with the key from the mail."""
    await backend.suspicions.answer_by_mail(call.body.key, call.body.answer)
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/security/extra-code",
        who=Who.SIGNED_IN,
        despite=WHATEVER_ELSE_IS_DUE,
        tag="sessions",
        summary=Text("Le code supplémentaire rouvre la session", "The extra code makes the session work again"),
        body=CodeRequest,
        answer=None,
        status=204,
        problems=(409, 429),
        handle=enter_extra_code,
    ),
    Special(
        method="POST",
        path="/security/extra-code/resend",
        who=Who.SIGNED_IN,
        despite=WHATEVER_ELSE_IS_DUE,
        tag="sessions",
        summary=Text("Renvoyer le code supplémentaire", "Resend the extra code"),
        body=NoBody,
        answer=CodeSent,
        status=202,
        problems=(409, 429),
        handle=resend_extra_code,
    ),
    Special(
        method="POST",
        path="/security/was-it-you",
        who=Who.SIGNED_IN,
        despite=WHATEVER_ELSE_IS_DUE - {"suspicion"},
        tag="sessions",
        summary=Text("« Était-ce vous ? » : répondre", "“Was it you?”: answer"),
        body=WasItYouRequest,
        answer=None,
        status=204,
        problems=(404,),
        handle=was_it_you,
    ),
    Special(
        method="POST",
        path="/security/was-it-you/by-mail",
        who=Who.PUBLIC,
        tag="sessions",
        summary=Text("Répondre avec la clé du courriel", "Answer with the key from the mail"),
        body=WasItYouByMailRequest,
        answer=None,
        status=204,
        problems=(404,),
        handle=was_it_you_by_mail,
    ),
    Relay(
        method="GET",
        path="/administration/cases",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Comptes désactivés à examiner", "Disabled accounts to look into"),
        message=ListCases,
        query=("state",),
        answer=CasesView,
    ),
    Relay(
        method="POST",
        path="/administration/cases/{case_id}/resolution",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Rétablir un compte ou le laisser désactivé", "Reinstate an account or keep it disabled"),
        message=ResolveCase,
        body=CaseResolutionRequest,
        answer=CaseResolved,
        problems=(404, 409),
    ),
)

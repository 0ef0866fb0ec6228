"""Step-up: a code for one change (BNK-3)."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Rule, Who
from services.edge.bodies import CodeRequest
from services.edge.bodies_safeguards import StepUpRequest, StepUpStarted, StepUpToken
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special
from shared.contracts.identity.safeguards import StepUpAction

RULES: Final[Mapping[StepUpAction, Rule]] = {
    "direct_deposit_change": Rule(Who.MEMBER, feature="direct_deposit"),
    "provider_direct_deposit_change": Rule(Who.PROVIDER_ALONE),
    "administrator_change": Rule(Who.PROVIDER_ALONE),
}
"""Who may announce a change: those for whom its route is, so that nobody else ever describes a bank account (BNK-6)."""


async def start(backend: Backend, call: Call[StepUpRequest]) -> Response:
    """Describe a change."""
    RULES[call.body.action].check(call.actor)
    return answer(await backend.step_ups.start(call.actor, call.body), 202)


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    return answer(await backend.step_ups.resend(call.actor, call.path("step_up_id")), 202)


async def finish(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code: a token for that change."""
    return answer(await backend.step_ups.finish(call.actor, call.path("step_up_id"), call.body.code))


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/step-ups",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Annoncer un changement délicat : un code part par courriel", "Announce a sensitive change"),
        body=StepUpRequest,
        answer=StepUpStarted,
        status=202,
        problems=(429,),
        handle=start,
    ),
    Special(
        method="POST",
        path="/step-ups/{step_up_id}/resend",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Renvoyer le code d’un changement délicat", "Resend the code of a sensitive change"),
        body=NoBody,
        answer=StepUpStarted,
        status=202,
        problems=(409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/step-ups/{step_up_id}/code",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Le code donne un jeton pour ce seul changement", "The code gives a token for this one change"),
        body=CodeRequest,
        answer=StepUpToken,
        problems=(409, 429),
        handle=finish,
    ),
)

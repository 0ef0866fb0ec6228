"""Enrolments: every way to an account, step by step (REG-1 to REG-16). Each step is a route with its own body."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest
from services.edge.bodies_agreement import AGREEMENT_STEP_BODIES
from services.edge.bodies_enrolment import STEP_BODIES, EnrolmentAnswer, EnrolmentRequest, StepBody
from services.edge.bodies_provider import PROVIDER_STEP_BODIES
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special
from shared.contracts.identity import Restriction

WHILE_ENROLLING: Final[frozenset[Restriction]] = frozenset({"enrolment", "terms", "not_open_yet"})


async def start(backend: Backend, call: Call[EnrolmentRequest]) -> Response:
    """Begin; counted by address, as every beginning is kept for a day."""
    await backend.rates.allow_enrolment(str(backend.origins.address(call.request)))
    begun = await backend.enrolments.start(call.body)
    return answer(begun, 201, headers={"location": f"/enrolments/{begun.enrolment_id}"})


async def get(backend: Backend, call: Call[NoBody]) -> Response:
    """Where it stands."""
    return answer(await backend.enrolments.get(call.path("enrolment_id")))


async def submit(backend: Backend, call: Call[StepBody]) -> Response:
    """A step. What makes identity compare facts is counted by address (LOG-11)."""
    if call.body.CHECKS_FACTS:
        await backend.rates.allow_registration(str(backend.origins.address(call.request)))
    return answer(await backend.enrolments.submit(call.path("enrolment_id"), call.body))


async def confirm(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code from the mail."""
    return answer(await backend.enrolments.confirm(call.path("enrolment_id"), call.body.code))


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    return answer(await backend.enrolments.resend(call.path("enrolment_id")), 202)


async def get_own(backend: Backend, call: Call[NoBody]) -> Response:
    """Where one's own stands."""
    return answer(await backend.enrolments.get_own(call.actor))


async def submit_own(backend: Backend, call: Call[StepBody]) -> Response:
    """A step of one's own."""
    return answer(await backend.enrolments.submit_own(call.actor, call.body))


def _step_row(body: type[StepBody]) -> Row:
    if body.SIGNED_IN:
        return Special(
            method="PUT",
            path=f"/enrolment/steps/{body.STEP}",
            who=Who.SIGNED_IN,
            despite=WHILE_ENROLLING,
            tag="registration",
            summary=Text(f"Étape « {body.STEP} » de son inscription", f"Step “{body.STEP}” of one's own enrolment"),
            body=body,
            answer=EnrolmentAnswer,
            problems=(404, 409),
            handle=submit_own,
        )
    return Special(
        method="PUT",
        path=f"/enrolments/{{enrolment_id}}/steps/{body.STEP}",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text(f"Étape « {body.STEP} » d’une inscription", f"Step “{body.STEP}” of an enrolment"),
        body=body,
        answer=EnrolmentAnswer,
        problems=(404, 409, 429),
        handle=submit,
    )


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/enrolments",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Commencer une inscription", "Begin to enrol"),
        body=EnrolmentRequest,
        answer=EnrolmentAnswer,
        status=201,
        problems=(404, 429),
        handle=start,
    ),
    Special(
        method="GET",
        path="/enrolments/{enrolment_id}",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Où en est une inscription", "How far an enrolment is"),
        body=NoBody,
        answer=EnrolmentAnswer,
        problems=(404,),
        handle=get,
    ),
    *(_step_row(body) for body in (*STEP_BODIES, *PROVIDER_STEP_BODIES, *AGREEMENT_STEP_BODIES)),
    Special(
        method="POST",
        path="/enrolments/{enrolment_id}/code",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Le code reçu par courriel", "The code from the e-mail"),
        body=CodeRequest,
        answer=EnrolmentAnswer,
        problems=(404, 409, 429),
        handle=confirm,
    ),
    Special(
        method="POST",
        path="/enrolments/{enrolment_id}/resend",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Renvoyer le code d’inscription", "Resend the code of an enrolment"),
        body=NoBody,
        answer=EnrolmentAnswer,
        status=202,
        problems=(404, 409, 429),
        handle=resend,
    ),
    Special(
        method="GET",
        path="/enrolment",
        who=Who.SIGNED_IN,
        despite=WHILE_ENROLLING,
        tag="registration",
        summary=Text("Où en est sa propre inscription", "How far one's own enrolment is"),
        body=NoBody,
        answer=EnrolmentAnswer,
        problems=(404,),
        handle=get_own,
    ),
)

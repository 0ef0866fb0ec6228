"""Enrolment of providers: the step whose details go to banking, and the security questions to choose from (REG-10)."""

from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.auth.codes import challenge_key
from services.edge.bodies_enrolment import EnrolmentAnswer
from services.edge.bodies_provider import ProviderDirectDepositBody
from services.edge.language import Text
from services.edge.problems import Invalid
from services.edge.routes.endpoints import answer
from services.edge.routes.table import JSON, Backend, Call, NoBody, Row, Special
from shared.contracts.banking import DirectDepositHeld, HoldDirectDeposit
from shared.contracts.identity.enrolment import EnrolmentView, GetEnrolment, SubmitStep
from shared.contracts.identity.provider_enrolment import (
    ListSecurityQuestions,
    ProviderDirectDeposit,
    SecurityQuestionsView,
)
from shared.telemetry import current_trace

STEP: Final = "provider_direct_deposit"


async def direct_deposit(backend: Backend, call: Call[ProviderDirectDepositBody]) -> Response:
    """Bank details go to banking under the key of the enrolment; identity only learns whether there are any (BNK-2).

    Banking is asked only where the step may be done, so that a step out of its turn leaves nothing behind (R2).
    """
    enrolment_id, details = call.path("enrolment_id"), call.body.details
    key, trace = challenge_key(enrolment_id), current_trace()
    if details is not None:
        before = await backend.rpc.request(GetEnrolment(enrolment_id=key), EnrolmentView, trace=trace)
        if before.current is not None and STEP in (before.current, *before.done):
            sealed = backend.sealing.direct_deposit(details, subject=key)
            command = HoldDirectDeposit(flow_key=key, details=sealed, language=before.language)
            await backend.rpc.request(command, DirectDepositHeld, trace=trace)
    step = SubmitStep(enrolment_id=key, data=ProviderDirectDeposit(given=details is not None))
    view = await backend.rpc.request(step, EnrolmentView, trace=trace)
    return answer(EnrolmentAnswer.model_validate({**dict(view), "enrolment_id": enrolment_id}))


async def security_questions(backend: Backend, call: Call[NoBody]) -> Response:
    """Three lists; one question is chosen from each."""
    try:
        query = ListSecurityQuestions.model_validate(dict(call.request.query_params))
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None
    lists = await backend.rpc.request_raw(query, trace=current_trace())
    return Response(lists, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path=f"/enrolments/{{enrolment_id}}/steps/{STEP}",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Dépôt direct d’un fournisseur qui s’inscrit", "Direct deposit of a provider who enrols"),
        body=ProviderDirectDepositBody,
        answer=EnrolmentAnswer,
        problems=(404, 409, 429),
        handle=direct_deposit,
    ),
    Special(
        method="GET",
        path="/security-questions",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Questions de sécurité, en trois listes", "Security questions, in three lists"),
        body=NoBody,
        answer=SecurityQuestionsView,
        handle=security_questions,
    ),
)

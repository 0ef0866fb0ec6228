"""Agreements of hygienists: the step whose details go to banking, and what was signed (REG-16, REG-17)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.auth.enrolment import own_key
from services.edge.bodies_agreement import BankTransferBody
from services.edge.bodies_enrolment import EnrolmentAnswer
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.enrolments import WHILE_ENROLLING
from services.edge.routes.table import Backend, Call, Relay, Row, Special
from shared.contracts.banking import DirectDepositHeld, HoldDirectDeposit
from shared.contracts.identity.agreements import AgreementView, BankTransfer, GetAgreement
from shared.contracts.identity.enrolment import EnrolmentView, GetEnrolment, SubmitStep
from shared.telemetry import current_trace

STEP: Final = "bank_transfer"


async def bank_transfer(backend: Backend, call: Call[BankTransferBody]) -> Response:
    """Bank details go to banking under the key of the enrolment; identity only learns how long they are held (BNK-2).

    Banking is asked only where the step may be done, so that a step out of its turn leaves nothing behind (R2).
    """
    actor, key, trace = call.actor, own_key(call.actor), current_trace()
    held: DirectDepositHeld | None = None
    if call.body.details is not None:
        query = GetEnrolment(enrolment_id=key)
        before = await backend.rpc.request(query, EnrolmentView, actor=actor, trace=trace)
        if before.current is not None and STEP in (before.current, *before.done):
            sealed = backend.sealing.direct_deposit(call.body.details, subject=key)
            command = HoldDirectDeposit(flow_key=key, details=sealed, language=before.language)
            held = await backend.rpc.request(command, DirectDepositHeld, actor=actor, trace=trace)
    data = BankTransfer(bank_transfer=True, details_held_until=None if held is None else held.expires_at)
    step = SubmitStep(enrolment_id=key, data=data)
    view = await backend.rpc.request(step, EnrolmentView, actor=actor, trace=trace)
    return answer(EnrolmentAnswer.model_validate(dict(view)))


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path=f"/enrolment/steps/{STEP}",
        who=Who.SIGNED_IN,
        despite=WHILE_ENROLLING,
        tag="registration",
        summary=Text("Virement bancaire, et coordonnées bancaires", "Bank transfer, and bank details"),
        body=BankTransferBody,
        answer=EnrolmentAnswer,
        problems=(404, 409),
        handle=bank_transfer,
    ),
    Relay(
        method="GET",
        path="/agreement",
        who=Who.PROVIDER_ALONE,
        despite=frozenset({"not_open_yet"}),
        tag="account",
        summary=Text("L’accord que l’on a signé", "The agreement that one has signed"),
        message=GetAgreement,
        answer=AgreementView,
        problems=(404,),
    ),
)

"""Enrolling: steps to identity, and the codes that prove mailboxes on the way (REG-1 to REG-16, REG-21).

Outside, an anonymous enrolment is named by 256 random bits that only its browser has; inside, by the key of that, which
is the key of its challenge as well. The enrolment of somebody signed in is named by the account.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code, challenge_key, new_token
from services.edge.auth.records import Purpose
from services.edge.bodies import CodeSent
from services.edge.bodies_enrolment import EnrolmentAnswer, EnrolmentRequest, StepBody
from services.edge.ports import Rpc
from services.edge.sealing import Sealing
from shared.contracts import Actor
from shared.contracts.identity.enrolment import (
    CodeReturned,
    EnrolmentView,
    GetEnrolment,
    ResendEnrolmentCode,
    StartEnrolment,
    SubmitStep,
)
from shared.errors import Transient
from shared.telemetry import current_trace

PURPOSE: Final[Purpose] = "registration"


class Enrolments:
    """The steps of enrolments."""

    def __init__(self, challenges: Challenges, rpc: Rpc, *, sealing: Sealing, pepper: bytes) -> None:
        self._challenges = challenges
        self._rpc = rpc
        self._sealing = sealing
        self._pepper = pepper

    async def start(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """Begin to walk a path."""
        token = new_token()
        command = StartEnrolment(enrolment_id=challenge_key(token), path=request.path, language=request.language)
        return _answer(token, await self._rpc.request(command, EnrolmentView, trace=current_trace()))

    async def get(self, enrolment_id: str) -> EnrolmentAnswer:
        """How far it is."""
        query = GetEnrolment(enrolment_id=challenge_key(enrolment_id))
        return _answer(enrolment_id, await self._rpc.request(query, EnrolmentView, trace=current_trace()))

    async def submit(self, enrolment_id: str, body: StepBody) -> EnrolmentAnswer:
        """Do a step; one that names a mailbox has a code mailed there. The answer is the same whatever is known.

        Raises:
            AppError: what identity says.
            ResendsUsedUp: codes were asked for too often, for this mailbox.
        """
        key = challenge_key(enrolment_id)
        mailbox = body.mailbox()
        if mailbox is None:
            view = await self._submit(SubmitStep(enrolment_id=key, data=self._sealed(body, key)), None)
            return _answer(enrolment_id, view)
        begun = await self._challenges.begin_again(
            PURPOSE, subject=f"email:{self._digest(mailbox)}", token=enrolment_id
        )
        sealed = self._sealing.code(begun.code, challenge_key=key)
        view = await self._submit(SubmitStep(enrolment_id=key, data=self._sealed(body, key), code=sealed), None)
        await self._challenges.replace(begun)
        return _answer(enrolment_id, view, self._sent(begun.code))

    async def resend(self, enrolment_id: str) -> EnrolmentAnswer:
        """Mail another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(enrolment_id, PURPOSE)
        await self._challenges.store_code(enrolment_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendEnrolmentCode(enrolment_id=challenge.key, code=sealed)
        view = await self._rpc.request(command, EnrolmentView, trace=current_trace())
        return _answer(enrolment_id, view, self._sent(code))

    async def confirm(self, enrolment_id: str, code: SecretStr) -> EnrolmentAnswer:
        """The step after the right code.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        challenge = await self._challenges.check(enrolment_id, PURPOSE, code=code.get_secret_value())
        await self._challenges.use(challenge)
        command = SubmitStep(enrolment_id=challenge.key, data=CodeReturned())
        try:
            view = await self._submit(command, None)
        except Transient:
            await self._challenges.release(challenge)
            raise
        return _answer(enrolment_id, view)

    async def get_own(self, actor: Actor) -> EnrolmentAnswer:
        """How far the enrolment of somebody signed in is."""
        key = own_key(actor)
        query = GetEnrolment(enrolment_id=key)
        return _answer(key, await self._rpc.request(query, EnrolmentView, actor=actor, trace=current_trace()))

    async def submit_own(self, actor: Actor, body: StepBody) -> EnrolmentAnswer:
        """Do a step of one's own enrolment."""
        key = own_key(actor)
        return _answer(key, await self._submit(SubmitStep(enrolment_id=key, data=self._sealed(body, key)), actor))

    async def _submit(self, command: SubmitStep, actor: Actor | None) -> EnrolmentView:
        return await self._rpc.request(command, EnrolmentView, actor=actor, trace=current_trace())

    def _sealed(self, body: StepBody, key: str) -> Any:
        """The contract's fields: secrets sealed for identity, each bound to its name and the enrolment."""
        return {"step": body.STEP, **self._fields(body, key, "")}

    def _fields(self, body: BaseModel, key: str, way: str) -> Mapping[str, object]:
        return {name: self._field(value, key, way + name) for name, value in body if value is not None}

    def _field(self, value: object, key: str, way: str) -> object:
        match value:
            case SecretStr():
                return self._sealing.for_identity(value, use=way, subject=key)
            case BaseModel():
                return self._fields(value, key, f"{way}.")
            case Sequence() if not isinstance(value, str | bytes):
                return tuple(self._field(item, key, f"{way}.{at}") for at, item in enumerate(value))
            case _:
                return value

    def _digest(self, email: str) -> str:
        """Whose budgets are used: the address, as a digest, because it belongs to no account yet."""
        return hmac.new(self._pepper, f"email|{email.strip().casefold()}".encode(), sha256).hexdigest()

    def _sent(self, code: Code) -> CodeSent:
        return CodeSent(
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )


def own_key(actor: Actor) -> str:
    """The name of an enrolment that goes on after the account exists."""
    return f"account:{actor.account_id}"


def _answer(enrolment_id: str, view: EnrolmentView, code: CodeSent | None = None) -> EnrolmentAnswer:
    return EnrolmentAnswer.model_validate({**dict(view), "enrolment_id": enrolment_id, "code": code})

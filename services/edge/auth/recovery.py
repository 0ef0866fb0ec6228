"""Recovering access: an address and a number, a code by mail, answers where they are asked, a new password (LOG-3..5).

Nobody is signed in by it: who holds the recovery's name and had the code may set a password, and sign in then (F2).
"""

import hmac
from datetime import timedelta
from hashlib import sha256

import orjson
from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code, challenge_key
from services.edge.auth.errors import AnswersBlocked, AnswersWrong, RecoveriesUsedUp
from services.edge.auth.figures import Limit
from services.edge.bodies_recovery import RecoveryAnswer, RecoveryRequest, RecoveryStarted, TypedAnswers
from services.edge.ports import BudgetRepository, Rpc
from services.edge.sealing import Sealing
from shared.clock import Clock
from shared.contracts.identity import recovery as contract
from shared.contracts.identity.recovery import (
    AnswerRecovery,
    AnswersChecked,
    ConfirmRecovery,
    GetRecovery,
    PasswordRecovered,
    RecoveryView,
    ResendRecoveryCode,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.errors import Transient
from shared.telemetry import current_trace


class Recoveries:
    """The steps of a recovery. Outside, it is named by its challenge's token; inside, by the key of that."""

    def __init__(
        self,
        challenges: Challenges,
        budgets: BudgetRepository,
        rpc: Rpc,
        *,
        sealing: Sealing,
        pepper: bytes,
        per_day: int,
        clock: Clock,
    ) -> None:
        self._challenges = challenges
        self._budgets = budgets
        self._rpc = rpc
        self._sealing = sealing
        self._pepper = pepper
        self._requests = (Limit(per_day, timedelta(days=1)),)
        self._clock = clock

    async def start(self, request: RecoveryRequest) -> RecoveryStarted:
        """Begin a recovery; the answer is the same whatever is known (F1).

        Raises:
            RecoveriesUsedUp: too many for this mailbox, known or not.
            AppError: what identity says of the shape of the e-mail.
        """
        mailbox = self._mailbox(request.email)
        wait = await self._budgets.spend(f"recovery|email:{mailbox}", self._requests, now=self._clock())
        if wait is not None:
            raise RecoveriesUsedUp(wait)
        begun = self._challenges.begin("recovery", subject=f"email:{mailbox}")
        await self._challenges.store(begun)
        key = begun.challenge.key
        command = StartRecovery(
            recovery_id=key,
            method=request.method,
            email=request.email,
            number=request.number,
            language=request.language,
            code=self._sealing.code(begun.code, challenge_key=key),
        )
        await self._rpc.request(command, contract.RecoveryStarted, trace=current_trace())
        return self._started(begun.token, begun.code)

    async def resend(self, recovery_id: str) -> RecoveryStarted:
        """Mail another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(recovery_id, "recovery")
        await self._challenges.store_code(recovery_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendRecoveryCode(recovery_id=challenge.key, code=sealed)
        await self._rpc.request(command, contract.RecoveryStarted, trace=current_trace())
        return self._started(recovery_id, code)

    async def confirm(self, recovery_id: str, code: SecretStr) -> RecoveryAnswer:
        """What comes next, for the right code.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        challenge = await self._challenges.check(recovery_id, "recovery", code=code.get_secret_value())
        await self._challenges.use(challenge)
        try:
            command = ConfirmRecovery(recovery_id=challenge.key)
            await self._rpc.request(command, contract.RecoveryStarted, trace=current_trace())
            return await self.get(recovery_id)
        except Transient:
            await self._challenges.release(challenge)
            raise

    async def get(self, recovery_id: str) -> RecoveryAnswer:
        """Where a recovery stands, once its code came back."""
        query = GetRecovery(recovery_id=challenge_key(recovery_id))
        view = await self._rpc.request(query, RecoveryView, trace=current_trace())
        return RecoveryAnswer(
            recovery_id=recovery_id,
            step=view.step,
            questions=view.questions,
            hint=view.hint,
            expires_at=view.expires_at,
        )

    async def answer(self, recovery_id: str, answers: TypedAnswers) -> RecoveryAnswer:
        """What comes next, for the right answers; which one was wrong is not told (F6).

        Raises:
            AnswersWrong, AnswersBlocked.
        """
        key = challenge_key(recovery_id)
        sealed = self._sealing.for_identity(as_secret(answers), use="answers", subject=key)
        command = AnswerRecovery(recovery_id=key, answers=sealed)
        checked = await self._rpc.request(command, AnswersChecked, trace=current_trace())
        match checked.verdict:
            case "wrong":
                raise AnswersWrong(checked.tries_left)
            case "blocked":
                raise AnswersBlocked
            case _:
                return await self.get(recovery_id)

    async def set_password(self, recovery_id: str, password: SecretStr) -> str:
        """The end: the new password. All sessions of the account end (F3); whose it is.

        Raises:
            AppError: what identity says of the password.
        """
        key = challenge_key(recovery_id)
        command = SetRecoveredPassword(recovery_id=key, password=self._sealing.password(password, subject=key))
        return (await self._rpc.request(command, PasswordRecovered, trace=current_trace())).account_id

    def _mailbox(self, email: str) -> str:
        """Whose budgets are used: the address, as a digest, because it may belong to nobody."""
        return hmac.new(self._pepper, f"email|{email.strip().casefold()}".encode(), sha256).hexdigest()

    def _started(self, recovery_id: str, code: Code) -> RecoveryStarted:
        return RecoveryStarted(
            recovery_id=recovery_id,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )


def as_secret(answers: TypedAnswers) -> SecretStr:
    """Answers as the JSON object that identity opens."""
    return SecretStr(orjson.dumps({name: text.get_secret_value() for name, text in answers.items()}).decode())

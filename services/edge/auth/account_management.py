"""Account management and administrator security: secrets sealed, new mailboxes proved by a code (LOG-9, DEL-9)."""

from datetime import timedelta
from typing import Final

import orjson
from pydantic import SecretStr

from services.edge.auth.challenges import Begun, Challenges
from services.edge.auth.codes import Code
from services.edge.auth.errors import PasswordTriesUsedUp
from services.edge.auth.figures import Limit
from services.edge.bodies_safeguards import (
    AddressChangeAnswer,
    AdministratorSecurityRequest,
    EmailChangeRequest,
    SecurityQuestionsRequest,
    revealed,
)
from services.edge.ports import BudgetRepository, Rpc
from services.edge.sealing import Sealing
from shared.clock import Clock
from shared.contracts import Actor, Command, Done
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    ConfirmAdministratorSecurity,
    ConfirmEmailChange,
    ResendAddressChangeCode,
    SetAdministratorSecurity,
    SetSecurityQuestions,
    StartEmailChange,
)
from shared.errors import Transient
from shared.telemetry import current_trace

PASSWORD_TRIES: Final = (Limit(5, timedelta(minutes=15)), Limit(20, timedelta(days=1)))
"""How often a session may state its password: whoever found it open must not guess it."""


class AccountManagement:
    """What people change of their own account, and of their provider's administrator security."""

    def __init__(
        self, challenges: Challenges, budgets: BudgetRepository, rpc: Rpc, *, sealing: Sealing, clock: Clock
    ) -> None:
        self._challenges = challenges
        self._budgets = budgets
        self._rpc = rpc
        self._sealing = sealing
        self._clock = clock

    async def set_questions(self, actor: Actor, request: SecurityQuestionsRequest) -> None:
        """Choose other security questions.

        Raises:
            PasswordTriesUsedUp: the password was stated too often.
            AppError: what identity says of password and answers.
        """
        await self._spend_try(actor)
        command = SetSecurityQuestions(
            current_password=self._sealing.password(request.current_password, subject=actor.account_id),
            answers=self._answers(request.answers, actor.account_id),
        )
        await self._rpc.request(command, Done, actor=actor, trace=current_trace())

    async def start_email(self, actor: Actor, request: EmailChangeRequest) -> AddressChangeAnswer:
        """Have a code mailed to a new access address; the answer is the same whoever uses it already.

        Raises:
            PasswordTriesUsedUp: the password was stated too often.
            AppError: what identity says of password and address.
        """
        await self._spend_try(actor)
        begun = self._begin(actor)
        command = StartEmailChange(
            change_id=begun.challenge.key,
            email=request.new_email,
            current_password=self._sealing.password(request.current_password, subject=actor.account_id),
            code=self._sealing.code(begun.code, challenge_key=begun.challenge.key),
        )
        return await self._start(actor, begun, command)

    async def confirm_email(self, actor: Actor, change_id: str, code: SecretStr) -> None:
        """The code from the new address.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        await self._confirm(actor, change_id, code, ConfirmEmailChange)

    async def start_administrator(self, actor: Actor, request: AdministratorSecurityRequest) -> AddressChangeAnswer:
        """Set administrator security aside and have a code mailed to its address.

        Raises:
            AppError: what identity says of it.
        """
        begun = self._begin(actor)
        key = begun.challenge.key
        command = SetAdministratorSecurity(
            change_id=key,
            email=request.email,
            password=self._sealing.password(request.password, subject=key),
            answers=self._answers(request.answers, key),
            replaces=request.replaces,
            code=self._sealing.code(begun.code, challenge_key=key),
        )
        return await self._start(actor, begun, command)

    async def confirm_administrator(self, actor: Actor, change_id: str, code: SecretStr) -> bytes:
        """The code from the administrator's address; the view (JSON).

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        return await self._confirm(actor, change_id, code, ConfirmAdministratorSecurity)

    async def resend(self, actor: Actor, change_id: str) -> AddressChangeAnswer:
        """Mail another code to the new address, the account's or the administrator's; the one before it stays valid.

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(change_id, "email_change", account_id=actor.account_id)
        await self._challenges.store_code(change_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendAddressChangeCode(change_id=challenge.key, code=sealed)
        await self._rpc.request(command, AddressChangeStarted, actor=actor, trace=current_trace())
        return self._started(change_id, code)

    def _begin(self, actor: Actor) -> Begun:
        subject = f"account:{actor.account_id}"
        return self._challenges.begin("email_change", subject=subject, account_id=actor.account_id)

    async def _start(self, actor: Actor, begun: Begun, command: Command) -> AddressChangeAnswer:
        await self._challenges.store(begun)
        await self._rpc.request(command, AddressChangeStarted, actor=actor, trace=current_trace())
        return self._started(begun.token, begun.code)

    def _started(self, token: str, code: Code) -> AddressChangeAnswer:
        return AddressChangeAnswer(
            change_id=token,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

    async def _confirm(
        self,
        actor: Actor,
        change_id: str,
        code: SecretStr,
        command: type[ConfirmEmailChange] | type[ConfirmAdministratorSecurity],
    ) -> bytes:
        challenge = await self._challenges.check_own(
            change_id, "email_change", code=code.get_secret_value(), account_id=actor.account_id
        )
        await self._challenges.use(challenge)
        try:
            return await self._rpc.request_raw(command(change_id=challenge.key), actor=actor, trace=current_trace())
        except Transient:
            await self._challenges.release(challenge)
            raise

    def _answers(self, answers: dict[str, SecretStr], subject: str) -> str:
        secret = SecretStr(orjson.dumps(answers, default=revealed).decode())
        return self._sealing.for_identity(secret, use="answers", subject=subject)

    async def _spend_try(self, actor: Actor) -> None:
        wait = await self._budgets.spend(f"password|{actor.account_id}", PASSWORD_TRIES, now=self._clock())
        if wait is not None:
            raise PasswordTriesUsedUp(wait)

"""The contact address: a code goes there before it counts (REG-2)."""

from typing import Final

from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code
from services.edge.auth.records import Purpose
from services.edge.bodies import CodeSent
from services.edge.bodies_own_account import ContactAnswer, ContactRequest
from services.edge.ports import Rpc
from services.edge.sealing import Sealing
from shared.contracts import Actor
from shared.contracts.identity.own_account import ChooseContact, ConfirmContact, ContactView, ResendContactCode
from shared.errors import Transient
from shared.telemetry import current_trace

PURPOSE: Final[Purpose] = "contact"


class Contacts:
    """Choosing and confirming contact addresses."""

    def __init__(self, challenges: Challenges, rpc: Rpc, *, sealing: Sealing) -> None:
        self._challenges = challenges
        self._rpc = rpc
        self._sealing = sealing

    async def choose(self, actor: Actor, request: ContactRequest) -> ContactAnswer:
        """Have a code mailed to another address.

        Raises:
            ResendsUsedUp: codes were asked for too often by this account.
            AppError: what identity says of the address, or of missing consent.
        """
        subject = f"contact:{actor.account_id}"
        begun = await self._challenges.begin_paid(PURPOSE, subject=subject, account_id=actor.account_id)
        command = ChooseContact(
            email=request.email,
            consent=request.consent,
            code=self._sealing.code(begun.code, challenge_key=begun.challenge.key),
        )
        view = await self._rpc.request(command, ContactView, actor=actor, trace=current_trace())
        await self._challenges.store(begun)
        return self._answer(begun.token, begun.code, view)

    async def resend(self, actor: Actor, challenge_id: str) -> ContactAnswer:
        """Mail another code to the pending address; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
            AppError: the address is not pending any more.
        """
        challenge, code = await self._challenges.allow_resend(challenge_id, PURPOSE, account_id=actor.account_id)
        await self._challenges.store_code(challenge_id, code)
        command = ResendContactCode(code=self._sealing.code(code, challenge_key=challenge.key))
        view = await self._rpc.request(command, ContactView, actor=actor, trace=current_trace())
        return self._answer(challenge_id, code, view)

    async def confirm(self, actor: Actor, challenge_id: str, code: SecretStr) -> ContactView:
        """The address counts after the right code.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        challenge = await self._challenges.check_own(
            challenge_id, PURPOSE, code=code.get_secret_value(), account_id=actor.account_id
        )
        await self._challenges.use(challenge)
        command = ConfirmContact(challenge_id=challenge.key)
        try:
            return await self._rpc.request(command, ContactView, actor=actor, trace=current_trace())
        except Transient:
            await self._challenges.release(challenge)
            raise

    def _answer(self, token: str, code: Code, view: ContactView) -> ContactAnswer:
        sent = CodeSent(
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )
        return ContactAnswer(**dict(view), challenge_id=token, code=sent)

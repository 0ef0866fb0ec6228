"""Registering: roster facts and credentials, then a code by mail, then an account (REG-1, REG-21)."""

import hmac
from hashlib import sha256

from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code, challenge_key
from services.edge.bodies import RegistrationAnswer, RegistrationRequest
from services.edge.ports import Rpc
from services.edge.sealing import Sealing
from shared.contracts.identity import (
    ConfirmRegistration,
    RegistrationStarted,
    ResendRegistrationCode,
    StartRegistration,
)
from shared.errors import Transient
from shared.telemetry import current_trace


class Registrations:
    """The steps of a registration. Outside, it is named by its challenge's token; inside, by the key of that."""

    def __init__(self, challenges: Challenges, rpc: Rpc, *, sealing: Sealing, pepper: bytes) -> None:
        self._challenges = challenges
        self._rpc = rpc
        self._sealing = sealing
        self._pepper = pepper

    async def start(self, request: RegistrationRequest) -> RegistrationAnswer:
        """Begin a registration; the answer is the same whatever the roster says.

        Raises:
            AppError: what identity says of the password or the shape of the e-mail.
        """
        begun = self._challenges.begin("registration", subject=f"email:{self._mailbox(request.email)}")
        await self._challenges.store(begun)
        key = begun.challenge.key
        command = StartRegistration(
            registration_id=key,
            contract_number=request.contract_number,
            certificate_number=request.certificate_number,
            birth_date=request.birth_date,
            email=request.email,
            password=self._sealing.password(request.password, subject=key),
            language=request.language,
            code=self._sealing.code(begun.code, challenge_key=key),
        )
        await self._rpc.request(command, RegistrationStarted, trace=current_trace())
        return self._answer(begun.token, begun.code)

    async def resend(self, registration_id: str) -> RegistrationAnswer:
        """Mail another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(registration_id, "registration")
        await self._challenges.store_code(registration_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendRegistrationCode(registration_id=challenge.key, code=sealed)
        await self._rpc.request(command, RegistrationStarted, trace=current_trace())
        return self._answer(registration_id, code)

    async def confirm(self, registration_id: str, code: SecretStr) -> bytes:
        """The account view (JSON) for the right code.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        challenge = await self._challenges.check(registration_id, "registration", code=code.get_secret_value())
        await self._challenges.use(challenge)
        command = ConfirmRegistration(registration_id=challenge_key(registration_id))
        try:
            return await self._rpc.request_raw(command, trace=current_trace())
        except Transient:
            await self._challenges.release(challenge)
            raise

    def _mailbox(self, email: str) -> str:
        """Whose budgets are used: the address, as a digest, because it belongs to no account yet."""
        return hmac.new(self._pepper, f"email|{email.strip().casefold()}".encode(), sha256).hexdigest()

    def _answer(self, registration_id: str, code: Code) -> RegistrationAnswer:
        return RegistrationAnswer(
            registration_id=registration_id,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

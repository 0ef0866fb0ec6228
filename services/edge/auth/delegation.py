"""Signing a delegation in the portal: a code to each party's mailbox (DEL-4).

A signature under way is named by its challenge's token outside and by the key of that inside. Identity knows the
addresses and mails the codes; the edge knows the codes.
"""

from hashlib import sha256

from pydantic import SecretStr

from services.edge.auth.challenges import Begun, Challenges
from services.edge.auth.codes import Code, challenge_key
from services.edge.bodies import CodeSent
from services.edge.ports import Rpc
from services.edge.sealing import Sealing
from shared.contracts import Actor
from shared.contracts.identity.delegation import ConfirmSigning, ResendSigningCode, SigningStarted, StartSigning
from shared.errors import Transient
from shared.telemetry import current_trace


class SigningAnswer(CodeSent):
    """The name of a signature under way. Whoever lacks it cannot use the code."""

    signing_id: str


class Signings:
    """The steps of a signature."""

    def __init__(self, challenges: Challenges, rpc: Rpc, *, sealing: Sealing) -> None:
        self._challenges = challenges
        self._rpc = rpc
        self._sealing = sealing

    async def start_as_provider(self, request_id: str, *, actor: Actor) -> SigningAnswer:
        """A code for the provider, at the address that the request gives.

        Raises:
            AppError: what identity says of the request.
        """
        begun = self._challenges.begin("delegation", subject=f"account:{actor.account_id}", account_id=actor.account_id)
        key = begun.challenge.key
        sealed = self._sealing.code(begun.code, challenge_key=key)
        return await self._start(begun, StartSigning(signing_id=key, request_id=request_id, code=sealed), actor=actor)

    async def start_as_delegate(self, reference: str) -> SigningAnswer:
        """A code for the delegate, who has no account yet; the answer is the same for references that nobody has."""
        digest = sha256(reference.replace("-", "").encode()).hexdigest()
        begun = self._challenges.begin("delegation", subject=f"delegation:{digest}")
        key = begun.challenge.key
        sealed = self._sealing.code(begun.code, challenge_key=key)
        return await self._start(begun, StartSigning(signing_id=key, reference=reference, code=sealed), actor=None)

    async def resend(self, signing_id: str) -> SigningAnswer:
        """Another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(signing_id, "delegation")
        await self._challenges.store_code(signing_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendSigningCode(signing_id=challenge.key, code=sealed)
        await self._rpc.request(command, SigningStarted, trace=current_trace())
        return self._answer(signing_id, code)

    async def confirm(self, signing_id: str, code: SecretStr, *, actor: Actor | None) -> bytes:
        """The request (JSON) with the signature of whoever began: the provider with the session that began, or the
        delegate without any.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        account_id = None if actor is None else actor.account_id
        challenge = await self._challenges.check_own(
            signing_id, "delegation", code=code.get_secret_value(), account_id=account_id
        )
        await self._challenges.use(challenge)
        command = ConfirmSigning(signing_id=challenge_key(signing_id))
        try:
            return await self._rpc.request_raw(command, actor=actor, trace=current_trace())
        except Transient:
            await self._challenges.release(challenge)
            raise

    async def _start(self, begun: Begun, command: StartSigning, *, actor: Actor | None) -> SigningAnswer:
        await self._challenges.store(begun)
        await self._rpc.request(command, SigningStarted, actor=actor, trace=current_trace())
        return self._answer(begun.token, begun.code)

    def _answer(self, signing_id: str, code: Code) -> SigningAnswer:
        return SigningAnswer(
            signing_id=signing_id,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

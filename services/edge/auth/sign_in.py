"""Signing in: password, then a code by mail or of an authenticator app, then a session (LOG-1, LOG-10)."""

from datetime import timedelta
from functools import partial
from math import ceil

from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.clients import Origin
from services.edge.auth.codes import Code
from services.edge.auth.device_tokens import DeviceTokens
from services.edge.auth.errors import ChallengeEnded, SignInRefused
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.passwords import PasswordStep
from services.edge.auth.records import Challenge
from services.edge.auth.second_factor import SecondFactors
from services.edge.auth.sessions import ASSURANCE, TOTP_ASSURANCE, Sessions
from services.edge.bodies import ChallengeAnswer, SignInRequest, SignInState, TokenAnswer
from services.edge.ports import UnitOfWork
from services.edge.sealing import Sealing
from shared.clock import Clock
from shared.contracts.notification import SendCode
from shared.mongo import Session
from shared.outbox import Work


class SignIns:
    """The three steps of signing in."""

    def __init__(
        self,
        challenges: Challenges,
        sessions: Sessions,
        unit_of_work: UnitOfWork,
        *,
        passwords: PasswordStep,
        second_factors: SecondFactors,
        lockouts: Lockouts,
        sealing: Sealing,
        devices: DeviceTokens,
        clock: Clock,
    ) -> None:
        self._challenges = challenges
        self._sessions = sessions
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._second_factors = second_factors
        self._lockouts = lockouts
        self._sealing = sealing
        self._devices = devices
        self._clock = clock

    @property
    def resend_after(self) -> timedelta:
        """How long after a code another may be asked for."""
        return self._challenges.figures.resend_after

    async def start(self, request: SignInRequest, *, address: str, origin: Origin | None = None) -> ChallengeAnswer:
        """Check the password and mail a code, unless the account has an authenticator app. No session yet.

        Raises:
            SignInRefused: user name or password is wrong, or the account may not sign in.
            TooManyFailures: too many came from this address.
        """
        device_id = self._known_device(request.device_token)
        passed = await self._passwords.verified(request, address=address, device_id=device_id)
        account = passed.account
        begun = self._challenges.begin(
            "sign_in",
            subject=f"account:{account.account_id}",
            account_id=account.account_id,
            device_id=device_id,
            method=account.second_factor,
            lock_key=passed.lock_key,
        )

        async def challenge(work: Work) -> None:
            await self._challenges.store(begun, session=work.session)
            if begun.challenge.method == "email":
                self._send(work, begun.challenge, begun.code, origin)

        await self._unit_of_work.run(f"challenge:{begun.challenge.key}", challenge)
        if begun.challenge.method == "email":
            return self._answer(begun.token, begun.code)
        return ChallengeAnswer(challenge_id=begun.token, method="totp", expires_at=begun.code.expires_at)

    async def resend(self, challenge_id: str, *, origin: Origin | None = None) -> ChallengeAnswer:
        """Mail another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(challenge_id, "sign_in")

        async def resend(work: Work) -> None:
            await self._challenges.store_code(challenge_id, code, session=work.session)
            self._send(work, challenge, code, origin)

        await self._unit_of_work.run(f"resend:{code.delivery_id}", resend)
        return self._answer(challenge_id, code)

    async def state(self, challenge_id: str) -> SignInState:
        """How far a sign-in has come: whether its latest mail could be handed over, and when another may be asked for.

        Raises:
            ChallengeEnded.
        """
        challenge = await self._challenges.get(challenge_id, "sign_in")
        latest = challenge.codes[-1]
        wait = latest.sent_at + self.resend_after - self._clock()
        return SignInState(
            mail=latest.mail, resend_after_seconds=max(0, ceil(wait.total_seconds())), expires_at=latest.expires_at
        )

    async def finish(self, challenge_id: str, code: SecretStr, *, origin: Origin | None = None) -> TokenAnswer:
        """A session for the right code.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp, SessionEnded.
            SignInRefused: the account was locked since the password (K8).
        """
        challenge = await self._challenges.count(challenge_id, "sign_in")
        if challenge.account_id is None or challenge.lock_key is None:
            raise ChallengeEnded
        lockout = await self._lockouts.state(challenge.lock_key)
        if self._lockouts.locks(lockout):
            raise SignInRefused
        if challenge.method == "totp":
            await self._second_factors.verify(challenge, challenge.account_id, code)
        else:
            self._challenges.compare(challenge, challenge_id, code=code.get_secret_value())
        answer = await self._sessions.open(
            challenge.account_id,
            use_up=partial(self._use, challenge),
            assurance=TOTP_ASSURANCE if challenge.method == "totp" else ASSURANCE,
            lock_key=challenge.lock_key,
            origin=origin,
            device_id=challenge.device_id,
            proved_at=challenge.created_at,
        )
        await self._lockouts.succeeded(lockout)
        return answer

    def _known_device(self, token: SecretStr | None) -> str | None:
        return None if token is None else self._devices.read(token.get_secret_value())

    async def _use(self, challenge: Challenge, session: Session | None) -> None:
        await self._challenges.use(challenge, session=session)

    def _send(self, work: Work, challenge: Challenge, code: Code, origin: Origin | None) -> None:
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        hint = "" if origin is None else origin.hint
        command = SendCode(purpose="sign_in", code=sealed, account_id=challenge.account_id, origin=hint)
        work.send(command, expires_at=code.expires_at)

    def _answer(self, challenge_id: str, code: Code) -> ChallengeAnswer:
        return ChallengeAnswer(
            challenge_id=challenge_id,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

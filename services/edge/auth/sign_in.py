"""Signing in: password, then a code by mail or of an authenticator app, then a session (LOG-1, LOG-10)."""

from functools import partial

from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code
from services.edge.auth.errors import ChallengeEnded, SignInRefused
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.passwords import PasswordStep
from services.edge.auth.records import Challenge
from services.edge.auth.second_factor import SecondFactors
from services.edge.auth.sessions import ASSURANCE, TOTP_ASSURANCE, Sessions
from services.edge.bodies import ChallengeAnswer, SignInRequest, TokenAnswer
from services.edge.ports import UnitOfWork
from services.edge.sealing import Sealing
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
    ) -> None:
        self._challenges = challenges
        self._sessions = sessions
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._second_factors = second_factors
        self._lockouts = lockouts
        self._sealing = sealing

    async def start(self, request: SignInRequest, *, address: str, device_id: str | None = None) -> ChallengeAnswer:
        """Check the password and mail a code, unless the account has an authenticator app. No session yet.

        ``device_id`` is a device that the account is known to use.

        Raises:
            SignInRefused: user name or password is wrong, or the account may not sign in.
            TooManyFailures: too many came from this address.
        """
        passed = await self._passwords.verified(request, address=address, device_id=device_id)
        account = passed.account
        begun = self._challenges.begin(
            "sign_in",
            subject=f"account:{account.account_id}",
            account_id=account.account_id,
            method=account.second_factor,
            lock_key=passed.lock_key,
        )

        async def challenge(work: Work) -> None:
            await self._challenges.store(begun, session=work.session)
            if begun.challenge.method == "email":
                self._send(work, begun.challenge, begun.code)

        await self._unit_of_work.run(f"challenge:{begun.challenge.key}", challenge)
        if begun.challenge.method == "email":
            return self._answer(begun.token, begun.code)
        return ChallengeAnswer(challenge_id=begun.token, method="totp", expires_at=begun.code.expires_at)

    async def resend(self, challenge_id: str) -> ChallengeAnswer:
        """Mail another code; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        challenge, code = await self._challenges.allow_resend(challenge_id, "sign_in")

        async def resend(work: Work) -> None:
            await self._challenges.store_code(challenge_id, code, session=work.session)
            self._send(work, challenge, code)

        await self._unit_of_work.run(f"resend:{code.delivery_id}", resend)
        return self._answer(challenge_id, code)

    async def finish(self, challenge_id: str, code: SecretStr) -> TokenAnswer:
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
        )
        await self._lockouts.succeeded(lockout)
        return answer

    async def _use(self, challenge: Challenge, session: Session | None) -> None:
        await self._challenges.use(challenge, session=session)

    def _send(self, work: Work, challenge: Challenge, code: Code) -> None:
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = SendCode(purpose="sign_in", code=sealed, account_id=challenge.account_id)
        work.send(command, expires_at=code.expires_at)

    def _answer(self, challenge_id: str, code: Code) -> ChallengeAnswer:
        return ChallengeAnswer(
            challenge_id=challenge_id,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

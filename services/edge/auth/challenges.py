"""Challenges: a code goes to a mailbox and must come back to the browser that asked for it (REG-1, LOG-1, LOG-2)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from services.edge.auth.codes import Code, challenge_key, digest, new_code, new_token
from services.edge.auth.errors import (
    ChallengeEnded,
    CodeWrong,
    NothingToResend,
    ResendsUsedUp,
    ResendTooEarly,
    TriesUsedUp,
)
from services.edge.auth.figures import CodeFigures
from services.edge.auth.records import Challenge, Mail, Method, Purpose, StoredCode
from services.edge.ports import BudgetRepository, ChallengeRepository
from shared.clock import Clock, IdMaker
from shared.mongo import Session


@dataclass(frozen=True, slots=True)
class Begun:
    """A challenge before it is stored: the token is for the browser alone, the code for the mailbox alone."""

    token: str
    challenge: Challenge
    code: Code


class Challenges:
    """The rules of challenges over their storage."""

    def __init__(
        self,
        challenges: ChallengeRepository,
        budgets: BudgetRepository,
        *,
        figures: CodeFigures,
        pepper: bytes,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._challenges = challenges
        self._budgets = budgets
        self.figures = figures
        self._pepper = pepper
        self._clock = clock
        self._ids = ids

    def begin(
        self,
        purpose: Purpose,
        *,
        subject: str,
        account_id: str | None = None,
        device_id: str | None = None,
        token: str | None = None,
        method: Method = "email",
        lock_key: str | None = None,
    ) -> Begun:
        """A new challenge with its first code; nothing is stored yet. The code of an app is never looked at here.

        ``token`` names one that is bound to something else than a browser, such as a session.
        """
        now = self._clock()
        token, code = token or new_token(), self._new_code(now)
        first = self._stored(token, code)
        challenge = Challenge(
            key=challenge_key(token),
            purpose=purpose,
            subject=subject,
            account_id=account_id,
            created_at=now,
            ends_at=now + self.figures.challenge_lifetime,
            codes=(first if method == "email" else replace(first, digest=""),),
            method=method,
            lock_key=lock_key,
            device_id=device_id,
        )
        return Begun(token, challenge, code)

    async def begin_again(self, purpose: Purpose, *, subject: str, token: str) -> Begun:
        """A challenge under the name of the one before it, if there was one, which ``replace`` makes count. The second
        and every later one is paid from the subject's budget, as a code sent again would be.

        Raises:
            ResendsUsedUp.
        """
        if await self._challenges.get(challenge_key(token)) is not None:
            await self._pay(subject)
        return self.begin(purpose, subject=subject, token=token)

    async def begin_paid(self, purpose: Purpose, *, subject: str, account_id: str) -> Begun:
        """A new challenge that is paid from the subject's budget from the first code on: it may go to any address.

        Raises:
            ResendsUsedUp.
        """
        await self._pay(subject)
        return self.begin(purpose, subject=subject, account_id=account_id)

    async def replace(self, begun: Begun) -> None:
        """Keep a challenge in the place of the one before it."""
        await self._challenges.replace(begun.challenge)

    async def store(self, begun: Begun, *, session: Session | None = None) -> None:
        """Keep a new challenge."""
        await self._challenges.add(begun.challenge, session=session)

    async def allow_resend(
        self, token: str, purpose: Purpose, *, account_id: str | None = None
    ) -> tuple[Challenge, Code]:
        """The next code of a challenge, paid from the subject's budget; ``store_code`` makes it count. With
        ``account_id``, another account's challenge is none.

        Raises:
            ChallengeEnded, NothingToResend, ResendTooEarly, ResendsUsedUp.
        """
        now = self._clock()
        challenge = await self.get(token, purpose)
        if account_id not in {None, challenge.account_id}:
            raise ChallengeEnded
        if challenge.method != "email":
            raise NothingToResend
        wait = challenge.codes[-1].sent_at + self.figures.resend_after - now
        if wait.total_seconds() > 0:
            raise ResendTooEarly(wait)
        await self._pay(challenge.subject)
        return challenge, self._new_code(now)

    async def store_code(self, token: str, code: Code, *, session: Session | None = None) -> None:
        """Make ``code`` valid beside the one before it.

        Raises:
            ResendTooEarly: another request for the same challenge was faster.
        """
        stored = await self._challenges.add_code(
            challenge_key(token),
            self._stored(token, code),
            tries=self.figures.tries,
            sent_before=code.sent_at - self.figures.resend_after,
            session=session,
        )
        if not stored:
            raise ResendTooEarly(self.figures.resend_after)

    async def check(self, token: str, purpose: Purpose, *, code: str) -> Challenge:
        """The challenge, if ``code`` is one of its live codes. The try is counted before anything is compared.

        Raises:
            ChallengeEnded, TriesUsedUp, CodeWrong.
        """
        challenge = await self.count(token, purpose)
        self.compare(challenge, token, code=code)
        return challenge

    async def check_own(self, token: str, purpose: Purpose, *, code: str, account_id: str | None) -> Challenge:
        """``check`` for the account that began, or nobody where nobody was signed in: for others there is no such
        challenge, and they use up none of its tries.

        Raises:
            ChallengeEnded, TriesUsedUp, CodeWrong.
        """
        if (await self.get(token, purpose)).account_id != account_id:
            raise ChallengeEnded
        return await self.check(token, purpose, code=code)

    async def count(self, token: str, purpose: Purpose) -> Challenge:
        """Count one try against a challenge and its subject, whatever will be tried.

        Raises:
            ChallengeEnded, TriesUsedUp.
        """
        challenge = await self._challenges.count_try(
            challenge_key(token), purpose, tries=self.figures.tries, now=self._clock()
        )
        if challenge is None:
            raise ChallengeEnded
        await self.count_for(challenge.subject)
        return challenge

    async def count_for(self, subject: str) -> None:
        """Count one try of a subject where there is no challenge.

        Raises:
            TriesUsedUp.
        """
        now = self._clock()
        exhausted = await self._budgets.spend(f"try|{subject}", self.figures.tries_per_subject, now=now)
        if exhausted is not None:
            raise TriesUsedUp(exhausted)

    def compare(self, challenge: Challenge, token: str, *, code: str) -> None:
        """Accept one of the live codes that were mailed.

        Raises:
            CodeWrong.
        """
        now, given = self._clock(), digest(self._pepper, token, code)
        verdicts = [hmac.compare_digest(given, known.digest) and now < known.expires_at for known in challenge.codes]
        if not any(verdicts):
            raise self.wrong(challenge)

    def wrong(self, challenge: Challenge) -> CodeWrong:
        """The refusal of a code, with the tries that are left."""
        return CodeWrong(self.figures.tries - challenge.tries)

    async def use(self, challenge: Challenge, *, session: Session | None = None) -> None:
        """Use a challenge up; of all who try at the same time, one succeeds.

        Raises:
            ChallengeEnded: it was used already.
        """
        if not await self._challenges.use(challenge.key, now=self._clock(), session=session):
            raise ChallengeEnded

    async def note_mail(self, delivery_id: str, mail: Mail) -> None:
        """Note that a mail with a code waits or was given up; then it was not its reader who used up a resend (L7)."""
        challenge = await self._challenges.mark_delivery(delivery_id, mail)
        if challenge is not None and challenge.account_id is not None:
            sent_at = next(code.sent_at for code in challenge.codes if code.delivery_id == delivery_id)
            await self._budgets.give_back(f"resend|{challenge.subject}", sent_at)

    async def get(self, token: str, purpose: Purpose) -> Challenge:
        """An open challenge.

        Raises:
            ChallengeEnded.
        """
        challenge = await self._challenges.get(challenge_key(token))
        now = self._clock()
        if challenge is None or challenge.purpose != purpose or not challenge.is_open(now, tries=self.figures.tries):
            raise ChallengeEnded
        return challenge

    async def release(self, challenge: Challenge) -> None:
        """Give back what ``use`` took, when what it was for could not be done."""
        await self._challenges.release(challenge.key)

    async def _pay(self, subject: str) -> None:
        exhausted = await self._budgets.spend(f"resend|{subject}", self.figures.resends, now=self._clock())
        if exhausted is not None:
            raise ResendsUsedUp(exhausted)

    def _new_code(self, now: datetime) -> Code:
        return new_code(now=now, lifetime=self.figures.code_lifetime, ids=self._ids)

    def _stored(self, token: str, code: Code) -> StoredCode:
        return StoredCode(
            digest(self._pepper, token, code.text), code.sent_at, code.expires_at, delivery_id=code.delivery_id
        )

"""Step-up: a code for one change, then a token that is good for exactly that change, once, for five minutes (BNK-3).

What you see is what you sign: the token is bound to account, session, action and a keyed digest of every field of the
change. A plain SHA-256 would give account numbers away: there are few enough to try them all (BNK-2).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

import orjson
from pydantic import BaseModel, SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import Code, challenge_key, new_token
from services.edge.auth.errors import (
    AnswersBlocked,
    AnswersWrong,
    ChallengeEnded,
    ResendsUsedUp,
    StepUpMissing,
    StepUpRefused,
)
from services.edge.bodies_safeguards import (
    AdministratorCredential,
    StepUpRequest,
    StepUpStarted,
    StepUpToken,
    revealed,
)
from services.edge.ports import BudgetRepository, Rpc
from services.edge.sealing import Sealing
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.identity import safeguards as contract
from shared.contracts.identity.safeguards import ResendStepUpCode, StartStepUp, StepUpAction
from shared.telemetry import current_trace

TOKEN_LIFETIME: Final = timedelta(minutes=5)
HEADER: Final = "Step-Up"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpRecord:
    """A change that was described; ``token`` (a digest) is there once its code came back."""

    key: str
    account_id: str
    session_id: str
    action: StepUpAction
    change: str
    expires_at: datetime
    token: str | None = None
    used_at: datetime | None = None


class StepUpRepository(Protocol):
    """Step-ups by the key of their challenge, and by the digest of their token."""

    async def add(self, record: StepUpRecord) -> None: ...

    async def get(self, key: str) -> StepUpRecord | None: ...

    async def grant(self, key: str, *, token: str, until: datetime) -> bool:
        """Give a step-up its token, once."""
        ...

    async def take(self, token: str, *, now: datetime) -> StepUpRecord | None:
        """Use a token that has not expired; of all who try at the same time, one gets the record."""
        ...

    async def give_back(self, token: str) -> None:
        """Take back a use that led to nothing."""
        ...


class StepUps:
    """The steps of a step-up, and the use of its token."""

    def __init__(
        self,
        challenges: Challenges,
        step_ups: StepUpRepository,
        budgets: BudgetRepository,
        rpc: Rpc,
        *,
        sealing: Sealing,
        pepper: bytes,
        clock: Clock,
    ) -> None:
        self._challenges = challenges
        self._step_ups = step_ups
        self._budgets = budgets
        self._rpc = rpc
        self._sealing = sealing
        self._pepper = pepper
        self._clock = clock

    async def start(self, actor: Actor, request: StepUpRequest) -> StepUpStarted:
        """Describe a change and have a code mailed; asking again is the way to another code.

        Raises:
            ResendsUsedUp: codes were asked for too often.
            AnswersWrong, AnswersBlocked: the administrator's credential.
            AppError: what identity says.
        """
        now, subject = self._clock(), f"account:{actor.account_id}"
        wait = await self._budgets.spend(f"resend|{subject}", self._challenges.figures.resends, now=now)
        if wait is not None:
            raise ResendsUsedUp(wait)
        begun = self._challenges.begin("step_up", subject=subject, account_id=actor.account_id)
        key = begun.challenge.key
        command = StartStepUp(
            step_up_id=key,
            action=request.action,
            administrator=self._sealed(request.administrator, key),
            code=self._sealing.code(begun.code, challenge_key=key),
        )
        await self._challenges.store(begun)
        await self._step_ups.add(
            StepUpRecord(
                key=key,
                account_id=actor.account_id,
                session_id=actor.session_id,
                action=request.action,
                change=self._digest(actor, request.action, request.change),
                expires_at=begun.challenge.ends_at,
            )
        )
        started = await self._rpc.request(command, contract.StepUpStarted, actor=actor, trace=current_trace())
        return self._started(begun.token, begun.code, started)

    async def resend(self, actor: Actor, step_up_id: str) -> StepUpStarted:
        """Mail another code of the same step-up; the one before it stays valid (LOG-2).

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        record = await self._own(actor, step_up_id)
        challenge, code = await self._challenges.allow_resend(step_up_id, "step_up", account_id=actor.account_id)
        await self._challenges.store_code(step_up_id, code)
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = ResendStepUpCode(step_up_id=challenge.key, action=record.action, code=sealed)
        started = await self._rpc.request(command, contract.StepUpStarted, actor=actor, trace=current_trace())
        return self._started(step_up_id, code, started)

    async def finish(self, actor: Actor, step_up_id: str, code: SecretStr) -> StepUpToken:
        """The token, for the right code in the session that asked.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        record = await self._own(actor, step_up_id)
        challenge = await self._challenges.check(step_up_id, "step_up", code=code.get_secret_value())
        await self._challenges.use(challenge)
        token = new_token()
        if not await self._step_ups.grant(record.key, token=_stored(token), until=self._clock() + TOKEN_LIFETIME):
            raise ChallengeEnded
        return StepUpToken(step_up_token=token, expires_in=int(TOKEN_LIFETIME.total_seconds()))

    async def use(self, token: str | None, actor: Actor, action: StepUpAction, change: BaseModel) -> None:
        """Use a token up for a change. One that was good for another change is used up as well.

        Raises:
            StepUpMissing: none was sent (B1).
            StepUpRefused: unknown, used, expired, or for another account, session, action or change (B2, B3).
        """
        if not token:
            raise StepUpMissing
        record = await self._step_ups.take(_stored(token), now=self._clock())
        if record is None:
            raise StepUpRefused
        same = (record.account_id, record.session_id, record.action) == (actor.account_id, actor.session_id, action)
        if not same or not hmac.compare_digest(record.change, self._digest(actor, action, change)):
            raise StepUpRefused

    async def give_back(self, token: str) -> None:
        """Give back what ``use`` took, when the change could not even be tried."""
        await self._step_ups.give_back(_stored(token))

    async def _own(self, actor: Actor, step_up_id: str) -> StepUpRecord:
        record = await self._step_ups.get(challenge_key(step_up_id))
        if record is None or (record.account_id, record.session_id) != (actor.account_id, actor.session_id):
            raise ChallengeEnded
        return record

    def _started(self, token: str, code: Code, started: contract.StepUpStarted) -> StepUpStarted:
        if started.sent_to is None:
            raise AnswersBlocked if started.verdict == "blocked" else AnswersWrong(started.tries_left)
        return StepUpStarted(
            step_up_id=token,
            sent_to=started.sent_to,
            reference=code.reference,
            resend_after_seconds=int(self._challenges.figures.resend_after.total_seconds()),
            expires_at=code.expires_at,
        )

    def _digest(self, actor: Actor, action: StepUpAction, change: BaseModel) -> str:
        """Of the action, of whose affairs it is about, and of every field as it was typed."""
        described = {
            "action": action,
            "dossier": actor.dossier_id,
            "provider": actor.provider_id,
            "change": change.model_dump(),
        }
        text = orjson.dumps(described, default=revealed, option=orjson.OPT_SORT_KEYS)
        return hmac.new(self._pepper, b"step_up|" + text, sha256).hexdigest()

    def _sealed(self, credential: AdministratorCredential | None, key: str) -> str | None:
        if credential is None:
            return None
        secret = SecretStr(orjson.dumps(credential.model_dump(), default=revealed).decode())
        return self._sealing.for_identity(secret, use="administrator", subject=key)


def _stored(token: str) -> str:
    """SHA-256; the token has too much entropy for anything slower to be of use."""
    return sha256(token.encode()).hexdigest()

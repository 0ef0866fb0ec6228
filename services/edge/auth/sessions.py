"""Sessions: opened with a code, continued with rotating refresh tokens, ended at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from services.edge.auth.arrivals import Arrivals
from services.edge.auth.endings import ACCOUNT_CLOSED, REUSED, Endings
from services.edge.auth.errors import DossierNotOwned, SessionEnded, SessionLocked
from services.edge.auth.figures import SessionFigures
from services.edge.auth.lockout import lock_key as device_lock_key
from services.edge.auth.lockout import subject_of
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.notices import Notices
from services.edge.auth.origins import Origin
from services.edge.auth.records import SessionRecord
from services.edge.auth.refresh_tokens import RefreshToken, RefreshTokens
from services.edge.auth.tokens import AccessTokens
from services.edge.bodies import AccessAnswer, TokenAnswer
from services.edge.ports import Rpc, SessionRepository, UnitOfWork
from shared.clock import Clock, IdMaker
from shared.contracts import Actor
from shared.contracts.edge import SignedIn
from shared.contracts.identity import ONLINE_SERVICES, AccountView, GetAccount, Restriction
from shared.errors import Forbidden, NotFound
from shared.mongo import Session
from shared.outbox import Work
from shared.telemetry import current_trace

T = TypeVar("T")
ASSURANCE: Final = "password+email_code"
TOTP_ASSURANCE: Final = "password+totp"
ACCESS_RECOVERED: Final = "access_recovered"


class Sessions:
    """The rules of sessions over their storage."""

    def __init__(
        self,
        sessions: SessionRepository,
        unit_of_work: UnitOfWork,
        rpc: Rpc,
        *,
        access: AccessTokens,
        refresh: RefreshTokens,
        arrivals: Arrivals,
        endings: Endings,
        notices: Notices,
        lockouts: Lockouts,
        figures: SessionFigures,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._sessions = sessions
        self._unit_of_work = unit_of_work
        self._rpc = rpc
        self._access = access
        self._refresh = refresh
        self._arrivals = arrivals
        self._endings = endings
        self._notices = notices
        self._lockouts = lockouts
        self._figures = figures
        self._clock = clock
        self._ids = ids

    async def open(
        self,
        account_id: str,
        *,
        use_up: Callable[[Session | None], Awaitable[None]],
        assurance: str = ASSURANCE,
        lock_key: str | None = None,
        origin: Origin | None = None,
        device_id: str | None = None,
        proved_at: datetime | None = None,
    ) -> TokenAnswer:
        """A session for an account, in one transaction with using up what proved it.

        Args:
            account_id: Whose.
            use_up: Uses up the challenge.
            assurance: How it was proved.
            lock_key: The counter of wrong passwords; the one of this browser is asked again at every refresh (K8).
            origin: Where the request comes from.
            device_id: The known browser that it comes from.
            proved_at: When the password was checked: what changed since then ends the session.

        Raises:
            SessionEnded: the account is gone.
            AppError: whatever ``use_up`` raises; then there is no session.
        """
        now, session_id = self._clock(), self._ids()
        account = await self._account(account_id, session_id)
        token = self._refresh.first(session_id)
        record = SessionRecord(
            session_id=session_id,
            account_id=account.account_id,
            dossier_id=None,
            assurance=assurance,
            created_at=now,
            expires_at=now + self._figures.lifetime,
            last_used_at=now,
            current=token.digest,
            idle_seconds=int(self._figures.idle_of(account.roles).total_seconds()),
            proved_at=proved_at,
        )
        arrival = self._arrivals.arriving(origin or Origin(), device_id)
        if lock_key is not None:
            record = replace(record, lock_key=device_lock_key(subject_of(lock_key), arrival.device_id))
        opened = record

        async def sign_in(work: Work) -> None:
            nonlocal opened
            await use_up(work.session)
            opened = await self._arrivals.signed_in(work, record, arrival)
            await self._sessions.add(opened, session=work.session)
            work.publish(SignedIn(account_id=account.account_id, session_id=session_id, signed_in_at=now))

        await self._unit_of_work.run(f"signed-in:{session_id}", sign_in)
        answer = self._answer(opened, account, token, as_of=now)
        return answer.model_copy(update={"device_token": arrival.device_token})

    async def refresh(self, text: str, *, origin: Origin | None = None) -> TokenAnswer:
        """The next tokens of a session.

        The token before the current one still works for a short while and leads to the same successor, so that tabs
        may race and answers may be lost. Any older one means that somebody has a copy: the session ends.

        Raises:
            SessionEnded: the token is of no live session, or it just ended one, or nobody may use the account.
            SessionLocked: the account is locked for a while (K8); the token stays good.
        """
        token = self._refresh.read(text)
        if token is None:
            raise SessionEnded
        record, as_of = await self._live(token), self._clock()
        await self._not_locked(record)
        account = await self._account_of(record)
        if token.digest == record.current:
            record = await self._rotated(record, token)
            record = await self._arrivals.continued(record, origin or Origin())
        return self._answer(record, account, self._refresh.successor(token), as_of=as_of)

    async def choose_dossier(self, actor: Actor, dossier_id: str) -> AccessAnswer:
        """Another of the caller's dossiers for this session, without signing in again (LOG-6).

        Raises:
            DossierNotOwned: it is not one of theirs.
            SessionEnded.
        """
        record, account = await self._own(actor)
        if dossier_id not in {dossier.dossier_id for dossier in account.dossiers}:
            raise DossierNotOwned
        await self._sessions.choose_dossier(record.session_id, dossier_id)
        return self._access_answer(replace(record, dossier_id=dossier_id), account)

    async def renew(self, actor: Actor) -> AccessAnswer:
        """An access token by what the caller's account may do now: a restriction was just lifted (LOG-7).

        Raises:
            SessionEnded.
        """
        return self._access_answer(*await self._own(actor))

    async def _own(self, actor: Actor) -> tuple[SessionRecord, AccountView]:
        record = await self._sessions.get(actor.session_id)
        if record is None or not record.is_live(self._clock()):
            raise SessionEnded
        return record, await self._account_of(record)

    async def end(self, session_id: str, account_id: str, *, reason: str) -> None:
        """End a session with all its tokens and tell others, once."""

        async def sign_out(work: Work) -> None:
            ended = await self._endings.end(work, [session_id], account_id, reason=reason)
            if ended and reason == REUSED:
                self._notices.mail(work, "session_ended_reuse", account_id)
                self._notices.note(
                    work, "authn_token_reuse", account_id, result="failure", details={"session_id": session_id}
                )

        await self._unit_of_work.run(f"signed-out:{session_id}:{self._ids()}", sign_out)
        await self._endings.told()

    async def _live(self, token: RefreshToken) -> SessionRecord:
        """The session of a token that may continue it; ends the session when the token is too old."""
        now = self._clock()
        record = await self._sessions.get(token.session_id)
        if record is None or not record.is_live(now):
            raise SessionEnded
        if token.digest != record.current and not self._in_grace(record, token, now):
            await self.end(record.session_id, record.account_id, reason=REUSED)
            raise SessionEnded
        return record

    async def _not_locked(self, record: SessionRecord) -> None:
        if record.lock_key is None:
            return
        lockout = await self._lockouts.state(record.lock_key)
        if self._lockouts.locks(lockout):
            left = self._lockouts.time_left(lockout)
            raise SessionEnded if left is None else SessionLocked(left)

    async def _rotated(self, record: SessionRecord, token: RefreshToken) -> SessionRecord:
        successor = self._refresh.successor(token).digest
        if await self._sessions.rotate(record.session_id, current=token.digest, successor=successor, now=self._clock()):
            return record
        return await self._live(token)  # another tab was faster, or the session just ended

    def _in_grace(self, record: SessionRecord, token: RefreshToken, now: datetime) -> bool:
        if record.previous != token.digest or record.rotated_at is None:
            return False
        return now - record.rotated_at <= self._figures.grace

    async def _account_of(self, record: SessionRecord) -> AccountView:
        """The account as it is now: roles may have changed, it may be closed, or have a new password (F3)."""
        try:
            account = await self._account(record.account_id, record.session_id)
        except SessionEnded:
            await self.end(record.session_id, record.account_id, reason=ACCOUNT_CLOSED)
            raise
        if account.sessions_since is not None and record.created_at < account.sessions_since:
            await self.end(record.session_id, record.account_id, reason=ACCESS_RECOVERED)
            raise SessionEnded
        return account

    async def _account(self, account_id: str, session_id: str) -> AccountView:
        actor = Actor(account_id=account_id, session_id=session_id, roles=())
        try:
            return await self._rpc.request(
                GetAccount(account_id=account_id), AccountView, actor=actor, trace=current_trace()
            )
        except (NotFound, Forbidden) as error:
            raise SessionEnded from error

    def _answer(
        self, record: SessionRecord, account: AccountView, token: RefreshToken, *, as_of: datetime
    ) -> TokenAnswer:
        now = self._clock()
        expires_at = min(now + self._figures.access_lifetime, record.expires_at)
        actor = acting(record, account)
        return TokenAnswer(
            access_token=self._access.issue(actor, expires_at=expires_at, as_of=as_of),
            expires_in=int((expires_at - now).total_seconds()),
            refresh_token=token.text,
            refresh_expires_in=int((record.expires_at - now).total_seconds()),
            session_id=record.session_id,
            dossier_id=actor.dossier_id,
            provider_id=actor.provider_id,
            restrictions=actor.restrictions,
        )

    def _access_answer(self, record: SessionRecord, account: AccountView) -> AccessAnswer:
        now = self._clock()
        expires_at = min(now + self._figures.access_lifetime, record.expires_at)
        actor = acting(record, account)
        return AccessAnswer(
            access_token=self._access.issue(actor, expires_at=expires_at),
            expires_in=int((expires_at - now).total_seconds()),
            session_id=record.session_id,
            dossier_id=actor.dossier_id,
            provider_id=actor.provider_id,
            restrictions=actor.restrictions,
        )


def acting(record: SessionRecord, account: AccountView) -> Actor:
    """Who the session's requests come from: the account as it is now, with what its owner chose."""
    dossier = _chosen(account.dossiers, record.dossier_id, key=lambda each: each.dossier_id)
    grant = (
        None if account.provider_id else _chosen(account.grants, record.provider_id, key=lambda each: each.provider_id)
    )
    services = ONLINE_SERVICES if account.provider_id else (() if grant is None else grant.services)
    return Actor(
        account_id=record.account_id,
        session_id=record.session_id,
        roles=account.roles,
        dossier_id=None if dossier is None else dossier.dossier_id,
        features=() if dossier is None else dossier.features,
        provider_id=account.provider_id or (None if grant is None else grant.provider_id),
        services=services,
        on_behalf_of=None if grant is None else grant.provider_id,
        restrictions=_restrictions(record, account),
        assurance=record.assurance,
        language=account.language,
    )


def _restrictions(record: SessionRecord, account: AccountView) -> tuple[Restriction, ...]:
    """Those of the account, after that of the session."""
    return account.restrictions if record.extra_code is None else ("suspicion", *account.restrictions)


def _chosen(choices: Sequence[T], chosen: str | None, *, key: Callable[[T], str]) -> T | None:
    """What was chosen while it is still there, else the first."""
    for choice in choices:
        if key(choice) == chosen:
            return choice
    return choices[0] if choices else None

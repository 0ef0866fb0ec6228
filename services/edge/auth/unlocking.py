"""Opening a locked account again: by an agent (K9), or because its holder has recovered it (K5)."""

from services.edge.auth.lockouts import Lockouts
from services.edge.ports import Rpc, UnitOfWork
from shared.clock import Clock, IdMaker
from shared.contracts import Actor
from shared.contracts.edge import ActRecorded
from shared.contracts.identity.security import GetSignInSubject, SignInSubject
from shared.outbox import Work
from shared.telemetry import current_trace

UNLOCKED = "user_updated"
"""OWASP's vocabulary has a word for locking, and none for opening."""


class Unlocking:
    """Clears the counters of an account; only identity knows which they are."""

    def __init__(self, lockouts: Lockouts, rpc: Rpc, unit_of_work: UnitOfWork, *, clock: Clock, ids: IdMaker) -> None:
        self._lockouts = lockouts
        self._rpc = rpc
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids

    async def unlock(self, account_id: str, *, actor: Actor) -> None:
        """An agent opens an account; the audit keeps who did.

        Raises:
            NotFound: no such account.
            Forbidden: identity does not take the caller for an agent.
        """
        subject = await self._subject(account_id, actor)
        trace = current_trace()

        async def unlocked(work: Work) -> None:
            await self._lockouts.clear(subject, session=work.session)
            work.publish(
                ActRecorded(
                    act=UNLOCKED,
                    account_id=actor.account_id,
                    about=account_id,
                    correlation_id="none" if trace is None else trace.correlation_id,
                    occurred_at=self._clock(),
                    details={"sign_in": "unlocked"},
                )
            )

        await self._unit_of_work.run(f"unlocked:{self._ids()}", unlocked)

    async def recovered(self, account_id: str) -> None:
        """The holder proved who they are and has a new password: what others typed before counts no longer."""
        await self._lockouts.clear(await self._subject(account_id, None))

    async def _subject(self, account_id: str, actor: Actor | None) -> str:
        question = GetSignInSubject(account_id=account_id)
        return (await self._rpc.request(question, SignInSubject, actor=actor, trace=current_trace())).subject

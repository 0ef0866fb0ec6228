"""Changing one's own password: who found a session open must not guess the password there (LOG-9, LOG-11).

A wrong present password counts as it does at the sign-in: for the account and the browser of the session, for the
address, and with the same delay. While they are locked nothing is asked of identity.
"""

from typing import Final

from pydantic import SecretStr

from services.edge.auth.errors import SessionEnded, SessionLocked
from services.edge.auth.lockout import Lockout
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.notices import Notices
from services.edge.auth.passwords import PATIENCE_SECONDS, PasswordStep
from services.edge.auth.rates import RateLimits
from services.edge.ports import Rpc, SessionRepository, UnitOfWork
from services.edge.sealing import Sealing
from shared.clock import IdMaker
from shared.contracts import Actor, Done
from shared.contracts.identity.passwords import ChangePassword
from shared.errors import Rejected
from shared.outbox import Work
from shared.telemetry import current_trace

WRONG: Final = "identity.current_password_wrong"
REFUSED: Final = "authn_password_change_fail"
"""OWASP's word for it."""


class OwnPasswords:
    """Changes of password, behind the rates and locks of sign-ins."""

    def __init__(
        self,
        sessions: SessionRepository,
        rpc: Rpc,
        unit_of_work: UnitOfWork,
        *,
        passwords: PasswordStep,
        lockouts: Lockouts,
        rates: RateLimits,
        sealing: Sealing,
        notices: Notices,
        ids: IdMaker,
    ) -> None:
        self._sessions = sessions
        self._rpc = rpc
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._lockouts = lockouts
        self._rates = rates
        self._sealing = sealing
        self._notices = notices
        self._ids = ids

    async def change(self, actor: Actor, *, current: SecretStr, new: SecretStr, address: str) -> Done:
        """Have identity change it; both passwords travel sealed for identity and for this account.

        Raises:
            TooManyFailures: too many wrong passwords came from this address.
            SessionLocked, SessionEnded: too many were typed for this account in this browser.
            AppError: what identity says; a wrong present password is counted and noted first.
        """
        await self._rates.admit(address)
        lockout = await self._open(actor)
        command = ChangePassword(
            current_password=self._sealing.password(current, subject=actor.account_id),
            new_password=self._sealing.password(new, subject=actor.account_id),
        )
        try:
            done = await self._rpc.request(
                command, Done, actor=actor, trace=current_trace(), timeout_seconds=PATIENCE_SECONDS
            )
        except Rejected as error:
            if error.code == WRONG:
                await self._note(actor)
                await self._passwords.wrong(address, None if lockout is None else lockout.key, code=error.code)
            raise
        if lockout is not None:
            await self._lockouts.succeeded(lockout)
        return done

    async def _open(self, actor: Actor) -> Lockout | None:
        """The counter that a refresh of this session would ask, which must not be locked."""
        record = await self._sessions.get(actor.session_id)
        if record is None or record.lock_key is None:
            return None
        lockout = await self._lockouts.state(record.lock_key)
        if self._lockouts.locks(lockout):
            left = self._lockouts.time_left(lockout)
            raise SessionEnded if left is None else SessionLocked(left)
        return lockout

    async def _note(self, actor: Actor) -> None:
        async def noted(work: Work) -> None:
            self._notices.note(
                work, REFUSED, actor.account_id, result="failure", details={"session_id": actor.session_id}
            )

        await self._unit_of_work.run(f"password_refused:{self._ids()}", noted)

"""Ending sessions: the record, the denial that makes every process refuse their tokens, and the event."""

from collections.abc import Iterable
from typing import Final

from services.edge.auth.denials import Denials
from services.edge.ports import SessionRepository
from shared.clock import Clock
from shared.contracts.edge import SignedOut
from shared.outbox import Work

SIGN_OUT: Final = "sign_out"
REUSED: Final = "refresh_token_reused"
ACCOUNT_CLOSED: Final = "account_closed"
ACCESS_CHANGED: Final = "access_changed"
TOO_MANY: Final = "session_limit"
ENDED_BY_OWNER: Final = "ended_by_owner"
DEVICE_FORGOTTEN: Final = "device_forgotten"


class Endings:
    """Ends sessions within somebody's unit of work; ``told`` makes it known once that is committed."""

    def __init__(self, sessions: SessionRepository, denials: Denials, *, clock: Clock) -> None:
        self._sessions = sessions
        self._denials = denials
        self._clock = clock

    async def end(self, work: Work, session_ids: Iterable[str], account_id: str, *, reason: str) -> int:
        """End these sessions; tells how many had not ended before."""
        now, ended = self._clock(), 0
        for session_id in session_ids:
            if await self._sessions.revoke(session_id, now=now, session=work.session):
                await self._denials.deny_session(session_id, session=work.session)
                work.publish(SignedOut(account_id=account_id, session_id=session_id, reason=reason, signed_out_at=now))
                ended += 1
        return ended

    async def told(self) -> None:
        """Every process knows from now on."""
        await self._denials.tell()

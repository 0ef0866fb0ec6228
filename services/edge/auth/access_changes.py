"""What the edge does when identity says that the rights of an account changed (D5, T8, K8)."""

from services.edge.auth.denials import Denials
from services.edge.auth.endings import ACCESS_CHANGED, Endings
from services.edge.ports import ChallengeRepository, SessionRepository
from shared.clock import Clock
from shared.contracts.identity.access import AccessChanged
from shared.envelopes import Received
from shared.outbox import Work


class AccessChanges:
    """Tokens from before the change count no longer; where it says so, sessions and sign-ins under way end too."""

    def __init__(
        self,
        sessions: SessionRepository,
        challenges: ChallengeRepository,
        denials: Denials,
        endings: Endings,
        *,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._challenges = challenges
        self._denials = denials
        self._endings = endings
        self._clock = clock

    async def on_access_changed(self, received: Received[AccessChanged], work: Work) -> None:
        """Deny in this unit of work; a session that was proved after the change stays."""
        event, now = received.message, self._clock()
        await self._denials.outdate(event.account_id, event.changed_at, session=work.session)
        if not event.end_sessions:
            return
        await self._challenges.close(event.account_id, begun_by=event.changed_at, now=now, session=work.session)
        live = await self._sessions.list_live(event.account_id, now=now, session=work.session)
        ended = [
            record.session_id
            for record in live
            if record.session_id != event.kept_session_id
            and (record.proved_at or record.created_at) <= event.changed_at
        ]
        await self._endings.end(work, ended, event.account_id, reason=ACCESS_CHANGED)

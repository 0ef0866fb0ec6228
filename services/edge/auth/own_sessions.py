"""One's own sessions and devices: what there is, and ending it (LOG-10)."""

from collections.abc import Sequence

from services.edge.auth.endings import DEVICE_FORGOTTEN, ENDED_BY_OWNER, Endings
from services.edge.auth.errors import DeviceUnknown, SessionEnded, SessionUnknown
from services.edge.auth.notices import Notices
from services.edge.auth.records import DeviceRecord, SessionRecord
from services.edge.ports import DeviceRepository, SessionRepository, UnitOfWork
from shared.clock import Clock, IdMaker
from shared.contracts import Actor
from shared.outbox import Work


class OwnSessions:
    """Everything here is about the caller's account; what is another's does not exist."""

    def __init__(
        self,
        sessions: SessionRepository,
        devices: DeviceRepository,
        endings: Endings,
        unit_of_work: UnitOfWork,
        *,
        notices: Notices,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._sessions = sessions
        self._devices = devices
        self._endings = endings
        self._unit_of_work = unit_of_work
        self._notices = notices
        self._clock = clock
        self._ids = ids

    async def current(self, actor: Actor) -> SessionRecord:
        """The caller's session.

        Raises:
            SessionEnded.
        """
        record = await self._sessions.get(actor.session_id)
        if record is None or record.account_id != actor.account_id or not record.is_live(self._clock()):
            raise SessionEnded
        return record

    async def sessions(self, actor: Actor) -> Sequence[SessionRecord]:
        """Live sessions, the most recently used first."""
        live = await self._sessions.list_live(actor.account_id, now=self._clock())
        return sorted(live, key=lambda record: record.last_used_at, reverse=True)

    async def devices(self, actor: Actor) -> Sequence[DeviceRecord]:
        """Known browsers, the most recently seen first."""
        return await self._devices.list_by_account(actor.account_id)

    async def end(self, actor: Actor, session_id: str) -> None:
        """End one session, whatever it is used for.

        Raises:
            SessionUnknown: it is not one of the caller's live sessions.
        """
        if session_id not in {record.session_id for record in await self.sessions(actor)}:
            raise SessionUnknown
        await self._end(actor, [session_id], reason=ENDED_BY_OWNER)

    async def end_others(self, actor: Actor) -> int:
        """End every session but the caller's; tells how many."""
        others = [each.session_id for each in await self.sessions(actor) if each.session_id != actor.session_id]
        await self._end(actor, others, reason=ENDED_BY_OWNER)
        return len(others)

    async def forget(self, actor: Actor, device_id: str) -> None:
        """Forget a browser and end its sessions; it is new when it comes back.

        Raises:
            DeviceUnknown: it is not one of the caller's.
        """
        if await self._devices.get(actor.account_id, device_id) is None:
            raise DeviceUnknown
        its_own = [each.session_id for each in await self.sessions(actor) if each.device_id == device_id]
        await self._end(actor, its_own, reason=DEVICE_FORGOTTEN, device_id=device_id)

    async def _end(
        self, actor: Actor, session_ids: Sequence[str], *, reason: str, device_id: str | None = None
    ) -> None:
        async def end(work: Work) -> None:
            await self._endings.end(work, session_ids, actor.account_id, reason=reason)
            if device_id is not None:
                await self._devices.delete(actor.account_id, device_id, session=work.session)
            details = {"reason": reason, "sessions": str(len(session_ids))}
            self._notices.note(work, "authn_token_revoked", actor.account_id, details=details)

        await self._unit_of_work.run(f"{reason}:{actor.session_id}:{self._ids()}", end)
        await self._endings.told()

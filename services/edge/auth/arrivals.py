"""What happens when somebody arrives: signs in, or continues a session (LOG-8, LOG-10, L11).

At a sign-in the browser is remembered, the owner is told of one that is new, and the session that was unused for
longest makes room when there are too many (K7). At every arrival the account is looked at for signs of sharing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.edge.auth.device_tokens import DeviceTokens
from services.edge.auth.endings import TOO_MANY, Endings
from services.edge.auth.lockout import subject_of
from services.edge.auth.notices import Notices
from services.edge.auth.origins import Origin
from services.edge.auth.records import DeviceRecord, Place, SessionRecord
from services.edge.auth.sharing import Activity, SharingFigures, Signal, signals
from services.edge.auth.suspicions import Suspicions
from services.edge.ports import ActivityRepository, DeviceRepository, SessionRepository, UnitOfWork
from shared.clock import Clock, IdMaker
from shared.mongo import Session
from shared.outbox import Work

NEW_DEVICE: Final = "new_device"
PLACES_KEPT: Final = 20
"""Networks that are remembered of a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a sign-in comes from. ``device_token`` is for a browser that had none."""

    origin: Origin
    device_id: str
    device_token: str | None


class Arrivals:
    """Looks at who arrives."""

    def __init__(
        self,
        sessions: SessionRepository,
        devices: DeviceRepository,
        activities: ActivityRepository,
        suspicions: Suspicions,
        *,
        endings: Endings,
        unit_of_work: UnitOfWork,
        tokens: DeviceTokens,
        notices: Notices,
        figures: SharingFigures,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._sessions = sessions
        self._devices = devices
        self._activities = activities
        self._suspicions = suspicions
        self._endings = endings
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._notices = notices
        self._figures = figures
        self._clock = clock
        self._ids = ids

    def arriving(self, origin: Origin, device_id: str | None) -> Arrival:
        """An arrival in a browser that is known, or gets its name now."""
        if device_id is not None:
            return Arrival(origin=origin, device_id=device_id, device_token=None)
        token, device_id = self._tokens.new()
        return Arrival(origin=origin, device_id=device_id, device_token=token)

    async def signed_in(self, work: Work, record: SessionRecord, arrival: Arrival) -> SessionRecord:
        """The record of a new session, completed, in its unit of work."""
        origin = arrival.origin
        record = replace(record, device_id=arrival.device_id, browser=origin.browser, network=origin.network)
        await self._remember(work, record, arrival)
        live = await self._make_room(work, record)
        found = await self._signals(work.session, record, origin, live_sessions=live + 1)
        return await self._suspicions.consider(work, record, found)

    async def continued(self, record: SessionRecord, origin: Origin) -> SessionRecord:
        """The record of a session that was just refreshed; asks for an extra code when use became suspicious."""
        if record.device_id is None:
            return record
        found = await self._signals(None, record, origin, live_sessions=0)
        if not found and await self._suspicions.incident(record.account_id) is None:
            return record
        looked_at = record

        async def look(work: Work) -> None:
            nonlocal looked_at
            looked_at = await self._suspicions.consider(work, record, found)
            if looked_at.extra_code != record.extra_code:
                await self._sessions.set_extra_code(record.session_id, looked_at.extra_code, session=work.session)

        await self._unit_of_work.run(f"continued:{record.session_id}:{self._ids()}", look)
        return looked_at

    async def _remember(self, work: Work, record: SessionRecord, arrival: Arrival) -> None:
        account_id, now = record.account_id, self._clock()
        devices = await self._devices.list_by_account(account_id, session=work.session)
        known = next((device for device in devices if device.device_id == arrival.device_id), None)
        device = _seen(known, arrival, record, now)
        await self._devices.save(device, session=work.session)
        if devices and known is None:
            values = {"browser": device.browser, "network": device.network}
            self._notices.mail(work, NEW_DEVICE, account_id, values=values)

    async def _make_room(self, work: Work, record: SessionRecord) -> int:
        """How many sessions there were; the least recently used ones end until there is room for one more."""
        live = await self._sessions.list_live(record.account_id, now=self._clock(), session=work.session)
        surplus = live[: max(0, len(live) + 1 - self._figures.sessions)]
        ids = [each.session_id for each in surplus]
        await self._endings.end(work, ids, record.account_id, reason=TOO_MANY)
        return len(live)

    async def _signals(
        self, session: Session | None, record: SessionRecord, origin: Origin, *, live_sessions: int
    ) -> tuple[Signal, ...]:
        now = self._clock()
        activity = Activity(at=now, device_id=record.device_id or "", network=origin.network)
        history = await self._activities.note(record.account_id, activity, session=session)
        recent = [each for each in history if now - each.at <= self._figures.devices_window]
        if len({each.device_id for each in recent}) == 1:
            return ()
        devices = await self._devices.list_by_account(record.account_id, session=session)
        vouched = frozenset(device.device_id for device in devices if device.vouched_at is not None)
        places = {
            device.device_id: frozenset(each.network for each in device.places if now - each.at <= self._figures.places)
            for device in devices
        }
        return signals(recent, live_sessions=live_sessions, vouched=vouched, figures=self._figures, places=places)


def _seen(known: DeviceRecord | None, arrival: Arrival, record: SessionRecord, now: datetime) -> DeviceRecord:
    browser, network, subject = arrival.origin.browser, arrival.origin.network, subject_of(record.lock_key)
    here = Place(network, now)
    if known is not None:
        places = (here, *(each for each in known.places if each.network != network))[:PLACES_KEPT]
        return replace(known, browser=browser, network=network, last_seen=now, subject=subject, places=places)
    return DeviceRecord(
        device_id=arrival.device_id,
        account_id=record.account_id,
        browser=browser,
        network=network,
        first_seen=now,
        last_seen=now,
        subject=subject,
        places=(here,),
    )

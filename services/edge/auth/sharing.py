"""Whether an account looks as if several people used it (LOG-8). Pure.

What is looked at: which browsers were active when, and from which network (a /24 or /48). A network alone is never a
signal: a practice has one address for everybody in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

Answer = Literal["yes", "no"]
Places = Mapping[str, frozenset[str]]
"""By browser, the networks in which it signed in lately."""


class Signal(StrEnum):
    """What made an account suspicious."""

    OVERLAP = "overlap"
    """Two browsers in turns within five minutes."""
    MANY_DEVICES = "many_devices"
    """A fourth browser within a day."""
    NETWORK_JUMP = "network_jump"
    """Another browser in another network within ten minutes, and the two were never in one network lately."""
    MANY_SESSIONS = "many_sessions"
    """More sessions at once than an account may have, in several browsers."""


ACTS: Final = {
    Signal.OVERLAP: "excess_sessions_exceeded",
    Signal.MANY_DEVICES: "excess_sessions_exceeded",
    Signal.NETWORK_JUMP: "authn_impossible_travel",
    Signal.MANY_SESSIONS: "excess_sessions_exceeded",
}
"""Names in OWASP's logging vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingFigures:
    """When use becomes suspicious. Signals within ``incident`` of the first are the same incident; the next incident
    within ``again`` is one too many.
    """

    overlap: timedelta = timedelta(minutes=5)
    devices: int = 3
    devices_window: timedelta = timedelta(days=1)
    jump: timedelta = timedelta(minutes=10)
    places: timedelta = timedelta(days=90)
    sessions: int = 5
    incident: timedelta = timedelta(hours=1)
    again: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An account was used: signed in, or a session was continued."""

    at: datetime
    device_id: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """An incident. ``cleared`` are the browsers in which the extra code was entered; ``key_digest`` is of the key in
    the mail with which the owner can answer without signing in.
    """

    suspicion_id: str
    account_id: str
    at: datetime
    signals: tuple[Signal, ...]
    devices: tuple[str, ...]
    cleared: tuple[str, ...] = ()
    key_digest: str = ""
    answer: Answer | None = None
    answered_at: datetime | None = None


class Verdict(StrEnum):
    """What follows from a look at an account."""

    FINE = "fine"
    FIRST = "first"
    """Ask for an extra code, and ask the owner."""
    SAME_INCIDENT = "same_incident"
    """Ask for an extra code here as well."""
    AGAIN = "again"
    """Disable the account."""


def signals(
    history: Sequence[Activity],
    *,
    live_sessions: int,
    vouched: frozenset[str],
    figures: SharingFigures,
    places: Places | None = None,
) -> tuple[Signal, ...]:
    """What is suspicious about the newest of ``history`` (oldest first).

    ``vouched`` are browsers for which the owner answered: among themselves they raise no signal. ``places`` are the
    networks in which each browser was lately: two that were in one are of one household or practice, and that one of
    them is elsewhere now, as a telephone is, is no jump.
    """
    if not history:
        return ()
    newest, earlier = history[-1], history[:-1]
    others = [each for each in earlier if each.device_id != newest.device_id]
    counted = others if newest.device_id not in vouched else [o for o in others if o.device_id not in vouched]
    found = {
        Signal.OVERLAP: _overlaps(newest, earlier, counted, figures.overlap),
        Signal.MANY_DEVICES: _too_many(newest, earlier, vouched, figures),
        Signal.NETWORK_JUMP: any(
            newest.at - each.at <= figures.jump
            and each.network != newest.network
            and not _met(each.device_id, newest.device_id, places or {})
            for each in counted
        ),
        Signal.MANY_SESSIONS: live_sessions > figures.sessions and bool(counted),
    }
    return tuple(signal for signal, raised in found.items() if raised)


def _met(one: str, other: str, places: Places) -> bool:
    """Whether two browsers were in the same network lately."""
    return bool(places.get(one, frozenset()) & places.get(other, frozenset()))


def _overlaps(newest: Activity, earlier: Sequence[Activity], others: Sequence[Activity], window: timedelta) -> bool:
    """This browser, another, and this one again: taking turns, which moving from one to the other is not."""
    mine = [each.at for each in earlier if each.device_id == newest.device_id and newest.at - each.at <= window]
    return any(min(mine) <= other.at for other in others) if mine else False


def _too_many(newest: Activity, earlier: Sequence[Activity], vouched: frozenset[str], figures: SharingFigures) -> bool:
    """Raised by the browser that is one too many, once."""
    recent = {each.device_id for each in earlier if newest.at - each.at <= figures.devices_window}
    if newest.device_id in recent:
        return False
    return len((recent | {newest.device_id}) - vouched) > figures.devices


def judge(
    found: Sequence[Signal], earlier: Suspicion | None, *, device_id: str, now: datetime, figures: SharingFigures
) -> Verdict:
    """What to do, given the latest suspicion within ``figures.again``."""
    if earlier is not None and now - earlier.at < figures.incident:
        open_here = device_id in earlier.devices and device_id not in earlier.cleared
        return Verdict.SAME_INCIDENT if open_here or (found and device_id not in earlier.cleared) else Verdict.FINE
    if not found:
        return Verdict.FINE
    return Verdict.FIRST if earlier is None or now - earlier.at > figures.again else Verdict.AGAIN

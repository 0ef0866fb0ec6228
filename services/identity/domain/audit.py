"""The audit: acts in a chain of hashes per business day, and a signed head for every day that is over (OPS-7).

Each entry holds the hash of the one before it, so that nobody can change, remove, insert or reorder entries of a day
without making all hashes after it wrong. The last entry of a day says that the day is closed; its head, signed, says
how many entries there were and what the last hash was, and names the head before it. Whoever has the database but not
the key can therefore not shorten a day, nor take one out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

DAY_CLOSED: Final = "audit_day_closed"
WITHHELD: Final = "withheld"
_SECRET_NAMES: Final = re.compile(r"password|passcode|secret|token|otp|pin\b|hint|answer|^code$|_code$|account_number")
_SECRET_SHAPES: Final = re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w-]*")
_DETAIL_LENGTH: Final = 200
_IP: Final = re.compile(r"\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}\b(?!/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that somebody did. ``event_id`` is the event's that told it; ``source`` the service that published it.

    ``account_id`` did it, ``on_behalf_of`` which provider, and it concerns ``about``: an account, provider or dossier.
    """

    event_id: str
    source: str
    act: str
    result: str
    account_id: str | None
    on_behalf_of: str | None
    about: str | None
    correlation_id: str
    occurred_at: datetime
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the next entry of a day goes: after ``seq`` entries of which the last one has ``digest``."""

    day: date
    seq: int
    digest: str
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An act in its place in the chain of ``day``; ``previous`` is the hash of the entry before it."""

    day: date
    seq: int
    act: Act
    recorded_at: datetime
    previous: str
    digest: str

    @property
    def position(self) -> str:
        """Sorts like the order of recording, over all days."""
        return position(self.day, self.seq)

    @property
    def tail(self) -> Tail:
        """Where the next one goes."""
        return Tail(self.day, self.seq, self.digest, closed=self.act.act == DAY_CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a closed day amounts to. ``previous`` is the digest of the head of the day before it."""

    day: date
    entries: int
    last: str
    previous: str

    def document(self) -> dict[str, str | int]:
        """What is signed."""
        return {"day": self.day.isoformat(), "entries": self.entries, "last": self.last, "previous": self.previous}

    @property
    def digest(self) -> str:
        """What the head of the next day names."""
        return _hash(self.document())


def position(day: date, seq: int) -> str:
    """The place of an entry as text."""
    return f"{day.isoformat()}/{seq:010d}"


def start_of(day: date) -> Tail:
    """Before the first entry of a day."""
    return Tail(day, 0, _hash({"day": day.isoformat()}))


def first_head_follows(day: date) -> str:
    """What the very first head names in the place of a head before it."""
    return _hash({"first_day": day.isoformat()})


def appended(tail: Tail, act: Act, *, now: datetime) -> Entry:
    """``act`` as the next entry."""
    seq = tail.seq + 1
    digest = digest_of(day=tail.day, seq=seq, act=act, recorded_at=now, previous=tail.digest)
    return Entry(day=tail.day, seq=seq, act=act, recorded_at=now, previous=tail.digest, digest=digest)


def closing(tail: Tail, *, event_id: str, now: datetime) -> Entry:
    """The last entry of a day: whatever comes later belongs to the next one."""
    act = Act(
        event_id=event_id,
        source="identity",
        act=DAY_CLOSED,
        result="success",
        account_id=None,
        on_behalf_of=None,
        about=None,
        correlation_id=event_id,
        occurred_at=now,
        details={},
    )
    return appended(tail, act, now=now)


def digest_of(*, day: date, seq: int, act: Act, recorded_at: datetime, previous: str) -> str:
    """SHA-256 over everything that an entry says, as JSON with sorted names and no spaces."""
    return _hash(
        {
            "day": day.isoformat(),
            "seq": seq,
            "previous": previous,
            "recorded_at": _instant(recorded_at),
            "event_id": act.event_id,
            "source": act.source,
            "act": act.act,
            "result": act.result,
            "account_id": act.account_id,
            "on_behalf_of": act.on_behalf_of,
            "about": act.about,
            "correlation_id": act.correlation_id,
            "occurred_at": _instant(act.occurred_at),
            "details": dict(act.details),
        }
    )


def without_secrets(details: Mapping[str, str]) -> dict[str, str]:
    """Details as they may be kept: what looks like a secret by its name or form is withheld, addresses lose their last
    part, long texts their end (U4).
    """
    return {name: _kept(name, value) for name, value in details.items()}


def _kept(name: str, value: str) -> str:
    if _SECRET_NAMES.search(name.lower()) or _SECRET_SHAPES.search(value):
        return WITHHELD
    return _IP.sub(r"\1.0/24", value)[:_DETAIL_LENGTH]


def to_milliseconds(instant: datetime) -> datetime:
    """What a database keeps of an instant: hashes must not depend on more."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def _hash(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()

"""What the edge keeps in MongoDB about access: denials, devices, recent activity, suspicions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from services.edge.auth.records import Denial, DeviceRecord, Place
from services.edge.auth.sharing import Activity, Signal, Suspicion
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

DENIALS: Final = "denials"
DEVICES: Final = "devices"
ACTIVITIES: Final = "activities"
SUSPICIONS: Final = "suspicions"
ACTIVITIES_KEPT: Final = 50
ACTIVITY_KEPT: Final = timedelta(days=2)
DEVICES_KEPT_DAYS: Final = 400
SUSPICIONS_KEPT_DAYS: Final = 400

SCHEMA = Schema(
    collections=(DENIALS, DEVICES, ACTIVITIES, SUSPICIONS),
    indexes=(
        Index(DENIALS, (("until", 1),), expire_after_seconds=0),
        Index(DENIALS, (("at", 1),)),
        Index(DEVICES, (("account_id", 1), ("last_seen", -1))),
        Index(DEVICES, (("device_id", 1), ("subject", 1))),
        Index(DEVICES, (("last_seen", 1),), expire_after_seconds=DEVICES_KEPT_DAYS * 86_400),
        Index(ACTIVITIES, (("purge_at", 1),), expire_after_seconds=0),
        Index(SUSPICIONS, (("account_id", 1), ("at", -1))),
        Index(SUSPICIONS, (("key_digest", 1),), unique=True),
        Index(SUSPICIONS, (("at", 1),), expire_after_seconds=SUSPICIONS_KEPT_DAYS * 86_400),
    ),
)


class MongoDenials:
    """``DenialRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._denials = database.collection(DENIALS)

    async def add(self, denial: Denial, *, session: Session | None = None) -> None:
        latest: Document = {"at": denial.at, "until": denial.until}
        if denial.before is not None:
            latest["before"] = denial.before
        kind = {"session_id": denial.session_id, "account_id": denial.account_id}
        await self._denials.update_one(
            {"_id": _denial_key(denial)}, {"$max": latest, "$setOnInsert": kind}, upsert=True, session=session
        )

    async def list_since(self, since: datetime | None, *, now: datetime) -> Sequence[Denial]:
        query: Filter = {"until": {"$gt": now}} if since is None else {"at": {"$gte": since}}
        return [
            Denial(
                session_id=row["session_id"],
                account_id=row["account_id"],
                before=row.get("before"),
                at=row["at"],
                until=row["until"],
            )
            for row in await self._denials.find(query)
        ]


def _denial_key(denial: Denial) -> str:
    return f"account:{denial.account_id}" if denial.session_id is None else f"session:{denial.session_id}"


class MongoDevices:
    """``DeviceRepository`` in MongoDB: one document per account and browser."""

    def __init__(self, database: Database) -> None:
        self._devices = database.collection(DEVICES)

    async def get(self, account_id: str, device_id: str, *, session: Session | None = None) -> DeviceRecord | None:
        row = await self._devices.find_one({"_id": _device_key(account_id, device_id)}, session=session)
        return None if row is None else _device(row)

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[DeviceRecord]:
        rows = await self._devices.find({"account_id": account_id}, sort=[("last_seen", -1)], session=session)
        return [_device(row) for row in rows]

    async def is_known(self, device_id: str, subject: str) -> bool:
        return await self._devices.find_one({"device_id": device_id, "subject": subject}) is not None

    async def save(self, device: DeviceRecord, *, session: Session | None = None) -> None:
        key = _device_key(device.account_id, device.device_id)
        await self._devices.replace_one({"_id": key}, {"_id": key, **asdict(device)}, upsert=True, session=session)

    async def delete(self, account_id: str, device_id: str, *, session: Session | None = None) -> bool:
        return await self._devices.delete_one({"_id": _device_key(account_id, device_id)}, session=session)


def _device_key(account_id: str, device_id: str) -> str:
    return f"{account_id}|{device_id}"


def _device(row: Mapping[str, Any]) -> DeviceRecord:
    fields = {name: row[name] for name in DeviceRecord.__dataclass_fields__ if name != "places"}
    return DeviceRecord(**fields, places=tuple(Place(**each) for each in row.get("places", ())))


class MongoActivities:
    """``ActivityRepository`` in MongoDB: one document per account with its latest activities."""

    def __init__(self, database: Database) -> None:
        self._activities = database.collection(ACTIVITIES)

    async def note(self, account_id: str, activity: Activity, *, session: Session | None = None) -> Sequence[Activity]:
        update = {
            "$push": {"recent": {"$each": [asdict(activity)], "$slice": -ACTIVITIES_KEPT}},
            "$set": {"purge_at": activity.at + ACTIVITY_KEPT},
        }
        row = await self._activities.find_one_and_update({"_id": account_id}, update, upsert=True, session=session)
        return [Activity(**each) for each in (row or {"recent": []})["recent"]]


class MongoSuspicions:
    """``SuspicionRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._suspicions = database.collection(SUSPICIONS)

    async def latest(self, account_id: str, *, since: datetime, session: Session | None = None) -> Suspicion | None:
        query = {"account_id": account_id, "at": {"$gte": since}}
        rows = await self._suspicions.find(query, sort=[("at", -1)], limit=1, session=session)
        return _suspicion(rows[0]) if rows else None

    async def get_by_key(self, key_digest: str, *, session: Session | None = None) -> Suspicion | None:
        row = await self._suspicions.find_one({"key_digest": key_digest}, session=session)
        return None if row is None else _suspicion(row)

    async def save(self, suspicion: Suspicion, *, session: Session | None = None) -> None:
        document = {
            "_id": suspicion.suspicion_id,
            **asdict(suspicion),
            "signals": [signal.value for signal in suspicion.signals],
            "devices": list(suspicion.devices),
            "cleared": list(suspicion.cleared),
        }
        await self._suspicions.replace_one({"_id": suspicion.suspicion_id}, document, upsert=True, session=session)


def _suspicion(row: Mapping[str, Any]) -> Suspicion:
    return Suspicion(
        suspicion_id=row["_id"],
        account_id=row["account_id"],
        at=row["at"],
        signals=tuple(Signal(value) for value in row["signals"]),
        devices=tuple(row["devices"]),
        cleared=tuple(row["cleared"]),
        key_digest=row["key_digest"],
        answer=row["answer"],
        answered_at=row["answered_at"],
    )

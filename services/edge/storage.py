"""What the edge keeps in MongoDB: challenges, budgets, sessions, first bodies; ``access_storage`` has the rest. Expiry
is always part of the query; the TTL indexes only clean up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from services.edge import access_storage, lockout_storage, rate_storage, step_up_storage
from services.edge.auth.figures import Limit
from services.edge.auth.records import Challenge, Mail, Purpose, SessionRecord, StoredCode
from shared import outbox
from shared.errors import Transient
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Index, Schema, joined

CHALLENGES: Final = "challenges"
BUDGETS: Final = "budgets"
SESSIONS: Final = "sessions"
SUBMISSIONS: Final = "submissions"
SUBMISSIONS_KEPT_DAYS: Final = 7
CODES_KEPT: Final = 2
_BUDGET_TRIES: Final = 5

_OWN: Final = Schema(
    collections=(CHALLENGES, BUDGETS, SESSIONS, SUBMISSIONS, outbox.COLLECTION),
    indexes=(
        *outbox.INDEXES,
        Index(CHALLENGES, (("ends_at", 1),), expire_after_seconds=86_400),
        Index(CHALLENGES, (("account_id", 1),)),
        Index(CHALLENGES, (("codes.delivery_id", 1),)),
        Index(BUDGETS, (("purge_at", 1),), expire_after_seconds=0),
        Index(SESSIONS, (("expires_at", 1),), expire_after_seconds=86_400),
        Index(SESSIONS, (("account_id", 1), ("created_at", -1))),
        Index(SUBMISSIONS, (("at", 1),), expire_after_seconds=SUBMISSIONS_KEPT_DAYS * 86_400),
    ),
)
SCHEMA: Final = joined(_OWN, access_storage.SCHEMA, lockout_storage.SCHEMA, rate_storage.SCHEMA, step_up_storage.SCHEMA)


class BudgetContended(Transient):
    """Too many requests of one subject at the same instant."""

    def __init__(self) -> None:
        super().__init__("code.contended")


class MongoChallenges:
    """``ChallengeRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._challenges = database.collection(CHALLENGES)

    async def add(self, challenge: Challenge, *, session: Session | None = None) -> None:
        await self._challenges.insert_one(_challenge_document(challenge), session=session)

    async def replace(self, challenge: Challenge) -> None:
        await self._challenges.replace_one({"_id": challenge.key}, _challenge_document(challenge), upsert=True)

    async def get(self, key: str) -> Challenge | None:
        document = await self._challenges.find_one({"_id": key})
        return None if document is None else _challenge(document)

    async def count_try(self, key: str, purpose: Purpose, *, tries: int, now: datetime) -> Challenge | None:
        query = {
            "_id": key,
            "purpose": purpose,
            "used_at": None,
            "tries": {"$lt": tries},
            "ends_at": {"$gt": now},
            "codes": {"$elemMatch": {"expires_at": {"$gt": now}}},
        }
        document = await self._challenges.find_one_and_update(query, {"$inc": {"tries": 1}})
        return None if document is None else _challenge(document)

    async def add_code(
        self, key: str, code: StoredCode, *, tries: int, sent_before: datetime, session: Session | None = None
    ) -> bool:
        query = {
            "_id": key,
            "used_at": None,
            "tries": {"$lt": tries},
            "ends_at": {"$gt": code.sent_at},
            "codes": {"$not": {"$elemMatch": {"sent_at": {"$gt": sent_before}}}},
        }
        push = {"codes": {"$each": [_code_document(code)], "$slice": -CODES_KEPT}}
        return await self._challenges.update_one(query, {"$push": push}, session=session)

    async def use(self, key: str, *, now: datetime, session: Session | None = None) -> bool:
        return await self._challenges.update_one(
            {"_id": key, "used_at": None}, {"$set": {"used_at": now}}, session=session
        )

    async def release(self, key: str) -> None:
        await self._challenges.update_one({"_id": key}, {"$set": {"used_at": None}})

    async def close(self, account_id: str, *, begun_by: datetime, now: datetime, session: Session | None) -> None:
        query = {"account_id": account_id, "used_at": None, "created_at": {"$lte": begun_by}}
        await self._challenges.update_many(query, {"$set": {"used_at": now}}, session=session)

    async def mark_delivery(self, delivery_id: str, mail: Mail) -> Challenge | None:
        document = await self._challenges.find_one_and_update(
            {"codes.delivery_id": delivery_id}, {"$set": {"codes.$.mail": mail}}
        )
        return None if document is None else _challenge(document)


class MongoBudgets:
    """``BudgetRepository`` in MongoDB: one document per subject with its latest instants, the newest first.

    The n-th newest instant tells whether a limit of n is reached, so that one conditional update decides and counts.
    """

    def __init__(self, database: Database) -> None:
        self._budgets = database.collection(BUDGETS)

    async def spend(self, subject: str, limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
        reached = [{f"at.{limit.count - 1}": {"$gt": now - limit.window}} for limit in limits]
        kept = max(limit.count for limit in limits)
        update = {
            "$push": {"at": {"$each": [now], "$position": 0, "$slice": kept}},
            "$set": {"purge_at": now + max(limit.window for limit in limits)},
        }
        for _ in range(_BUDGET_TRIES):
            try:
                await self._budgets.find_one_and_update({"_id": subject, "$nor": reached}, update, upsert=True)
            except DuplicateKey:  # there is a document and it did not match; or another request just made it
                document = await self._budgets.find_one({"_id": subject}) or {"at": []}
                wait = time_to_wait(document["at"], limits, now=now)
                if wait is not None:
                    return wait
            else:
                return None
        raise BudgetContended

    async def give_back(self, subject: str, at: datetime) -> None:
        await self._budgets.update_one({"_id": subject}, {"$pull": {"at": at}})


def time_to_wait(newest_first: Sequence[datetime], limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
    """Until when the longest of the reached limits holds; ``None`` when none is reached."""
    waits = [newest_first[limit.count - 1] + limit.window - now for limit in limits if len(newest_first) >= limit.count]
    longest = max(waits, default=timedelta())
    return longest if longest > timedelta() else None


class MongoSessions:
    """``SessionRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)

    async def add(self, record: SessionRecord, *, session: Session | None = None) -> None:
        await self._sessions.insert_one(_session_document(record), session=session)

    async def get(self, session_id: str) -> SessionRecord | None:
        document = await self._sessions.find_one({"_id": session_id})
        return None if document is None else _session_record(document)

    async def rotate(self, session_id: str, *, current: str, successor: str, now: datetime) -> bool:
        query = {"_id": session_id, "current": current, "revoked_at": None, "expires_at": {"$gt": now}}
        changes = {"current": successor, "previous": current, "rotated_at": now, "last_used_at": now}
        return await self._sessions.update_one(query, {"$set": changes})

    async def choose_dossier(self, session_id: str, dossier_id: str) -> None:
        await self._sessions.update_one({"_id": session_id}, {"$set": {"dossier_id": dossier_id}})

    async def revoke(self, session_id: str, *, now: datetime, session: Session | None = None) -> bool:
        return await self._sessions.update_one(
            {"_id": session_id, "revoked_at": None}, {"$set": {"revoked_at": now}}, session=session
        )

    async def choose_provider(self, session_id: str, provider_id: str, *, now: datetime) -> bool:
        query = {"_id": session_id, "revoked_at": None, "expires_at": {"$gt": now}}
        return await self._sessions.update_one(query, {"$set": {"provider_id": provider_id}})

    async def list_live(
        self, account_id: str, *, now: datetime, session: Session | None = None
    ) -> Sequence[SessionRecord]:
        query = {"account_id": account_id, "revoked_at": None, "expires_at": {"$gt": now}}
        rows = await self._sessions.find(query, sort=[("last_used_at", 1)], session=session)
        return [record for row in rows if (record := _session_record(row)).is_live(now)]

    async def set_extra_code(self, session_id: str, name: str | None, *, session: Session | None = None) -> None:
        await self._sessions.update_one({"_id": session_id}, {"$set": {"extra_code": name}}, session=session)


class MongoSubmissions:
    """``SubmissionRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._submissions = database.hints(SUBMISSIONS)  # claims keeps the key for good; waiting for disks buys nothing

    async def remember(self, bodies: Mapping[str, str], *, now: datetime) -> Mapping[str, str]:
        documents: list[Document] = [{"_id": key, "body": body, "at": now} for key, body in bodies.items()]
        taken = await self._submissions.insert_new(documents)
        if not taken:
            return {}
        found = await self._submissions.find({"_id": {"$in": list(taken)}})
        return {document["_id"]: document["body"] for document in found}


def _challenge_document(challenge: Challenge) -> Document:
    return {
        "_id": challenge.key,
        "purpose": challenge.purpose,
        "subject": challenge.subject,
        "account_id": challenge.account_id,
        "created_at": challenge.created_at,
        "ends_at": challenge.ends_at,
        "codes": [_code_document(code) for code in challenge.codes],
        "tries": challenge.tries,
        "used_at": challenge.used_at,
        "device_id": challenge.device_id,
        "method": challenge.method,
        "lock_key": challenge.lock_key,
    }


def _code_document(code: StoredCode) -> Document:
    return asdict(code)


def _challenge(document: Mapping[str, Any]) -> Challenge:
    return Challenge(
        key=document["_id"],
        purpose=document["purpose"],
        subject=document["subject"],
        account_id=document["account_id"],
        created_at=document["created_at"],
        ends_at=document["ends_at"],
        codes=tuple(StoredCode(**code) for code in document["codes"]),
        tries=document["tries"],
        used_at=document["used_at"],
        device_id=document.get("device_id"),
        method=document.get("method", "email"),
        lock_key=document.get("lock_key"),
    )


def _session_document(record: SessionRecord) -> Document:
    return {
        "_id": record.session_id,
        "account_id": record.account_id,
        "dossier_id": record.dossier_id,
        "provider_id": record.provider_id,
        "assurance": record.assurance,
        "created_at": record.created_at,
        "expires_at": record.expires_at,
        "last_used_at": record.last_used_at,
        "current": record.current,
        "previous": record.previous,
        "rotated_at": record.rotated_at,
        "revoked_at": record.revoked_at,
        "idle_seconds": record.idle_seconds,
        "proved_at": record.proved_at,
        "device_id": record.device_id,
        "browser": record.browser,
        "network": record.network,
        "extra_code": record.extra_code,
        "lock_key": record.lock_key,
    }


def _session_record(document: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(
        session_id=document["_id"],
        account_id=document["account_id"],
        dossier_id=document["dossier_id"],
        provider_id=document["provider_id"],
        assurance=document["assurance"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        last_used_at=document["last_used_at"],
        current=document["current"],
        previous=document["previous"],
        rotated_at=document["rotated_at"],
        revoked_at=document["revoked_at"],
        idle_seconds=document.get("idle_seconds", 1_800),
        proved_at=document.get("proved_at"),
        device_id=document.get("device_id"),
        browser=document.get("browser", ""),
        network=document.get("network", ""),
        extra_code=document.get("extra_code"),
        lock_key=document.get("lock_key"),
    )

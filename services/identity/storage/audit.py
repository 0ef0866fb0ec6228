"""The audit in MongoDB: two collections into which the service may insert, and which it may read, nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from services.identity.domain.audit import Act, Entry, Head, Tail, position, start_of
from services.identity.domain.audit_verification import SignedHead
from services.identity.ports import ActFilter
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema
from shared.tokens import InvalidToken, PrivateKey, PublicKey, read_document, sign_document

AUDIT: Final = "audit"
HEADS: Final = "audit_heads"
HEAD_KIND: Final = "audit-head"

SCHEMA: Final = Schema(
    collections=(),
    append_only=(AUDIT, HEADS),
    indexes=(
        Index(AUDIT, (("day", 1), ("seq", 1)), unique=True),
        Index(AUDIT, (("position", 1),)),
        Index(AUDIT, (("account_id", 1), ("position", 1))),
        Index(AUDIT, (("about", 1), ("position", 1))),
        Index(AUDIT, (("on_behalf_of", 1), ("position", 1))),
        Index(AUDIT, (("act", 1), ("position", 1))),
    ),
)
"""An entry's ``_id`` is the event's: told twice, recorded once. A day and a number have one entry, whatever races."""


class MongoAudit:
    """Entries."""

    def __init__(self, database: Database) -> None:
        self._audit = database.collection(AUDIT)

    async def tail(self, day: date, *, session: Session | None = None) -> Tail:
        found = await self._audit.find({"day": day.isoformat()}, sort=[("seq", -1)], limit=1, session=session)
        return _entry(found[0]).tail if found else start_of(day)

    async def known(self, event_ids: Sequence[str], *, session: Session | None = None) -> set[str]:
        query = {"_id": {"$in": list(event_ids)}}
        return {row["_id"] for row in await self._audit.find(query, projection={"_id": 1}, session=session)}

    async def add(self, entries: Sequence[Entry], *, session: Session | None = None) -> None:
        await self._audit.insert_many([_entry_document(entry) for entry in entries], session=session)

    async def first_day(self) -> date | None:
        found = await self._audit.find({}, projection={"day": 1}, sort=[("day", 1), ("seq", 1)], limit=1)
        return date.fromisoformat(found[0]["day"]) if found else None

    async def entries_of(self, day: date) -> AsyncIterator[Entry]:
        async for document in self._audit.stream({"day": day.isoformat()}, sort=[("day", 1), ("seq", 1)]):
            entry = _entry(document)
            if _entry_document(entry) != document:
                raise ValueError("more or less than an entry holds")
            yield entry

    async def search(self, wanted: ActFilter, *, before: str | None, limit: int) -> Sequence[Entry]:
        found = await self._audit.find(_query(wanted, before), sort=[("position", -1)], limit=limit)
        return [_entry(document) for document in found]


class MongoHeads:
    """Signed heads. ``keys`` are all that ever signed one, the present key's public half included."""

    def __init__(self, database: Database, key: PrivateKey, *, retired: Sequence[PublicKey] = ()) -> None:
        self._heads = database.collection(HEADS)
        self._key = key
        self._keys = (key.public(), *retired)

    async def latest(self, *, session: Session | None = None) -> SignedHead | None:
        found = await self._heads.find({}, sort=[("_id", -1)], limit=1, session=session)
        return self._signed(found[0]) if found else None

    async def get(self, day: date) -> SignedHead | None:
        found = await self._heads.find_one({"_id": day.isoformat()})
        return None if found is None else self._signed(found)

    async def first_day(self) -> date | None:
        found = await self._heads.find({}, projection={"_id": 1}, sort=[("_id", 1)], limit=1)
        return date.fromisoformat(found[0]["_id"]) if found else None

    async def add(self, head: Head, *, session: Session | None = None) -> None:
        document = head.document()
        signature = sign_document(document, self._key, kind=HEAD_KIND)
        await self._heads.insert_one({**document, "_id": document.pop("day"), "signed": signature}, session=session)

    def _signed(self, document: Mapping[str, Any]) -> SignedHead:
        head = Head(
            day=date.fromisoformat(document["_id"]),
            entries=document["entries"],
            last=document["last"],
            previous=document["previous"],
        )
        try:
            said = read_document(document["signed"], self._keys, kind=HEAD_KIND)
        except InvalidToken:
            return SignedHead(head, genuine=False)
        return SignedHead(head, genuine=said == head.document())


def _query(wanted: ActFilter, before: str | None) -> Filter:
    conditions: list[Document] = []
    if wanted.concerning or wanted.behalf_of:
        ids = list(wanted.concerning)
        mine: list[Document] = [{"account_id": {"$in": ids}}, {"about": {"$in": ids}}]
        conditions.append({"$or": [*mine, *([{"on_behalf_of": wanted.behalf_of}] if wanted.behalf_of else [])]})
    if wanted.account_id is not None:
        conditions.append({"$or": [{"account_id": wanted.account_id}, {"on_behalf_of": wanted.account_id}]})
    conditions += [{name: value} for name, value in (("about", wanted.about), ("act", wanted.act)) if value is not None]
    if wanted.since is not None:
        conditions.append({"position": {"$gte": position(wanted.since, 0)}})
    if wanted.until is not None:
        conditions.append({"position": {"$lt": position(wanted.until + timedelta(days=1), 0)}})
    if before is not None:
        conditions.append({"position": {"$lt": before}})
    return {"$and": conditions} if conditions else {}


def _entry_document(entry: Entry) -> Document:
    act = entry.act
    return {
        "_id": act.event_id,
        "day": entry.day.isoformat(),
        "seq": entry.seq,
        "position": entry.position,
        "source": act.source,
        "act": act.act,
        "result": act.result,
        "account_id": act.account_id,
        "on_behalf_of": act.on_behalf_of,
        "about": act.about,
        "correlation_id": act.correlation_id,
        "occurred_at": act.occurred_at,
        "details": dict(act.details),
        "recorded_at": entry.recorded_at,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _entry(document: Mapping[str, Any]) -> Entry:
    return Entry(
        day=date.fromisoformat(document["day"]),
        seq=document["seq"],
        act=Act(
            event_id=document["_id"],
            source=document["source"],
            act=document["act"],
            result=document["result"],
            account_id=document["account_id"],
            on_behalf_of=document["on_behalf_of"],
            about=document["about"],
            correlation_id=document["correlation_id"],
            occurred_at=document["occurred_at"],
            details=document["details"],
        ),
        recorded_at=document["recorded_at"],
        previous=document["previous"],
        digest=document["digest"],
    )

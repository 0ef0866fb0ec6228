"""Contacts, deliveries and the secure inbox in MongoDB. Of a delivery nothing is kept that says who got it or what it
said. What lies in an inbox is kept for ever: the database role of the service can add to it and read it, no more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from services.notification.domain import (
    Attachment,
    Contact,
    ContactMissing,
    Delivery,
    DeliveryBusy,
    DeliveryRecord,
    DeliveryState,
    Failure,
    InboxMessage,
    Language,
    Lease,
    Owner,
    Template,
    Words,
)
from shared import outbox
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Index, Schema

CONTACTS: Final = "contacts"
DELIVERIES: Final = "deliveries"
INBOX: Final = "inbox"
INBOX_FILES: Final = "inbox_files"
INBOX_READS: Final = "inbox_reads"
CHUNK_BYTES: Final = 261_120
"""Of a file in one document, as GridFS has it: far from the 16 MB of a document, small in a transaction."""

SCHEMA: Final = Schema(
    collections=(CONTACTS, DELIVERIES, outbox.COLLECTION),
    indexes=(
        *outbox.INDEXES,
        Index(CONTACTS, (("dossier_ids", 1),)),
        Index(CONTACTS, (("provider_id", 1),), partial={"provider_id": {"$type": "string"}}),
        Index(DELIVERIES, (("finished_at", 1),), expire_after_seconds=outbox.KEEP_DAYS * 86_400),
        Index(INBOX, (("owner", 1), ("position", -1))),
        Index(INBOX_FILES, (("message_id", 1), ("name", 1), ("number", 1)), unique=True),
        Index(INBOX_READS, (("owner", 1),)),
    ),
    append_only=(INBOX, INBOX_FILES, INBOX_READS),
)


class ContactRepository:
    """``contacts``: one document per account."""

    def __init__(self, database: Database) -> None:
        self._contacts = database.collection(CONTACTS)

    async def save(self, contact: Contact, *, session: Session | None = None) -> None:
        """Keep what is newest; the dossiers add up. A contact without an instant is the first of its account."""
        values = {
            "email": contact.email,
            "language": contact.language.value,
            "name": contact.name,
            "provider_id": contact.provider_id,
            "recorded_at": contact.recorded_at,
        }
        known = await self._contacts.find_one({"_id": contact.account_id}, session=session)
        newest = known is None or _recorded(known.get("recorded_at")) <= _recorded(contact.recorded_at)
        update: Document = {"$addToSet": {"dossier_ids": {"$each": list(contact.dossier_ids)}}}
        if newest:
            update["$set"] = values
        await self._contacts.update_one({"_id": contact.account_id}, update, upsert=True, session=session)

    async def choose(self, account_id: str, email: str | None, *, at: datetime, session: Session | None = None) -> None:
        known = await self._contacts.find_one({"_id": account_id}, session=session)
        if known is None:
            raise ContactMissing
        if _recorded(known.get("chosen_at")) <= at:
            update = {"$set": {"chosen_email": email, "chosen_at": at}}
            await self._contacts.update_one({"_id": account_id}, update, session=session)

    async def get(self, account_id: str) -> Contact:
        found = await self._contacts.find_one({"_id": account_id})
        if found is None:
            raise ContactMissing
        return _contact(found)

    async def list_by_dossier(self, dossier_id: str) -> Sequence[Contact]:
        return [_contact(row) for row in await self._contacts.find({"dossier_ids": dossier_id}, sort=[("_id", 1)])]

    async def list_by_provider(self, provider_id: str) -> Sequence[Contact]:
        return [_contact(row) for row in await self._contacts.find({"provider_id": provider_id}, sort=[("_id", 1)])]


def _contact(row: Document) -> Contact:
    return Contact(
        row["_id"],
        row["email"],
        Language(row["language"]),
        row["name"],
        tuple(row["dossier_ids"]),
        provider_id=row.get("provider_id"),
        recorded_at=row.get("recorded_at"),
        chosen_email=row.get("chosen_email"),
    )


def _recorded(at: datetime | None) -> datetime:
    return at or datetime.min.replace(tzinfo=UTC)


class DeliveryRepository:
    """``deliveries``: one document per mail, named by its delivery id."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def claim(self, delivery: Delivery, lease: Lease) -> int | None:
        claimed = DeliveryState.CLAIMED.value
        free = [
            {"state": claimed, "lease": None},
            {"state": claimed, "lease.until": {"$lte": lease.now}},
            {"state": DeliveryState.FAILED.value, "final": False},
        ]
        try:
            taken = await self._deliveries.find_one_and_update(
                {"_id": delivery.delivery_id, "$or": free},
                {
                    "$set": {"state": claimed, "lease": {"token": lease.token, "until": lease.until}},
                    "$setOnInsert": {
                        "template": delivery.template.value,
                        "account_id": delivery.account_id,
                        "claimed_at": lease.now,
                    },
                    "$unset": {"finished_at": "", "reason": "", "final": ""},
                    "$inc": {"attempts": 1},
                },
                upsert=True,
            )
        except DuplicateKey:
            record = await self.get(delivery.delivery_id)
            if record is None or record.state is DeliveryState.CLAIMED:
                raise DeliveryBusy from None
            return None
        return None if taken is None else int(taken["attempts"])

    async def renew(self, delivery_ids: Collection[str], lease: Lease) -> None:
        await self._deliveries.update_many(
            {"_id": {"$in": list(delivery_ids)}, "lease.token": lease.token}, {"$set": {"lease.until": lease.until}}
        )

    async def release(self, delivery_id: str, lease: Lease) -> None:
        await self._deliveries.update_one(
            {"_id": delivery_id, "state": DeliveryState.CLAIMED.value, "lease.token": lease.token},
            {"$unset": {"lease": ""}},
        )

    async def record_sent(self, delivery_id: str, at: datetime) -> None:
        await self._deliveries.update_one(
            {"_id": delivery_id},
            {
                "$set": {"state": DeliveryState.SENT.value, "finished_at": at},
                "$unset": {"lease": "", "reason": "", "final": ""},
            },
        )

    async def record_failure(self, failure: Failure, *, session: Session | None = None) -> None:
        await self._deliveries.update_one(
            {"_id": failure.delivery.delivery_id, "state": {"$ne": DeliveryState.SENT.value}},
            {
                "$set": {
                    "state": failure.state.value,
                    "reason": failure.reason,
                    "final": failure.final,
                    "finished_at": failure.failed_at,
                },
                "$unset": {"lease": ""},
            },
            session=session,
        )

    async def get(self, delivery_id: str) -> DeliveryRecord | None:
        row = await self._deliveries.find_one({"_id": delivery_id})
        return None if row is None else _record(row)


def _record(row: Document) -> DeliveryRecord:
    return DeliveryRecord(
        delivery_id=row["_id"],
        template=Template(row["template"]),
        account_id=row["account_id"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        reason=row.get("reason"),
        finished_at=row.get("finished_at"),
    )


class InboxRepository:
    """``inbox``, its files in pieces in ``inbox_files``, and in ``inbox_reads`` who read a message first."""

    def __init__(self, database: Database) -> None:
        self._messages = database.collection(INBOX)
        self._files = database.collection(INBOX_FILES)
        self._reads = database.collection(INBOX_READS)

    async def add(
        self, message: InboxMessage, contents: Mapping[str, bytes], *, session: Session | None = None
    ) -> bool:
        if await self._messages.find_one({"_id": message.message_id}, projection={"_id": 1}, session=session):
            return False
        await self._messages.insert_one(_inbox_document(message), session=session)
        pieces = [piece for name, content in contents.items() for piece in _pieces(message.message_id, name, content)]
        await self._files.insert_many(pieces, session=session)
        return True

    async def get(self, message_id: str, *, session: Session | None = None) -> InboxMessage | None:
        row = await self._messages.find_one({"_id": message_id}, session=session)
        read = await self._reads.find_one({"_id": message_id}, session=session)
        return None if row is None else _inbox_message(row, read)

    async def list_of(self, owners: Collection[Owner], *, before: str | None, limit: int) -> Sequence[InboxMessage]:
        query: Document = {"owner": {"$in": [_owner_key(owner) for owner in owners]}}
        if before is not None:
            query["position"] = {"$lt": before}
        rows = await self._messages.find(query, sort=[("position", -1)], limit=limit)
        reads = await self._reads.find({"_id": {"$in": [row["_id"] for row in rows]}})
        by_message = {read["_id"]: read for read in reads}
        return [_inbox_message(row, by_message.get(row["_id"])) for row in rows]

    async def count_unread(self, owners: Collection[Owner]) -> int:
        query = {"owner": {"$in": [_owner_key(owner) for owner in owners]}}
        read = await self._reads.count(query)  # first: a message read meanwhile must not make the figure negative
        return await self._messages.count(query) - read

    async def mark_read(
        self, message: InboxMessage, *, at: datetime, account_id: str, session: Session | None = None
    ) -> bool:
        if await self._reads.find_one({"_id": message.message_id}, session=session):
            return False
        await self._reads.insert_one(
            {"_id": message.message_id, "owner": _owner_key(message.owner), "read_at": at, "account_id": account_id},
            session=session,
        )
        return True

    async def content(self, message_id: str, name: str) -> bytes | None:
        pieces = await self._files.find({"message_id": message_id, "name": name}, sort=[("number", 1)])
        return b"".join(piece["content"] for piece in pieces) or None


def _owner_key(owner: Owner) -> str:
    return f"account:{owner.account_id}" if owner.account_id is not None else f"provider:{owner.provider_id}"


def _owner(key: str) -> Owner:
    kind, _, owner_id = key.partition(":")
    return Owner(account_id=owner_id) if kind == "account" else Owner(provider_id=owner_id)


def _pieces(message_id: str, name: str, content: bytes) -> list[Document]:
    return [
        {"message_id": message_id, "name": name, "number": number, "content": content[start : start + CHUNK_BYTES]}
        for number, start in enumerate(range(0, len(content), CHUNK_BYTES))
    ]


def _inbox_document(message: InboxMessage) -> Document:
    return {
        "_id": message.message_id,
        "position": message.position,
        "owner": _owner_key(message.owner),
        "kind": message.kind,
        "subject": {"fr": message.subject.fr, "en": message.subject.en},
        "body": {"fr": message.body.fr, "en": message.body.en},
        "attachments": [
            {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.digest}
            for file in message.attachments
        ],
        "written_at": message.written_at,
    }


def _inbox_message(row: Document, read: Document | None) -> InboxMessage:
    return InboxMessage(
        message_id=row["_id"],
        position=row["position"],
        owner=_owner(row["owner"]),
        kind=row["kind"],
        subject=Words(**row["subject"]),
        body=Words(**row["body"]),
        attachments=tuple(
            Attachment(file["name"], file["media_type"], file["size"], file["sha256"]) for file in row["attachments"]
        ),
        written_at=row["written_at"],
        read_at=None if read is None else read["read_at"],
    )

"""Contacts and deliveries in MongoDB. Of a delivery nothing is kept that says who got it or what it said."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from services.notification.domain import (
    Contact,
    ContactMissing,
    Delivery,
    DeliveryBusy,
    DeliveryRecord,
    DeliveryState,
    Failure,
    Language,
    Lease,
    Template,
)
from shared import outbox
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Index, Schema

CONTACTS: Final = "contacts"
DELIVERIES: Final = "deliveries"

SCHEMA: Final = Schema(
    collections=(CONTACTS, DELIVERIES, outbox.COLLECTION),
    indexes=(
        *outbox.INDEXES,
        Index(CONTACTS, (("dossier_ids", 1),)),
        Index(DELIVERIES, (("finished_at", 1),), expire_after_seconds=outbox.KEEP_DAYS * 86_400),
    ),
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

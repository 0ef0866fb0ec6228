"""Webhooks in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.webhooks import DisabledBecause, Endpoint, EndpointSecret
from services.payments.storage import webhook_deliveries
from shared.mongo import Database, Document, Session

COLLECTION: Final = "webhooks"


class MongoWebhooks:
    """One document per endpoint."""

    def __init__(self, database: Database) -> None:
        self._webhooks = database.collection(COLLECTION)
        self._deliveries = database.collection(webhook_deliveries.COLLECTION)

    async def add(self, endpoint: Endpoint, *, session: Session | None) -> None:
        await self._webhooks.insert_one(_document(endpoint), session=session)

    async def get(self, endpoint_id: str, *, session: Session | None) -> Endpoint | None:
        document = await self._webhooks.find_one({"_id": endpoint_id}, session=session)
        return None if document is None else _endpoint(document)

    async def list_all(self) -> Sequence[Endpoint]:
        return [_endpoint(document) for document in await self._webhooks.find({}, sort=[("created_at", 1), ("_id", 1)])]

    async def change(
        self, endpoint_id: str, *, url: str, types: tuple[str, ...], description: str, session: Session | None
    ) -> None:
        changed = {"url": url, "types": list(types), "description": description}
        await self._webhooks.update_one({"_id": endpoint_id}, {"$set": changed}, session=session)

    async def set_secrets(
        self, endpoint_id: str, secrets: Sequence[EndpointSecret], *, session: Session | None
    ) -> None:
        documents = [_secret_document(secret) for secret in secrets]
        await self._webhooks.update_one({"_id": endpoint_id}, {"$set": {"secrets": documents}}, session=session)

    async def enable(self, endpoint_id: str, *, session: Session | None) -> None:
        cleared = {"failing_since": None, "disabled_at": None, "disabled_because": None}
        await self._webhooks.update_one({"_id": endpoint_id}, {"$set": cleared}, session=session)

    async def disable(
        self, endpoint_id: str, *, because: DisabledBecause, at: datetime, session: Session | None
    ) -> bool:
        return await self._webhooks.update_one(
            {"_id": endpoint_id, "disabled_at": None},
            {"$set": {"disabled_at": at, "disabled_because": because}},
            session=session,
        )

    async def note_failure(self, endpoint_id: str, *, at: datetime) -> datetime:
        await self._webhooks.update_one({"_id": endpoint_id, "failing_since": None}, {"$set": {"failing_since": at}})
        document = await self._webhooks.find_one({"_id": endpoint_id}, projection={"failing_since": 1})
        first: datetime | None = None if document is None else document["failing_since"]
        return first or at

    async def note_success(self, endpoint_id: str) -> None:
        await self._webhooks.update_one(
            {"_id": endpoint_id, "failing_since": {"$ne": None}}, {"$set": {"failing_since": None}}
        )

    async def remove(self, endpoint_id: str, *, session: Session | None) -> None:
        if not await self._webhooks.delete_one({"_id": endpoint_id}, session=session):
            raise ChangedMeanwhile("webhook")
        await self._deliveries.delete_many({"endpoint_id": endpoint_id}, session=session)


def _document(endpoint: Endpoint) -> Document:
    return {
        "_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "description": endpoint.description,
        "created_by": endpoint.created_by,
        "created_at": endpoint.created_at,
        "position": endpoint.position,
        "secrets": [_secret_document(secret) for secret in endpoint.secrets],
        "failing_since": endpoint.failing_since,
        "disabled_at": endpoint.disabled_at,
        "disabled_because": endpoint.disabled_because,
    }


def _secret_document(secret: EndpointSecret) -> Document:
    return {"sealed": secret.sealed, "created_at": secret.created_at, "expires_at": secret.expires_at}


def _endpoint(document: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        endpoint_id=document["_id"],
        url=document["url"],
        types=tuple(document["types"]),
        description=document["description"],
        created_by=document["created_by"],
        created_at=document["created_at"],
        position=document["position"],
        secrets=tuple(
            EndpointSecret(sealed=one["sealed"], created_at=one["created_at"], expires_at=one["expires_at"])
            for one in document["secrets"]
        ),
        failing_since=document["failing_since"],
        disabled_at=document["disabled_at"],
        disabled_because=document["disabled_because"],
    )

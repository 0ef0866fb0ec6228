"""Machine clients in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from services.identity.domain.clients import Client, ClientSecret
from services.identity.domain.safeguard_errors import ClientChangedError
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

CLIENTS: Final = "clients"

SCHEMA: Final = Schema(collections=(CLIENTS,), indexes=(Index(CLIENTS, (("provider_id", 1),)),))


class MongoClients:
    """Machine clients."""

    def __init__(self, database: Database) -> None:
        self._clients = database.collection(CLIENTS)

    async def get(self, client_id: str, *, session: Session | None = None) -> Client | None:
        found = await self._clients.find_one({"_id": client_id}, session=session)
        return None if found is None else _client(found)

    async def list_all(self) -> Sequence[Client]:
        return [_client(found) for found in await self._clients.find({}, sort=[("created_at", 1), ("_id", 1)])]

    async def add(self, client: Client, *, session: Session | None = None) -> None:
        await self._clients.insert_one(_client_document(client), session=session)

    async def save(self, client: Client, *, session: Session | None = None) -> None:
        document = _client_document(replace(client, version=client.version + 1))
        query = {"_id": client.client_id, "version": client.version}
        if not await self._clients.replace_one(query, document, session=session):
            raise ClientChangedError


def _client_document(client: Client) -> Document:
    return {
        "_id": client.client_id,
        "name": client.name,
        "scopes": list(client.scopes),
        "secrets": [
            {"digest": secret.digest, "created_at": secret.created_at, "expires_at": secret.expires_at}
            for secret in client.secrets
        ],
        "created_at": client.created_at,
        "provider_id": client.provider_id,
        "disabled_at": client.disabled_at,
        "version": client.version,
    }


def _client(document: Mapping[str, Any]) -> Client:
    return Client(
        client_id=document["_id"],
        name=document["name"],
        scopes=tuple(document["scopes"]),
        secrets=tuple(ClientSecret(**secret) for secret in document["secrets"]),
        created_at=document["created_at"],
        provider_id=document["provider_id"],
        disabled_at=document["disabled_at"],
        version=document["version"],
    )

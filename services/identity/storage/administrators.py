"""Administrator security in MongoDB: one credential per provider."""

from typing import Final

from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.attempts import Attempts
from services.identity.domain.safeguard_errors import AdministratorChangedError
from shared.mongo import Database, Document, Session
from shared.schema import Schema

ADMINISTRATORS: Final = "administrator_credentials"

SCHEMA: Final = Schema(collections=(ADMINISTRATORS,))


class MongoAdministrators:
    """``AdministratorRepository``."""

    def __init__(self, database: Database) -> None:
        self._administrators = database.collection(ADMINISTRATORS)

    async def get(self, provider_id: str, *, session: Session | None = None) -> AdministratorCredential | None:
        found = await self._administrators.find_one({"_id": provider_id}, session=session)
        return None if found is None else _credential(found)

    async def save(self, credential: AdministratorCredential, *, session: Session | None = None) -> None:
        document = _document(credential)
        query = {"_id": credential.provider_id, "version": credential.version - 1}
        if credential.version == 1:
            await self._administrators.insert_one(document, session=session)
        elif not await self._administrators.replace_one(query, document, session=session):
            raise AdministratorChangedError

    async def set_attempts(
        self, provider_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        query = {"_id": provider_id, "misses": known.misses, "blocked_until": known.blocked_until}
        changes = {"misses": attempts.misses, "blocked_until": attempts.blocked_until}
        return await self._administrators.update_one(query, {"$set": changes}, session=session)


def _document(credential: AdministratorCredential) -> Document:
    return {
        "_id": credential.provider_id,
        "email": credential.email,
        "language": credential.language,
        "password": credential.password,
        "answers": [{"question": question, "hash": encoded} for question, encoded in credential.answers],
        "version": credential.version,
        "changed_by": credential.changed_by,
        "changed_at": credential.changed_at,
        "misses": credential.misses,
        "blocked_until": credential.blocked_until,
    }


def _credential(document: Document) -> AdministratorCredential:
    return AdministratorCredential(
        provider_id=document["_id"],
        email=document["email"],
        language=document["language"],
        password=document["password"],
        answers=tuple((answer["question"], answer["hash"]) for answer in document["answers"]),
        version=document["version"],
        changed_by=document["changed_by"],
        changed_at=document["changed_at"],
        misses=document["misses"],
        blocked_until=document["blocked_until"],
    )

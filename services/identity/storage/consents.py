"""Consents in MongoDB: written once, never changed."""

from collections.abc import Sequence
from typing import Final

from services.identity.domain.consents import Consent
from shared.mongo import Database, Session
from shared.schema import Index, Schema

CONSENTS: Final = "consents"

SCHEMA: Final = Schema(
    collections=(), indexes=(Index(CONSENTS, (("account_id", 1), ("accepted_at", 1))),), append_only=(CONSENTS,)
)


class MongoConsents:
    """Who accepted what."""

    def __init__(self, database: Database) -> None:
        self._consents = database.collection(CONSENTS)

    async def add(self, consent: Consent, *, session: Session | None = None) -> None:
        await self._consents.insert_one(
            {
                "_id": f"{consent.account_id}:{consent.terms_id}:{consent.version}",
                "account_id": consent.account_id,
                "terms_id": consent.terms_id,
                "version": consent.version,
                "language": consent.language,
                "accepted_at": consent.accepted_at,
            },
            session=session,
        )

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Consent]:
        found = await self._consents.find({"account_id": account_id}, sort=[("accepted_at", 1)], session=session)
        return [
            Consent(
                account_id=row["account_id"],
                terms_id=row["terms_id"],
                version=row["version"],
                language=row["language"],
                accepted_at=row["accepted_at"],
            )
            for row in found
        ]

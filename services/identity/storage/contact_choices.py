"""Chosen contact addresses in MongoDB."""

from typing import Final

from services.identity.domain.contact_choices import ContactChoice
from shared.mongo import Database, Session
from shared.schema import Schema

CHOICES: Final = "contact_choices"

SCHEMA: Final = Schema(collections=(CHOICES,))


class MongoContactChoices:
    """One document per account."""

    def __init__(self, database: Database) -> None:
        self._choices = database.collection(CHOICES)

    async def get(self, account_id: str, *, session: Session | None = None) -> ContactChoice | None:
        found = await self._choices.find_one({"_id": account_id}, session=session)
        if found is None:
            return None
        return ContactChoice(
            account_id=found["_id"],
            email=found["email"],
            consented_at=found["consented_at"],
            pending=found["pending"],
            pending_key=found["pending_key"],
            changed_at=found["changed_at"],
        )

    async def put(self, choice: ContactChoice, *, session: Session | None = None) -> None:
        document = {
            "_id": choice.account_id,
            "email": choice.email,
            "consented_at": choice.consented_at,
            "pending": choice.pending,
            "pending_key": choice.pending_key,
            "changed_at": choice.changed_at,
        }
        await self._choices.replace_one({"_id": choice.account_id}, document, upsert=True, session=session)

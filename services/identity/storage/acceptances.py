"""Who accepted which terms, in MongoDB: only ever added to."""

from collections.abc import Sequence
from typing import Final

from services.identity.domain.terms import Acceptance
from shared.mongo import Database, Session
from shared.schema import Index, Schema

ACCEPTANCES: Final = "terms_acceptances"

SCHEMA: Final = Schema(collections=(), indexes=(Index(ACCEPTANCES, (("account_id", 1),)),), append_only=(ACCEPTANCES,))


class MongoAcceptances:
    """A version is accepted once: its ``_id`` is made of account, terms and version."""

    def __init__(self, database: Database) -> None:
        self._acceptances = database.collection(ACCEPTANCES)

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Acceptance]:
        found = await self._acceptances.find({"account_id": account_id}, session=session)
        return [
            Acceptance(
                account_id=row["account_id"],
                terms_id=row["terms_id"],
                version=row["version"],
                language=row["language"],
                accepted_at=row["accepted_at"],
            )
            for row in found
        ]

    async def add(self, acceptance: Acceptance, *, session: Session | None = None) -> None:
        document = {
            "_id": f"{acceptance.account_id}|{acceptance.terms_id}|{acceptance.version}",
            "account_id": acceptance.account_id,
            "terms_id": acceptance.terms_id,
            "version": acceptance.version,
            "language": acceptance.language,
            "accepted_at": acceptance.accepted_at,
        }
        await self._acceptances.insert_one(document, session=session)

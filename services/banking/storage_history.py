"""The history of bank details in MongoDB: the service may add to it and read it, nothing else."""

from typing import Final

from services.banking.domain.history import HistoryEntry, HistoryKind
from shared.mongo import Database, Session
from shared.schema import Index, Schema

HISTORY: Final = "account_history"

SCHEMA: Final = Schema(
    collections=(), append_only=(HISTORY,), indexes=(Index(HISTORY, (("payee_id", 1), ("at", -1), ("_id", -1))),)
)


class MongoHistory:
    """``HistoryRepository``; ``MongoAccounts`` records, in the transaction of the account itself."""

    def __init__(self, database: Database) -> None:
        self._history = database.collection(HISTORY)

    async def record(self, entry: HistoryEntry, *, session: Session | None = None) -> None:
        """Keep one entry for ever."""
        document = {
            "payee_id": entry.payee_id,
            "kind": entry.kind.value,
            "at": entry.at,
            "by": entry.by,
            "account_ending": entry.account_ending,
            "version": entry.version,
        }
        await self._history.insert_one(document, session=session)

    async def list_for(self, payee_id: str) -> tuple[HistoryEntry, ...]:
        """See ``HistoryRepository``."""
        rows = await self._history.find({"payee_id": payee_id}, sort=[("at", -1), ("_id", -1)])
        return tuple(
            HistoryEntry(
                payee_id=row["payee_id"],
                kind=HistoryKind(row["kind"]),
                at=row["at"],
                by=row["by"],
                account_ending=row["account_ending"],
                version=row["version"],
            )
            for row in rows
        )

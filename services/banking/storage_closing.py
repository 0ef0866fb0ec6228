"""What closing a direct deposit touches besides the account: the data key, and files that still need it."""

from services.banking.domain.deposit_file import FileState
from services.banking.storage import DEPOSIT_FILES, DEPOSIT_ITEMS, KEY_VAULT
from shared.mongo import Database, Session


class MongoDataKeys:
    """``DataKeys``: the key vault as a collection, so that a key can go in the transaction of its account."""

    def __init__(self, database: Database) -> None:
        self._keys = database.collection(KEY_VAULT)

    async def erase(self, payee_id: str, *, session: Session | None = None) -> None:
        """See ``DataKeys``."""
        await self._keys.delete_one({"keyAltNames": payee_id}, session=session)


class MongoFilesUnderWay:
    """``FilesUnderWay``."""

    def __init__(self, database: Database) -> None:
        self._files = database.collection(DEPOSIT_FILES)
        self._items = database.collection(DEPOSIT_ITEMS)

    async def names(self, payee_id: str, *, session: Session | None = None) -> bool:
        """See ``FilesUnderWay``: the files that are under way are few."""
        states = [FileState.RESERVED.value, FileState.WRITTEN.value]
        files = await self._files.find({"state": {"$in": states}}, projection={"_id": 1}, session=session)
        query = {"run_id": {"$in": [row["_id"] for row in files]}, "payee_id": payee_id}
        return await self._items.find_one(query, projection={"_id": 1}, session=session) is not None

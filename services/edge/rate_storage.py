"""Where the library ``limits`` keeps its moving windows: a collection of ours.

The MongoDB storage that it brings opens a connection of its own, creates indexes and drops collections. A service's
user may do none of that here, and only ``shared.mongo`` talks to the driver; so this is a storage of ours, with the
same documents and the same conditional update. Losing an entry does no harm: nothing waits for a disk.
"""

from datetime import timedelta
from typing import Any, Final

from limits.aio.storage import MovingWindowSupport, Storage

from shared.clock import Clock
from shared.mongo import Database, DuplicateKey, Unavailable
from shared.schema import Index, Schema

RATES: Final = "rates"
SCHEMA: Final = Schema(collections=(RATES,), indexes=(Index(RATES, (("purge_at", 1),), expire_after_seconds=0),))
_TRIES: Final = 5


class WindowStorage(Storage, MovingWindowSupport):
    """What every storage here is: moving windows only, by our clock."""

    STORAGE_SCHEME = None

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong below."""
        return Unavailable

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not for moving windows."""
        raise NotImplementedError

    async def get(self, key: str) -> int:
        """Not for moving windows."""
        raise NotImplementedError

    async def get_expiry(self, key: str) -> float:
        """Not for moving windows."""
        raise NotImplementedError

    async def check(self) -> bool:
        """The service's readiness looks at the database itself."""
        return True

    async def reset(self) -> int | None:
        """Nobody forgets everything at once."""
        raise NotImplementedError


class MongoWindows(WindowStorage):
    """Moving windows in MongoDB: one document per key with its latest entries (epoch seconds), the newest first."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__()
        self._rates = database.hints(RATES)
        self._clock = clock

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add ``amount`` entries unless there would be more than ``limit`` in the window then."""
        now = self._clock()
        at = now.timestamp()
        query = {"_id": key, f"entries.{limit - amount}": {"$not": {"$gt": at - expiry}}}
        update = {
            "$push": {"entries": {"$each": [at] * amount, "$position": 0, "$slice": limit}},
            "$max": {"purge_at": now + timedelta(seconds=expiry)},
        }
        for _ in range(_TRIES):
            try:
                return await self._rates.update_one(query, update, upsert=True)
            except DuplicateKey:  # there is a document and it did not match; or another request just made it
                _, entries = await self.get_moving_window(key, limit, expiry)
                if entries + amount > limit:
                    return False
        return False

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The oldest entry in the window, and how many there are."""
        now = self._clock().timestamp()
        document: dict[str, Any] = await self._rates.find_one({"_id": key}) or {}
        inside = [entry for entry in document.get("entries", ())[:limit] if entry > now - expiry]
        return (min(inside, default=now), len(inside))

    async def clear(self, key: str) -> None:
        """Forget a key."""
        await self._rates.delete_one({"_id": key})

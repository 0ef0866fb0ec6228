"""The mails that this process is sending now, so that nobody else sends them as well."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from services.notification.domain import Lease
from services.notification.ports import Deliveries, Pause
from shared.clock import Clock, IdMaker, new_id

LEASE: Final = timedelta(seconds=10)
"""How long a mail waits when the process that was sending it is killed."""


class Leases:
    """Makes leases and renews those in use; a slow mail server may take longer than one lease lasts."""

    def __init__(
        self, deliveries: Deliveries, *, clock: Clock, ids: IdMaker = new_id, pause: Pause = asyncio.sleep
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._pause = pause
        self._token = ids()
        self._held: set[str] = set()

    def new(self) -> Lease:
        """A lease of this process from now on."""
        now = self._clock()
        return Lease(self._token, now, now + LEASE)

    @contextmanager
    def holding(self, delivery_id: str) -> Iterator[None]:
        """Keep the lease on a mail alive meanwhile."""
        self._held.add(delivery_id)
        try:
            yield
        finally:
            self._held.discard(delivery_id)

    async def keep(self) -> None:
        """Renew for ever, three times within the life of a lease."""
        while True:
            await self._pause(LEASE.total_seconds() / 3)
            await self.renew()

    async def renew(self) -> None:
        """Renew the leases in use."""
        if self._held:
            await self._deliveries.renew(frozenset(self._held), self.new())

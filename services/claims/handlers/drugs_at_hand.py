"""The present drug list in this process, so that neither a search nor a decision asks the database.

Some megabytes and a second of work for each version. What is at hand is replaced when another version has taken
its place in the database, which is looked at every few seconds; until then, and while the database is away, the one
before answers.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.claims.domain.circumstances import DrugFacts
from services.claims.domain.drug_search import DrugSearch
from services.claims.domain.drugs import ListInfo
from services.claims.handlers.ports_drugs import DrugRepository
from shared.errors import Transient
from shared.telemetry import logger

LOOK_EVERY_SECONDS: Final = 2.0


class DrugListChanging(Transient):
    """A version was taken away while it was read: another is the present one."""

    def __init__(self) -> None:
        super().__init__("claims.drug_list_changing")


@dataclass(frozen=True, slots=True)
class Held:
    """A version of the list with its index."""

    info: ListInfo
    search: DrugSearch


class DrugsAtHand:
    """Holds the present version; a ``DrugLookup`` for adjudication."""

    def __init__(self, drugs: DrugRepository, *, look_every_seconds: float = LOOK_EVERY_SECONDS) -> None:
        self._drugs = drugs
        self._look_every_seconds = look_every_seconds
        self._looking = asyncio.Lock()
        self._looked = False
        self._held: Held | None = None

    async def held(self) -> Held | None:
        """The version at hand; nothing while no list was ever loaded.

        Raises:
            Transient: it is asked for before it could be read for the first time.
        """
        if not self._looked:
            await self._first_look()
        return self._held

    async def get_many(self, dins: Collection[str]) -> Mapping[str, DrugFacts]:
        """What adjudication needs of those of the DINs that the list has."""
        held = await self.held() if dins else None
        if held is None:
            return {}
        found = {din: held.search.get(din) for din in dins}
        return {din: drug.facts() for din, drug in found.items() if drug is not None}

    async def look(self) -> None:
        """Take the present version to hand, unless it is already.

        Raises:
            Transient: the database does not answer, or the version changes at this moment.
        """
        async with self._looking:
            await self._look()

    async def watch(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            try:
                await self.look()
            except Transient as error:
                logger().warning("drug_list_not_looked_at", code=error.code)
            await asyncio.sleep(self._look_every_seconds)

    async def _first_look(self) -> None:
        async with self._looking:
            if not self._looked:
                await self._look()

    async def _look(self) -> None:
        info = await self._drugs.current()
        if info is not None and (self._held is None or self._held.info.version != info.version):
            drugs = [drug async for drug in self._drugs.drugs_of(info.version)]
            if len(drugs) != info.products:
                raise DrugListChanging
            self._held = Held(info, await asyncio.to_thread(DrugSearch, drugs))
            logger().info("drug_list_at_hand", version=info.version, products=info.products)
        self._looked = True

"""What every storage of the drug list does alike: on memory in the unit tests, on MongoDB in the integration tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.claims.domain.drugs import ListInfo, ListStatus
from services.claims.handlers.ports_drugs import DrugRepository, DrugUploadRepository
from shared.clock import new_id
from shared.mongo import DuplicateKey, Session
from tests.support.drug_extracts import BY_NAME, METFORMIN, drugs, product

AT = datetime(2026, 6, 15, 13, 0, 0, 7_000, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class DrugStores:
    """The repositories, and how to run a transaction over them."""

    drugs: DrugRepository
    uploads: DrugUploadRepository
    transaction: Callable[[Callable[[Session | None], Awaitable[Any]]], Awaitable[Any]]

    async def switch(self, info: ListInfo, *, replaces: str | None) -> bool:
        async def work(session: Session | None) -> bool:
            return await self.drugs.switch(info, replaces=replaces, session=session)

        return bool(await self.transaction(work))


def info(version: str = "", **overrides: Any) -> ListInfo:
    fields: dict[str, Any] = {
        "version": version or new_id(),
        "digest": "a" * 64,
        "status": ListStatus.MARKETED,
        "extracted_on": date(2026, 4, 1),
        "loaded_at": AT,
        "products": 2,
        "skipped": 3,
        "bad_rows": 1,
    }
    return ListInfo(**{**fields, **overrides})


@pytest.mark.req("COV-4")
class DrugRepositoryContract:
    async def test_products_come_back_as_they_were(self, stores: DrugStores) -> None:
        parts = ((METFORMIN, "500"), (BY_NAME["AMOXICILLIN"], "125"))
        written = drugs(
            product("MÉTRIOL", *parts, name_fr="Métriol", biosimilar=True, descriptor="VIAL"),
            product("PLAIN", package=""),
        )
        await stores.drugs.add("v1", written, now=AT)
        found = [drug async for drug in stores.drugs.drugs_of("v1")]
        assert sorted(found, key=lambda drug: drug.din) == list(written)
        assert [drug async for drug in stores.drugs.drugs_of("v2")] == []

    async def test_a_version_is_written_once(self, stores: DrugStores) -> None:
        await stores.drugs.add("v1", drugs(product()), now=AT)
        with pytest.raises(DuplicateKey):
            await stores.drugs.add("v1", drugs(product()), now=AT)

    async def test_the_first_list_replaces_nothing_and_the_next_one_exactly_it(self, stores: DrugStores) -> None:
        first, second, late = info(), info(), info()
        assert await stores.drugs.current() is None
        assert not await stores.switch(first, replaces="another")
        assert await stores.switch(first, replaces=None)
        assert await stores.drugs.current() == first
        assert not await stores.switch(late, replaces=None)
        assert await stores.switch(second, replaces=first.version)
        assert not await stores.switch(late, replaces=first.version)
        assert await stores.drugs.current() == second

    async def test_what_is_old_and_not_present_is_taken_away(self, stores: DrugStores) -> None:
        for version, age in (("present", 5), ("old", 4), ("young", 0)):
            await stores.drugs.add(version, drugs(product()), now=AT - age * HOUR)
        await stores.switch(info("present"), replaces=None)

        await stores.drugs.discard_old(before=AT - HOUR)

        counts = {name: len([1 async for _ in stores.drugs.drugs_of(name)]) for name in ("present", "old", "young")}
        assert counts == {"present": 1, "old": 0, "young": 1}

    async def test_a_version_that_is_discarded_leaves_the_others(self, stores: DrugStores) -> None:
        for version in ("v1", "v2"):
            await stores.drugs.add(version, drugs(product()), now=AT)
        await stores.drugs.discard("v1")
        await stores.drugs.discard("v1")
        assert [1 async for _ in stores.drugs.drugs_of("v1")] == []
        assert [1 async for _ in stores.drugs.drugs_of("v2")] == [1]

    async def test_slices_come_back_in_order_and_for_their_account_only(self, stores: DrugStores) -> None:
        for position, data in ((1, b"two"), (0, b"one"), (1, b"two")):
            await stores.uploads.put("u1", position, data, account_id="agent-1", now=AT)
        await stores.uploads.put("u2", 0, b"other", account_id="agent-1", now=AT)
        assert list(await stores.uploads.load("u1", account_id="agent-1")) == [b"one", b"two"]
        assert list(await stores.uploads.load("u1", account_id="agent-2")) == []
        assert list(await stores.uploads.load("u3", account_id="agent-1")) == []

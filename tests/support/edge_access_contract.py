"""What every storage of denials, devices, activities and suspicions must do; in memory and on MongoDB the same."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.edge.access_storage import ACTIVITIES_KEPT
from services.edge.auth.records import Denial, DeviceRecord, Place
from services.edge.auth.sharing import Activity, Signal, Suspicion
from services.edge.ports import ActivityRepository, DenialRepository, DeviceRepository, SuspicionRepository
from shared.clock import new_id, utc_now

MINUTE = timedelta(minutes=1)
NOW = utc_now()
"""The present: MongoDB removes what is over by its own clock."""


def device(**changes: object) -> DeviceRecord:
    values: dict[str, object] = {
        "device_id": new_id(),
        "account_id": "1",
        "browser": "Firefox, Windows",
        "network": "203.0.113.0/24",
        "first_seen": NOW,
        "last_seen": NOW,
        "places": (Place("203.0.113.0/24", NOW), Place("198.51.100.0/24", NOW - MINUTE)),
        **changes,
    }
    return DeviceRecord(**values)  # type: ignore[arg-type]


def suspicion(**changes: object) -> Suspicion:
    values: dict[str, object] = {
        "suspicion_id": new_id(),
        "account_id": "1",
        "at": NOW,
        "signals": (Signal.OVERLAP, Signal.NETWORK_JUMP),
        "devices": ("a", "b"),
        "key_digest": new_id(),
        **changes,
    }
    return Suspicion(**values)  # type: ignore[arg-type]


class DenialRepositoryContract:
    @pytest.fixture
    async def denials(self) -> DenialRepository:
        raise NotImplementedError

    async def test_denials_come_back_since_they_were_written(self, denials: DenialRepository) -> None:
        old = Denial(session_id="s", at=NOW - MINUTE, until=NOW + 10 * MINUTE)
        new = Denial(account_id="a", before=NOW, at=NOW, until=NOW + 10 * MINUTE)
        over = Denial(session_id="t", at=NOW - 20 * MINUTE, until=NOW - MINUTE)
        for each in (old, new, over):
            await denials.add(each)

        assert await denials.list_since(NOW, now=NOW) == [new]
        everything = await denials.list_since(None, now=NOW)
        assert sorted(everything, key=lambda each: each.at) == [old, new]

    @pytest.mark.req("D5")
    async def test_of_several_changes_of_an_account_the_latest_counts_in_any_order(
        self, denials: DenialRepository
    ) -> None:
        def changed(minutes: int) -> Denial:
            at = NOW + minutes * MINUTE
            return Denial(account_id="a", before=at, at=at, until=at + 10 * MINUTE)

        await asyncio.gather(*(denials.add(changed(minutes)) for minutes in (2, 1, 5, 3)))

        assert await denials.list_since(None, now=NOW) == [changed(5)]


class DeviceRepositoryContract:
    @pytest.fixture
    async def devices(self) -> DeviceRepository:
        raise NotImplementedError

    @pytest.mark.req("LOG-10")
    async def test_devices_are_kept_by_account_the_latest_first(self, devices: DeviceRepository) -> None:
        old, new = device(), device(last_seen=NOW + MINUTE)
        same_browser = device(device_id=old.device_id, account_id="2")
        for row in (old, new, same_browser):
            await devices.save(row)

        assert await devices.list_by_account("1") == [new, old]
        assert await devices.get("2", old.device_id) == same_browser
        assert await devices.get("2", new.device_id) is None

    async def test_a_device_seen_again_is_one_device(self, devices: DeviceRepository) -> None:
        first = device()
        again = replace(first, last_seen=NOW + MINUTE, network="198.51.100.0/24", vouched_at=NOW)
        await devices.save(first)
        await devices.save(again)

        assert await devices.list_by_account("1") == [again]

    @pytest.mark.req("LOG-11", "K10")
    async def test_k10_a_device_is_known_where_its_account_signed_in(self, devices: DeviceRepository) -> None:
        row = device(subject="of-alice")
        await devices.save(row)
        assert await devices.is_known(row.device_id, "of-alice")
        assert not await devices.is_known(row.device_id, "of-bob")
        assert not await devices.is_known("another", "of-alice")

    async def test_a_forgotten_device_is_gone(self, devices: DeviceRepository) -> None:
        row = device()
        await devices.save(row)

        assert await devices.delete("1", row.device_id)
        assert not await devices.delete("1", row.device_id)
        assert await devices.list_by_account("1") == []


class ActivityRepositoryContract:
    @pytest.fixture
    async def activities(self) -> ActivityRepository:
        raise NotImplementedError

    @pytest.mark.req("LOG-8")
    async def test_the_latest_activities_of_an_account_are_kept_in_order(self, activities: ActivityRepository) -> None:
        def used(number: int) -> Activity:
            return Activity(at=NOW + number * MINUTE, device_id=f"{number}", network="home")

        await activities.note("2", used(0))
        for number in range(ACTIVITIES_KEPT + 3):
            kept = await activities.note("1", used(number))

        assert list(kept) == [used(number) for number in range(3, ACTIVITIES_KEPT + 3)]

    async def test_activities_at_once_are_all_noted(self, activities: ActivityRepository) -> None:
        used = [Activity(at=NOW, device_id=f"{number}", network="home") for number in range(10)]

        seen = await asyncio.gather(*(activities.note("1", each) for each in used))

        assert sorted(len(each) for each in seen) == list(range(1, 11))


class SuspicionRepositoryContract:
    @pytest.fixture
    async def suspicions(self) -> SuspicionRepository:
        raise NotImplementedError

    @pytest.mark.req("LOG-8")
    async def test_the_latest_of_an_account_within_a_time_is_found(self, suspicions: SuspicionRepository) -> None:
        old, new = suspicion(at=NOW - 10 * MINUTE), suspicion()
        for row in (new, old, suspicion(account_id="2", at=NOW + MINUTE)):
            await suspicions.save(row)

        assert await suspicions.latest("1", since=NOW - 30 * MINUTE) == new
        assert await suspicions.latest("1", since=NOW + MINUTE) is None

    async def test_a_suspicion_is_found_by_the_key_in_its_mail_and_changes(
        self, suspicions: SuspicionRepository
    ) -> None:
        row = suspicion()
        await suspicions.save(row)
        answered = replace(row, answer="no", answered_at=NOW + MINUTE, cleared=("a",))
        await suspicions.save(answered)

        assert await suspicions.get_by_key(row.key_digest) == answered
        assert await suspicions.get_by_key("another") is None

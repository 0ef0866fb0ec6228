"""What every implementation of the audit's and the clients' repositories promises: in memory, and on MongoDB."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.identity.domain.audit import Act, Entry, Head, appended, closing, start_of
from services.identity.domain.clients import Client, ClientSecret
from services.identity.domain.safeguard_errors import ClientChangedError
from services.identity.ports import ActFilter, AuditRepository, ClientRepository, HeadRepository
from shared.clock import new_id
from shared.mongo import DuplicateKey

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 17, 0, 0, 123_000, tzinfo=UTC)


def an_act(**overrides: Any) -> Act:
    values: dict[str, Any] = {
        "event_id": new_id(),
        "source": "identity",
        "act": "user_created",
        "result": "success",
        "account_id": new_id(),
        "on_behalf_of": None,
        "about": new_id(),
        "correlation_id": new_id(),
        "occurred_at": NOON,
        "details": {"what": "été", "n": "3"},
    }
    return Act(**(values | overrides))


def chain(*acts: Act, day: date = DAY) -> list[Entry]:
    tail, entries = start_of(day), []
    for act in acts:
        entries.append(appended(tail, act, now=NOON))
        tail = entries[-1].tail
    return entries


async def on(audit: AuditRepository, day: date) -> list[Entry]:
    return [entry async for entry in audit.entries_of(day)]


class AuditRepositoryPromises:
    @pytest.mark.req("OPS-7", "U1")
    async def test_entries_come_back_as_they_were_added_and_in_their_order(self, audit: AuditRepository) -> None:
        today, tomorrow = chain(an_act(), an_act(), an_act()), chain(an_act(), day=DAY + timedelta(days=1))
        await audit.add(today[:2])
        await audit.add([*today[2:], *tomorrow])
        assert await on(audit, DAY) == today
        assert await on(audit, DAY + timedelta(days=1)) == tomorrow
        assert await audit.tail(DAY) == today[-1].tail
        assert await audit.first_day() == DAY

    async def test_a_day_without_entries_has_a_beginning_of_its_own(self, audit: AuditRepository) -> None:
        assert await audit.first_day() is None
        assert await audit.tail(DAY) == start_of(DAY) != start_of(DAY + timedelta(days=1))
        assert await on(audit, DAY) == []

    async def test_the_tail_of_a_closed_day_says_so(self, audit: AuditRepository) -> None:
        entries = chain(an_act())
        await audit.add([*entries, closing(entries[-1].tail, event_id=new_id(), now=NOON)])
        assert (await audit.tail(DAY)).closed

    @pytest.mark.req("OPS-7", "U3")
    async def test_a_place_is_taken_once(self, audit: AuditRepository) -> None:
        await audit.add(chain(an_act()))
        with pytest.raises(DuplicateKey):
            await audit.add(chain(an_act()))

    async def test_events_that_are_recorded_are_known(self, audit: AuditRepository) -> None:
        act, other = an_act(), new_id()
        await audit.add(chain(act))
        assert await audit.known([act.event_id, other]) == {act.event_id}

    async def test_acts_are_found_by_whom_they_concern(self, audit: AuditRepository) -> None:
        me, provider = new_id(), new_id()
        mine, about_me = an_act(account_id=me), an_act(about=me)
        for_provider, strange = an_act(on_behalf_of=provider), an_act()
        await audit.add(chain(mine, about_me, for_provider, strange))

        async def found(wanted: ActFilter) -> list[str]:
            return [entry.act.event_id for entry in await audit.search(wanted, before=None, limit=10)]

        ids = {"mine": mine.event_id, "about": about_me.event_id, "for": for_provider.event_id}
        assert await found(ActFilter(concerning=(me,))) == [ids["about"], ids["mine"]]
        assert await found(ActFilter(concerning=(me,), behalf_of=provider)) == [ids["for"], ids["about"], ids["mine"]]
        assert await found(ActFilter(account_id=provider)) == [ids["for"]]
        assert await found(ActFilter(about=me)) == [ids["about"]]
        assert await found(ActFilter(account_id=me, about=me)) == []
        assert len(await found(ActFilter())) == 4

    async def test_acts_are_found_by_name_and_day_in_pages(self, audit: AuditRepository) -> None:
        days = [DAY + timedelta(days=number) for number in range(3)]
        for day in days:
            await audit.add(chain(an_act(), an_act(act="sensitive_read"), day=day))
        reads = await audit.search(ActFilter(act="sensitive_read"), before=None, limit=10)
        assert [entry.day for entry in reads] == days[::-1]
        between = await audit.search(ActFilter(since=days[1], until=days[1]), before=None, limit=10)
        assert [(entry.day, entry.seq) for entry in between] == [(days[1], 2), (days[1], 1)]
        rest = await audit.search(ActFilter(), before=between[0].position, limit=2)
        assert [(entry.day, entry.seq) for entry in rest] == [(days[1], 1), (days[0], 2)]


def a_head(day: date = DAY, **overrides: Any) -> Head:
    values: dict[str, Any] = {"day": day, "entries": 3, "last": "a" * 64, "previous": "b" * 64}
    return Head(**(values | overrides))


class HeadRepositoryPromises:
    @pytest.mark.req("OPS-7", "U3")
    async def test_a_head_comes_back_genuine_and_a_day_has_one(self, heads: HeadRepository) -> None:
        assert await heads.latest() is None
        assert await heads.first_day() is None
        for day in (DAY, DAY + timedelta(days=1)):
            await heads.add(a_head(day))
        found, latest = await heads.get(DAY), await heads.latest()
        assert found is not None
        assert latest is not None
        assert (found.head, found.genuine) == (a_head(), True)
        assert latest.head.day == DAY + timedelta(days=1)
        assert await heads.first_day() == DAY
        with pytest.raises(DuplicateKey):
            await heads.add(a_head(entries=4))


def a_client(**overrides: Any) -> Client:
    values: dict[str, Any] = {
        "client_id": new_id(),
        "name": "Logiciel Dentaplus",
        "scopes": ("payments:read",),
        "secrets": (ClientSecret(digest="d", created_at=NOON, expires_at=NOON + timedelta(days=1)),),
        "created_at": NOON,
        "provider_id": new_id(),
    }
    return Client(**(values | overrides))


class ClientRepositoryPromises:
    @pytest.mark.req("LOG-12")
    async def test_a_client_comes_back_as_it_was_added_and_saved(self, clients: ClientRepository) -> None:
        first, second = a_client(), a_client(created_at=NOON + timedelta(seconds=1), provider_id=None)
        await clients.add(second)
        await clients.add(first)
        assert await clients.list_all() == [first, second]
        changed = first.disabled(NOON)
        await clients.save(changed)
        assert await clients.get(first.client_id) == replace(changed, version=2)
        assert await clients.get(new_id()) is None

    async def test_of_two_changes_to_one_version_the_second_is_refused(self, clients: ClientRepository) -> None:
        client = a_client()
        await clients.add(client)
        await clients.save(client.disabled(NOON))
        with pytest.raises(ClientChangedError):
            await clients.save(client)

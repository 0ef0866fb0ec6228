"""What every storage of the feed and of webhooks does alike: run on memory and on MongoDB."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from services.payments.domain.feed import PublicEvent
from services.payments.domain.webhooks import Attempt, Delivery, Endpoint, EndpointSecret, delivery_of
from services.payments.handlers.ports_subscribers import DeliveryRepository, FeedRepository, WebhookRepository
from shared.clock import new_id

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SENT, SETTLED = "payments.payment_sent.v1", "payments.payment_settled.v1"


class SubscriberStorage(Protocol):
    @property
    def feed(self) -> FeedRepository: ...

    @property
    def webhooks(self) -> WebhookRepository: ...

    @property
    def webhook_deliveries(self) -> DeliveryRepository: ...


def an_event(wire_type: str = SENT, **changes: Any) -> PublicEvent:
    event_id = changes.pop("event_id", new_id())
    return PublicEvent(event_id=event_id, wire_type=wire_type, body=f'{{"id":"{event_id}","type":"{wire_type}"}}')


def an_endpoint(**changes: Any) -> Endpoint:
    values: dict[str, Any] = {
        "endpoint_id": new_id(),
        "url": "https://hooks.example.com/acquit",
        "types": (),
        "description": "Accounting",
        "created_by": "agent-1",
        "created_at": NOW,
        "position": 0,
        "secrets": (EndpointSecret(sealed="sealed", created_at=NOW),),
    }
    return Endpoint(**(values | changes))


async def fanned_out(storage: SubscriberStorage, count: int) -> tuple[Endpoint, list[Delivery]]:
    """An endpoint and its deliveries of so many events."""
    endpoint = an_endpoint(position=await storage.feed.head())
    await storage.webhooks.add(endpoint, session=None)
    await storage.feed.append([an_event() for _ in range(count)], session=None)
    head = await storage.feed.head()
    entries = await storage.feed.list_after(endpoint.position, upto=head, limit=count)
    deliveries = [delivery_of(entry, endpoint, at=NOW) for entry in entries]
    assert await storage.webhook_deliveries.fan_out(endpoint, deliveries, upto=head)
    return endpoint, deliveries


class SubscribersRepositoryContract:
    @pytest.mark.req("SUB-4")
    async def test_events_get_consecutive_positions_in_their_order(self, subscribers: SubscriberStorage) -> None:
        events = [an_event(), an_event(SETTLED), an_event()]
        assert await subscribers.feed.append(events[:2], session=None) == 2
        assert await subscribers.feed.append(events[2:], session=None) == 1
        entries = await subscribers.feed.list_after(0, upto=3, limit=10)
        assert [(entry.position, entry.event) for entry in entries] == list(enumerate(events, start=1))
        assert await subscribers.feed.head() == 3

    @pytest.mark.req("SUB-4")
    async def test_an_event_has_one_position_however_often_it_comes(self, subscribers: SubscriberStorage) -> None:
        first, second = an_event(), an_event()
        await subscribers.feed.append([first, first], session=None)
        assert await subscribers.feed.append([first, second], session=None) == 1
        assert await subscribers.feed.append([first, second], session=None) == 0
        assert [e.event for e in await subscribers.feed.list_after(0, upto=9, limit=9)] == [first, second]

    async def test_the_feed_is_read_behind_a_position_upto_another_and_by_type(
        self, subscribers: SubscriberStorage
    ) -> None:
        await subscribers.feed.append([an_event(kind) for kind in (SENT, SETTLED, SENT, SETTLED)], session=None)

        async def positions(after: int, upto: int, **options: Any) -> list[int]:
            found = await subscribers.feed.list_after(after, upto=upto, **({"limit": 10} | options))
            return [entry.position for entry in found]

        assert await positions(1, 3) == [2, 3]
        assert await positions(0, 4, limit=2) == [1, 2]
        assert await positions(0, 4, wire_type=SETTLED) == [2, 4]
        assert [entry.position for entry in await subscribers.feed.get_many([4, 1])] == [1, 4]

    async def test_endpoints_come_back_as_they_were(self, subscribers: SubscriberStorage) -> None:
        old = EndpointSecret(sealed="old", created_at=NOW, expires_at=LATER)
        first = an_endpoint(types=(SENT,), secrets=(EndpointSecret(sealed="new", created_at=NOW), old))
        second = an_endpoint(created_at=LATER)
        await subscribers.webhooks.add(second, session=None)
        await subscribers.webhooks.add(first, session=None)
        assert list(await subscribers.webhooks.list_all()) == [first, second]
        assert await subscribers.webhooks.get("unknown", session=None) is None

    async def test_every_change_of_an_endpoint_leaves_the_rest_alone(self, subscribers: SubscriberStorage) -> None:
        endpoint = an_endpoint()
        secrets = (EndpointSecret(sealed="other", created_at=LATER),)
        await subscribers.webhooks.add(endpoint, session=None)
        changed: Any = {"url": "https://other.example.com/", "types": (SENT,), "description": ""}
        await subscribers.webhooks.change(endpoint.endpoint_id, session=None, **changed)
        await subscribers.webhooks.set_secrets(endpoint.endpoint_id, secrets, session=None)
        found = await subscribers.webhooks.get(endpoint.endpoint_id, session=None)
        assert found == replace(endpoint, secrets=secrets, **changed)

    @pytest.mark.req("SUB-3")
    async def test_the_first_failure_in_a_row_is_remembered_until_a_success(
        self, subscribers: SubscriberStorage
    ) -> None:
        endpoint = an_endpoint()
        await subscribers.webhooks.add(endpoint, session=None)
        assert await subscribers.webhooks.note_failure(endpoint.endpoint_id, at=NOW) == NOW
        assert await subscribers.webhooks.note_failure(endpoint.endpoint_id, at=LATER) == NOW
        await subscribers.webhooks.note_success(endpoint.endpoint_id)
        assert await subscribers.webhooks.note_failure(endpoint.endpoint_id, at=LATER) == LATER

    @pytest.mark.req("SUB-3")
    async def test_an_endpoint_is_disabled_once_and_enabled_without_failures(
        self, subscribers: SubscriberStorage
    ) -> None:
        endpoint = an_endpoint()
        await subscribers.webhooks.add(endpoint, session=None)
        await subscribers.webhooks.note_failure(endpoint.endpoint_id, at=NOW)
        disabling = {"because": "gone", "at": LATER, "session": None}
        assert await subscribers.webhooks.disable(endpoint.endpoint_id, **disabling)  # type: ignore[arg-type]
        assert not await subscribers.webhooks.disable(endpoint.endpoint_id, **disabling)  # type: ignore[arg-type]
        found = await subscribers.webhooks.get(endpoint.endpoint_id, session=None)
        assert found == replace(endpoint, failing_since=NOW, disabled_at=LATER, disabled_because="gone")
        await subscribers.webhooks.enable(endpoint.endpoint_id, session=None)
        assert await subscribers.webhooks.get(endpoint.endpoint_id, session=None) == endpoint

    @pytest.mark.req("SUB-3")
    async def test_two_that_fan_out_at_once_make_each_delivery_once(self, subscribers: SubscriberStorage) -> None:
        endpoint, deliveries = await fanned_out(subscribers, 3)
        assert not await subscribers.webhook_deliveries.fan_out(endpoint, deliveries, upto=3)
        assert await subscribers.webhook_deliveries.count_pending(endpoint.endpoint_id) == 3

    @pytest.mark.req("SUB-3")
    async def test_a_lease_is_one_process_s_until_it_ends(self, subscribers: SubscriberStorage) -> None:
        endpoint, deliveries = await fanned_out(subscribers, 3)
        lease = subscribers.webhook_deliveries.lease_due
        options = {"until": LATER, "limit": 2}
        mine = await lease(endpoint.endpoint_id, now=NOW, token="a", **options)  # type: ignore[arg-type]
        others = await lease(endpoint.endpoint_id, now=NOW, token="b", **options)  # type: ignore[arg-type]
        assert [one.delivery_id for one in (*mine, *others)] == [one.delivery_id for one in deliveries]
        again = await lease(endpoint.endpoint_id, now=LATER, until=LATER + timedelta(minutes=1), token="c", limit=9)
        assert len(again) == 3
        tried = mine[0].after(Attempt(at=NOW, outcome="delivered", status=204, milliseconds=7), jitter=0.5)
        assert not await subscribers.webhook_deliveries.record(tried, token="a")
        assert await subscribers.webhook_deliveries.record_all([tried], token="b") == 0
        also = again[1].after(tried.attempts[0], jitter=0.5)
        assert await subscribers.webhook_deliveries.record_all([also], token="c") == 1
        assert await subscribers.webhook_deliveries.record(tried, token="c")
        assert await subscribers.webhook_deliveries.get(tried.delivery_id, session=None) == tried

    async def test_deliveries_are_listed_newest_first_in_pages_and_by_status(
        self, subscribers: SubscriberStorage
    ) -> None:
        endpoint, deliveries = await fanned_out(subscribers, 3)
        ids = [one.delivery_id for one in deliveries]
        (leased,) = await subscribers.webhook_deliveries.lease_due(
            endpoint.endpoint_id, now=NOW, until=LATER, token="a", limit=1
        )
        refused = Attempt(at=NOW, outcome="refused", status=500, milliseconds=3)
        await subscribers.webhook_deliveries.record(
            replace(leased.after(refused, jitter=0), status="failed"), token="a"
        )

        async def listed(**options: Any) -> list[str]:
            values = {"before": None, "status": None, "limit": 9} | options
            found = await subscribers.webhook_deliveries.list_of(endpoint.endpoint_id, **values)
            return [one.delivery_id for one in found]

        assert await listed(limit=2) == [ids[2], ids[1]]
        assert await listed(before=ids[1]) == [ids[0]]
        assert await listed(status="failed") == [leased.delivery_id]
        assert await subscribers.webhook_deliveries.count_pending(endpoint.endpoint_id) == 2

    async def test_what_is_begun_anew_is_due_at_once_and_free(self, subscribers: SubscriberStorage) -> None:
        endpoint, _ = await fanned_out(subscribers, 2)
        await subscribers.webhook_deliveries.lease_due(endpoint.endpoint_id, now=NOW, until=LATER, token="a", limit=2)
        await subscribers.webhook_deliveries.begin_anew(endpoint.endpoint_id, at=NOW, session=None)
        again = await subscribers.webhook_deliveries.lease_due(
            endpoint.endpoint_id, now=NOW, until=LATER, token="b", limit=9
        )
        assert [(one.tries, one.since) for one in again] == [(0, None), (0, None)]

    async def test_a_removed_endpoint_takes_its_deliveries_along(self, subscribers: SubscriberStorage) -> None:
        endpoint, deliveries = await fanned_out(subscribers, 1)
        await subscribers.webhooks.remove(endpoint.endpoint_id, session=None)
        assert await subscribers.webhook_deliveries.get(deliveries[0].delivery_id, session=None) is None
        assert not await subscribers.webhook_deliveries.fan_out(replace(endpoint, position=1), [], upto=2)

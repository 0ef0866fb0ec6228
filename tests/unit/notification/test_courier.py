"""One mail from claim to record: once when all goes well, at least once when it does not."""

import asyncio
from datetime import timedelta

import pytest

from services.notification.domain import (
    ContactMissing,
    DeliveryBusy,
    DeliveryState,
    Letter,
    Mail,
    MailDeferred,
    MailRefused,
)
from services.notification.handlers.courier import ATTEMPTS, Courier, Prepare
from services.notification.handlers.leases import LEASE, Leases
from shared.errors import Transient
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW, SettableClock, received
from tests.support.notification_memory import (
    MemoryDeliveries,
    MemoryMailer,
    MemoryReports,
    Pauses,
    StuckMailer,
)

CAUSE = received(build.payment_sent())


async def prepare() -> Letter:
    return build.letter()


async def prepared_too_early() -> Letter:
    raise ContactMissing


async def state_of(deliveries: MemoryDeliveries, delivery_id: str) -> tuple[DeliveryState, int]:
    record = await deliveries.get(delivery_id)
    assert record is not None
    return record.state, record.attempts


@pytest.mark.req("MSG-4")
async def test_a_message_that_comes_twice_is_mailed_once() -> None:
    mailer, delivery = MemoryMailer(), build.delivery()
    courier = build.courier(mailer)
    assert await courier.deliver(CAUSE, delivery, prepare) is True
    assert await courier.deliver(CAUSE, delivery, prepare) is False
    assert len(mailer.mails) == 1


@pytest.mark.req("MSG-4")
async def test_a_crash_before_the_record_sends_again_with_the_same_message_id() -> None:
    clock, deliveries, mailer, delivery = SettableClock(), MemoryDeliveries(), MemoryMailer(), build.delivery()

    class Crash(BaseException):
        pass

    def crash() -> None:
        raise Crash

    deliveries_down_after_sending = Pauses(crash)

    class Breaking(MemoryMailer):
        async def send(self, mail: Mail) -> None:
            await mailer.send(mail)
            deliveries.outages = 1

    with pytest.raises(Crash):
        await build.courier(
            Breaking(), deliveries=deliveries, clock=clock, pause=deliveries_down_after_sending
        ).deliver(CAUSE, delivery, prepare)
    clock.advance(LEASE)
    assert await build.courier(mailer, deliveries=deliveries, clock=clock).deliver(CAUSE, delivery, prepare) is True
    first, second = mailer.mails
    assert first.message_id == second.message_id
    assert await state_of(deliveries, delivery.delivery_id) == (DeliveryState.SENT, 2)


async def test_a_database_outage_is_waited_for_on_both_sides_of_the_sending() -> None:
    deliveries, mailer, pauses, delivery = MemoryDeliveries(), MemoryMailer(), Pauses(), build.delivery()
    deliveries.outages = 2
    courier = build.courier(mailer, deliveries=deliveries, pause=pauses)
    assert await courier.deliver(CAUSE, delivery, prepare) is True
    assert len(pauses.seconds) == 2
    assert await state_of(deliveries, delivery.delivery_id) == (DeliveryState.SENT, 1)


@pytest.mark.req("MSG-4")
async def test_a_deferred_mail_can_be_tried_again_at_once() -> None:
    deliveries, mailer, delivery = MemoryDeliveries(), MemoryMailer([MailDeferred(451)]), build.delivery()
    courier = build.courier(mailer, deliveries=deliveries)
    with pytest.raises(MailDeferred):
        await courier.deliver(CAUSE, delivery, prepare)
    assert await state_of(deliveries, delivery.delivery_id) == (DeliveryState.CLAIMED, 1)
    assert await courier.deliver(CAUSE, delivery, prepare) is True
    assert await state_of(deliveries, delivery.delivery_id) == (DeliveryState.SENT, 2)


@pytest.mark.req("MSG-4")
async def test_a_refused_mail_is_reported_and_not_tried_again() -> None:
    deliveries, mailer, delivery = MemoryDeliveries(), MemoryMailer([MailRefused(550)]), build.delivery()
    reports = MemoryReports(deliveries)
    courier = build.courier(mailer, deliveries=deliveries, reports=reports)
    assert await courier.deliver(CAUSE, delivery, prepare) is False
    assert await courier.deliver(CAUSE, delivery, prepare) is False
    (failure,) = reports.failures
    assert (failure.delivery, failure.state, failure.final) == (delivery, DeliveryState.FAILED, True)
    assert failure.reason == "notification.mail_refused(smtp_code=550)"
    assert mailer.mails == []


async def test_an_address_that_cannot_be_used_is_reported_without_telling_it() -> None:
    deliveries = MemoryDeliveries()
    reports, delivery = MemoryReports(deliveries), build.delivery()

    async def to_nobody() -> Letter:
        return build.letter(recipient="not-an-address")

    courier = build.courier(MemoryMailer(), deliveries=deliveries, reports=reports)
    assert await courier.deliver(CAUSE, delivery, to_nobody) is False
    assert [failure.reason for failure in reports.failures] == ["notification.unusable_address"]


@pytest.mark.req("MSG-4")
async def test_the_last_attempt_of_the_bus_is_reported_and_may_still_be_repeated_by_hand() -> None:
    deliveries, delivery = MemoryDeliveries(), build.delivery()
    mailer, reports = MemoryMailer([MailDeferred()] * ATTEMPTS), MemoryReports(deliveries)
    courier = build.courier(mailer, deliveries=deliveries, reports=reports)
    for attempt in range(1, ATTEMPTS + 1):
        with pytest.raises(MailDeferred):
            await courier.deliver(CAUSE, delivery, prepare)
        assert len(reports.failures) == (1 if attempt == ATTEMPTS else 0)
    assert await state_of(deliveries, delivery.delivery_id) == (DeliveryState.FAILED, ATTEMPTS)
    assert await courier.deliver(CAUSE, delivery, prepare) is True
    assert len(mailer.mails) == 1


@pytest.mark.req("MSG-3")
@pytest.mark.parametrize(("early_seconds", "sent"), [(1, True), (0, False), (-1, False)])
async def test_a_mail_that_expires_is_sent_before_and_dropped_from_then_on(*, early_seconds: int, sent: bool) -> None:
    deliveries, mailer = MemoryDeliveries(), MemoryMailer()
    reports = MemoryReports(deliveries)
    delivery = build.delivery(expires_at=NOW + timedelta(seconds=early_seconds))
    courier = build.courier(mailer, deliveries=deliveries, reports=reports)
    assert await courier.deliver(CAUSE, delivery, prepare) is sent
    assert len(mailer.mails) == int(sent)
    expected = DeliveryState.SENT if sent else DeliveryState.EXPIRED
    assert await state_of(deliveries, delivery.delivery_id) == (expected, 1)
    assert [failure.state for failure in reports.failures] == ([] if sent else [DeliveryState.EXPIRED])


async def test_a_mail_that_was_sent_in_time_does_not_expire_when_its_message_comes_again() -> None:
    clock, deliveries = SettableClock(), MemoryDeliveries()
    reports, delivery = MemoryReports(deliveries), build.delivery(expires_at=NOW + timedelta(minutes=1))
    courier = build.courier(MemoryMailer(), deliveries=deliveries, reports=reports, clock=clock)
    await courier.deliver(CAUSE, delivery, prepare)
    clock.advance(timedelta(hours=1))
    assert await courier.deliver(CAUSE, delivery, prepare) is False
    assert reports.failures == []


async def test_a_missing_contact_leaves_the_mail_free_for_the_next_attempt() -> None:
    deliveries, delivery = MemoryDeliveries(), build.delivery()
    courier = build.courier(MemoryMailer(), deliveries=deliveries)
    with pytest.raises(ContactMissing):
        await courier.deliver(CAUSE, delivery, prepared_too_early)
    assert await courier.deliver(CAUSE, delivery, prepare) is True


def stuck_courier(deliveries: MemoryDeliveries, clock: SettableClock) -> tuple[Courier, StuckMailer, Leases]:
    mailer, leases = StuckMailer(), Leases(deliveries, clock=clock)
    return build.courier(mailer, deliveries=deliveries, clock=clock, leases=leases), mailer, leases


async def test_a_mail_that_is_being_sent_is_not_sent_by_somebody_else_however_slow_the_server() -> None:
    clock, deliveries, delivery = SettableClock(), MemoryDeliveries(), build.delivery()
    courier, mailer, leases = stuck_courier(deliveries, clock)
    sending = asyncio.create_task(courier.deliver(CAUSE, delivery, prepare))
    await mailer.taken.wait()
    other = build.courier(MemoryMailer(), deliveries=deliveries, clock=clock)
    for _ in range(3):
        clock.advance(LEASE * 0.9)
        await leases.renew()
        with pytest.raises(DeliveryBusy):
            await other.deliver(CAUSE, delivery, prepare)
    mailer.answer.set()
    assert await sending is True
    assert await other.deliver(CAUSE, delivery, prepare) is False


async def test_a_lease_that_nobody_renews_is_taken_over() -> None:
    clock, deliveries, delivery = SettableClock(), MemoryDeliveries(), build.delivery()
    courier, mailer, leases = stuck_courier(deliveries, clock)
    sending = asyncio.create_task(courier.deliver(CAUSE, delivery, prepare))
    await mailer.taken.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await leases.renew()  # the process lives on, and holds nothing any more
    clock.advance(LEASE)
    assert await build.courier(MemoryMailer(), deliveries=deliveries, clock=clock).deliver(CAUSE, delivery, prepare)


@pytest.mark.req("MSG-3")
async def test_no_more_mails_are_written_at_once_than_leave_room_for_codes() -> None:
    mailer, written = StuckMailer(), list[int]()

    def numbered(number: int) -> Prepare:
        async def prepare() -> Letter:
            written.append(number)
            return build.letter()

        return prepare

    courier = build.courier(mailer, at_once=2)
    sending = [asyncio.create_task(courier.deliver(CAUSE, build.delivery(), numbered(n))) for n in range(5)]
    await mailer.taken.wait()
    for _ in range(100):
        await asyncio.sleep(0)  # everybody who can go on does
    assert written == [0, 1]
    mailer.answer.set()
    assert await asyncio.gather(*sending) == [True] * 5


async def test_leases_are_renewed_before_they_lapse() -> None:
    class Enough(Exception):  # noqa: N818
        pass

    class Counting(Pauses):
        async def __call__(self, seconds: float) -> None:
            await super().__call__(seconds)
            if len(self.seconds) > 2:
                raise Enough

    pauses = Counting()
    with pytest.raises(Enough):
        await Leases(MemoryDeliveries(), clock=SettableClock(), pause=pauses).keep()
    assert max(pauses.seconds) < LEASE.total_seconds() / 2


def test_what_makes_a_mail_wait_is_retried_by_the_bus() -> None:
    assert all(issubclass(error, Transient) for error in (ContactMissing, DeliveryBusy, MailDeferred))
    assert not issubclass(MailRefused, Transient)

"""Telling the others that a mail was given up, or that a code is late."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.notification.domain import Delivery, Failure
from services.notification.ports import Deliveries, Report, ReportDelay
from shared.clock import Clock
from shared.contracts import View
from shared.contracts.notification import DeliveryDelayed, DeliveryFailed
from shared.envelopes import Received
from shared.mongo import Unavailable
from shared.outbox import Outbox, Work

CONSUMER = "notification.failures"


async def record_failure(work: Work, failure: Failure, *, deliveries: Deliveries) -> None:
    """Record a failure and publish it, in one transaction."""
    await deliveries.record_failure(failure, session=work.session)
    work.publish(
        DeliveryFailed(
            delivery_id=failure.delivery.delivery_id,
            template=failure.delivery.template,
            account_id=failure.delivery.account_id,
            failed_at=failure.failed_at,
        )
    )


def reporting(outbox: Outbox, deliveries: Deliveries) -> Report:
    """A report through the outbox."""

    async def report(cause: Received[Any], failure: Failure) -> None:
        async def handle(_batch: Sequence[Received[Any]], works: Sequence[Work], /) -> Sequence[View | None]:
            await record_failure(works[0], failure, deliveries=deliveries)
            return [None]

        # One message may concern several people and be tried again: the inbox has to tell their failures apart.
        own = replace(cause, message_id=f"{failure.delivery.delivery_id}:{failure.attempt}")
        committed = await outbox.commit(CONSUMER, [own], handle)
        await outbox.dispatch(committed.records)

    return report


def reporting_delays(outbox: Outbox, *, clock: Clock) -> ReportDelay:
    """A report through the outbox; without a database nobody is told, and the mail is tried again all the same."""

    async def report(cause: Received[Any], delivery: Delivery) -> None:
        async def handle(_batch: Sequence[Received[Any]], works: Sequence[Work], /) -> Sequence[View | None]:
            works[0].publish(
                DeliveryDelayed(
                    delivery_id=delivery.delivery_id,
                    template=delivery.template,
                    account_id=delivery.account_id,
                    delayed_at=clock(),
                )
            )
            return [None]

        own = replace(cause, message_id=f"{delivery.delivery_id}:delayed")
        with contextlib.suppress(Unavailable):
            committed = await outbox.commit(CONSUMER, [own], handle)
            await outbox.dispatch(committed.records)

    return report

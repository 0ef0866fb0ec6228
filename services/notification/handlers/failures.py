"""Telling the others that a mail was given up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.notification.domain import Failure
from services.notification.ports import Deliveries, Report
from shared.contracts import View
from shared.contracts.notification import DeliveryFailed
from shared.envelopes import Received
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

"""Queues of notification."""

import pytest

from services.notification import routes
from shared.contracts.notification import (
    ActRecorded,
    DeliveryDelayed,
    DeliveryFailed,
    InboxMessageArrived,
    InboxMessageRead,
    SendCode,
)


@pytest.mark.req("MSG-3")
def test_codes_have_a_queue_of_their_own_that_keeps_none_longer_than_it_lives() -> None:
    arguments = routes.SEND_CODE.arguments()
    assert routes.SEND_CODE.messages == (SendCode,)
    assert arguments["x-message-ttl"] == 600_000
    assert "x-dead-letter-exchange" not in arguments


def test_every_other_message_has_its_own_queue_with_dead_letters() -> None:
    others = [queue for queue in routes.TOPOLOGY.queues if queue not in {routes.SEND_CODE, routes.INBOX}]
    assert all(len(queue.messages) == 1 for queue in others)
    assert all(queue.arguments()["x-dead-letter-routing-key"] == queue.name for queue in others)


def test_questions_about_the_inbox_live_as_long_as_somebody_waits() -> None:
    assert routes.INBOX.arguments()["x-message-ttl"] == 10_000


def test_notification_publishes_what_became_of_mails_and_messages_and_asks_nobody_for_anything() -> None:
    assert routes.TOPOLOGY.publishes == (
        DeliveryFailed,
        DeliveryDelayed,
        InboxMessageArrived,
        InboxMessageRead,
        ActRecorded,
    )
    assert routes.TOPOLOGY.sends == ()

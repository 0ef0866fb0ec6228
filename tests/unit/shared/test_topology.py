"""What services say about the bus fits together, and no message can vanish from it."""

from collections import Counter

import pytest

from deploy.topology import load_topology
from shared.contracts import Command, Event, Query
from shared.topology import DEAD, DELAYS_MS, DELIVERY_LIMIT, Queue, exchange_of

TOPOLOGY = load_topology()
QUEUES = TOPOLOGY.queues()
OF_SERVICES = [queue for service in TOPOLOGY.services for queue in service.queues]
CONSUMED = [(service.service, queue) for service in TOPOLOGY.services for queue in service.queues]
TTL, DEAD_LETTER = "x-message-ttl", "x-dead-letter-exchange"


@pytest.mark.parametrize("queue", OF_SERVICES, ids=lambda queue: queue.name)
def test_every_queue_has_dead_letters_or_a_time_to_live(queue: Queue):
    arguments = queue.arguments()
    assert (DEAD_LETTER in arguments) != (TTL in arguments)


@pytest.mark.parametrize("queue", OF_SERVICES, ids=lambda queue: queue.name)
def test_every_queue_is_replicated_and_limits_crashing_deliveries(queue: Queue):
    arguments = queue.arguments()
    assert (arguments["x-queue-type"], arguments["x-delivery-limit"]) == ("quorum", DELIVERY_LIMIT)


@pytest.mark.parametrize("queue", [each for each in OF_SERVICES if each.message_ttl_ms is None], ids=lambda q: q.name)
def test_what_is_given_up_is_kept_under_the_name_of_its_queue(queue: Queue):
    arguments = queue.arguments()
    assert (arguments[DEAD_LETTER], arguments["x-dead-letter-routing-key"]) == (DEAD, queue.name)
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"


@pytest.mark.parametrize("queue", [queue for queue in QUEUES if queue.message_ttl_ms is not None], ids=lambda q: q.name)
def test_only_requests_die_with_their_callers(queue: Queue):
    assert queue.arguments()[TTL] == queue.message_ttl_ms
    assert not [message for message in queue.messages if issubclass(message, Event)]


def test_every_query_goes_to_a_queue_with_a_time_to_live():
    for queue in QUEUES:
        if any(issubclass(message, Query) for message in queue.messages):
            assert queue.message_ttl_ms is not None, queue.name


@pytest.mark.parametrize(("service", "queue"), CONSUMED, ids=lambda value: getattr(value, "name", value))
def test_a_queue_is_named_after_its_service_and_bound_to_the_exchange_of_each_message(service: str, queue: Queue):
    assert queue.name.startswith(f"{service}.")
    assert queue.messages
    assert queue.bindings() == tuple((exchange_of(message), message.wire_type) for message in queue.messages)


def test_names_of_queues_are_unique():
    assert {name: count for name, count in Counter(queue.name for queue in QUEUES).items() if count > 1} == {}


def test_every_command_and_query_is_answered_by_its_own_service_in_one_queue():
    answered = Counter(message for service in TOPOLOGY.services for message in service.answers)
    assert set(answered.values()) == {1}
    for service in TOPOLOGY.services:
        for message in service.answers:
            assert exchange_of(message) == f"{service.service}.commands"


def test_what_is_sent_is_answered_and_what_is_listened_to_is_published():
    answered = {message for service in TOPOLOGY.services for message in service.answers}
    published = {event for service in TOPOLOGY.services for event in service.publishes}
    sent = {message for service in TOPOLOGY.services for message in service.sends}
    heard = {event for queue in QUEUES for event in queue.messages if issubclass(event, Event)}
    assert sent <= answered
    assert heard <= published


def test_services_publish_events_of_their_own():
    for service in TOPOLOGY.services:
        assert {exchange_of(event) for event in service.publishes} <= {f"{service.service}.events"}


def test_delays_grow():
    lengths = list(DELAYS_MS.values())
    assert lengths == sorted(set(lengths))


def test_messages_that_reach_a_queue_without_time_to_live_are_commands_or_events():
    for queue in QUEUES:
        if queue.message_ttl_ms is None:
            assert all(issubclass(message, Command | Event) for message in queue.messages), queue.name

"""The bus discipline on a real RabbitMQ: confirms, answers, delays, dead letters."""

import asyncio
import time
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.consuming import answering, consume, consume_each
from shared.contracts import Actor
from shared.envelopes import Outgoing, Received, request_envelope
from shared.errors import NotFound, Transient
from shared.messaging import Publisher, Unroutable
from shared.rpc import NoAnswer, RemoteDefect, RpcClient
from shared.topology import Queue
from tests.support.bus import Answer, Bus, Word, named
from tests.support.waiting import eventually


async def rpc_client(bus: Bus) -> RpcClient:
    made: list[RpcClient] = []

    def attach(broker: Any, publisher: Any) -> None:
        made.append(RpcClient(publisher))
        made[0].attach(broker)

    await bus.broker(attach=attach)
    return made[0]


async def answer(received: Received[Any]) -> Answer:
    return Answer(text=received.message.text.upper())


async def test_a_hundred_requests_are_in_flight_at_once_and_each_gets_its_own_answer(bus: Bus) -> None:
    query = bus.query()
    spec = await bus.declare(query, ttl_ms=10_000)
    arrived = asyncio.Event()
    waiting = 0

    async def wait_for_all(received: Received[Any]) -> Answer:
        nonlocal waiting
        waiting += 1
        if waiting == 40:
            arrived.set()
        await asyncio.wait_for(arrived.wait(), 10)
        return await answer(received)

    await bus.broker(lambda publisher: [consume(spec, query, answering(wait_for_all), publisher)])
    client = await rpc_client(bus)
    texts = [f"word {n}" for n in range(40)]
    answers = await asyncio.gather(*(client.request(query(text=text), Answer) for text in texts))
    assert [a.text for a in answers] == [text.upper() for text in texts]


async def test_a_request_that_no_queue_takes_fails_at_once(bus: Bus) -> None:
    query = bus.query()
    spec = await bus.declare(query, ttl_ms=10_000)
    await bus.channel.queue_delete(spec.name)
    bus.queues.remove(spec.name)
    client = await rpc_client(bus)
    started = time.monotonic()
    with pytest.raises(Unroutable):
        await client.request(query(), Answer, timeout_seconds=20)
    assert time.monotonic() - started < 10


async def test_a_request_that_nobody_answers_ends_with_its_timeout(bus: Bus) -> None:
    query = bus.query()
    await bus.declare(query, ttl_ms=10_000)
    client = await rpc_client(bus)
    with pytest.raises(NoAnswer):
        await client.request(query(), Answer, timeout_seconds=0.2)


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (NotFound("thing.unknown", name="x"), NotFound),
        (Transient("database.unavailable"), Transient),
        (ValueError("a secret detail"), RemoteDefect),
    ],
)
async def test_errors_come_back_in_their_family_without_internals(
    bus: Bus, raised: Exception, seen: type[Exception]
) -> None:
    query = bus.query()
    spec = await bus.declare(query, ttl_ms=10_000)

    async def fail(_received: Received[Any]) -> Answer:
        raise raised

    await bus.broker(lambda publisher: [consume(spec, query, answering(fail), publisher)])
    client = await rpc_client(bus)
    with pytest.raises(seen) as caught:
        await client.request(query(), Answer)
    assert "secret detail" not in str(caught.value)
    assert await bus.depth(f"{spec.name}.dead") == 0


async def test_a_transient_failure_is_tried_again_after_a_delay_and_then_succeeds(bus: Bus) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    attempts: list[float] = []
    done = asyncio.Event()

    async def handle(_received: Received[Any]) -> None:
        attempts.append(time.monotonic())
        if len(attempts) == 1:
            raise Transient("projection.behind")
        done.set()

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    await publisher.publish(request_envelope(command()))
    await asyncio.wait_for(done.wait(), 20)
    assert attempts[1] - attempts[0] >= 0.9
    assert await bus.depth(f"{spec.name}.dead") == 0


async def test_a_message_that_fails_after_the_last_delay_is_dead_lettered(bus: Bus) -> None:
    command = bus.command()
    spec = await bus.declare(command)

    async def fail(_received: Received[Any]) -> None:
        raise RuntimeError("defect")

    publisher = await bus.broker(lambda publisher: [consume(spec, command, fail, publisher)])
    tried = request_envelope(command())
    await publisher.publish(
        Outgoing(
            tried.message_id, tried.wire_type, tried.exchange, tried.routing_key, tried.body, headers={"attempt": 4}
        )
    )

    async def dead() -> bool:
        return await bus.depth(f"{spec.name}.dead") == 1

    await eventually(dead, "the message is in the dead letter queue")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"text": 5}', b'{"unknown": "field"}'])
async def test_an_unreadable_message_is_dead_lettered_at_once_and_the_queue_moves_on(bus: Bus, body: bytes) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    seen: list[str] = []

    async def handle(received: Received[Any]) -> None:
        seen.append(received.message.text)

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    good = request_envelope(command(text="good"))
    poison = Outgoing("poison-1", good.wire_type, good.exchange, good.routing_key, body)
    await publisher.publish(poison)
    await publisher.publish(good)

    async def both() -> bool:
        return seen == ["good"] and await bus.depth(f"{spec.name}.dead") == 1

    await eventually(both, "the good message is handled and the poison is set aside")


async def test_messages_of_one_queue_reach_their_handlers_by_kind_and_a_kind_without_one_is_set_aside(bus: Bus) -> None:
    command, query, other = bus.command(), bus.query(), named(Word, bus.service, "say_otherwise")
    spec = await bus.declare(command, query, other)
    seen: list[str] = []

    async def handle(received: Received[Any]) -> None:
        seen.append(received.message.text)

    served = replace(spec, messages=(command, query))
    handlers = {command: handle, query: answering(answer)}
    publisher = await bus.broker(lambda publisher: [consume_each(served, handlers, publisher)])
    client = await rpc_client(bus)
    await publisher.publish(request_envelope(command(text="said")))
    await publisher.publish(request_envelope(other(text="nobody's")))
    assert (await client.request(query(text="asked"), Answer)).text == "ASKED"

    async def sorted_out() -> bool:
        return seen == ["said"] and await bus.depth(f"{spec.name}.dead") == 1

    await eventually(sorted_out, "each kind was handled or set aside")


def test_a_queue_whose_messages_are_not_those_of_its_handlers_is_not_served() -> None:
    first, second = named(Word, "t", "one"), named(Word, "t", "two")
    spec = Queue("t.one", (first, second))
    with pytest.raises(TypeError, match="Word"):
        consume_each(spec, {first: answering(answer)}, cast("Publisher", None))


async def test_an_actor_is_believed_only_from_the_edge(bus: Bus) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    seen: list[Actor | None] = []

    async def handle(received: Received[Any]) -> None:
        seen.append(received.actor)

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    forged = Actor(account_id="somebody", session_id="s", roles=("agent",))
    await publisher.publish(request_envelope(command(), actor=forged))

    async def dead() -> bool:
        return await bus.depth(f"{spec.name}.dead") == 1

    await eventually(dead, "the forged message is set aside")
    assert seen == []


async def test_a_message_that_its_handler_can_never_use_is_dead_lettered_at_once(bus: Bus) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    tries = 0

    async def handle(received: Received[Any]) -> None:
        nonlocal tries
        tries += 1
        received.require_actor()

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    await publisher.publish(request_envelope(command()))

    async def dead() -> bool:
        return await bus.depth(f"{spec.name}.dead") == 1

    await eventually(dead, "the message without actor is set aside")
    assert tries == 1


async def test_a_question_that_its_handler_can_never_use_is_answered_as_a_defect(bus: Bus) -> None:
    query = bus.query()
    spec = await bus.declare(query, ttl_ms=10_000)

    async def handle(received: Received[Any]) -> Answer:
        received.require_actor()
        return await answer(received)

    await bus.broker(lambda publisher: [consume(spec, query, answering(handle), publisher)])
    client = await rpc_client(bus)
    with pytest.raises(RemoteDefect):
        await client.request(query(), Answer)


@pytest.mark.parametrize("attempt", ["often", "", "1.5"])
async def test_a_count_of_attempts_that_is_no_number_is_poison_and_the_queue_moves_on(bus: Bus, attempt: str) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    seen: list[str] = []

    async def handle(received: Received[Any]) -> None:
        seen.append(received.message.text)

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    good = request_envelope(command(text="good"))
    await publisher.publish(replace(request_envelope(command(text="bad")), headers={"attempt": attempt}))
    await publisher.publish(good)

    async def both() -> bool:
        return seen == ["good"] and await bus.depth(f"{spec.name}.dead") == 1

    await eventually(both, "the good message is handled and the other is set aside")

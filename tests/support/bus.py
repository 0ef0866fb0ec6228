"""A small service on the real bus, with names of its own, for tests of the plumbing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from aio_pika import ExchangeType
from faststream.rabbit import RabbitBroker, RabbitRoute, RabbitRouter

from shared.contracts import Command, Event, Message, Query, View
from shared.messaging import Publisher, make_broker
from shared.topology import DEAD, REQUEUE, Queue, exchange_of

ADMINISTRATOR = "administrator"


class Word(Command):
    """A command of the tests."""

    wire_type: ClassVar[str] = "unset"
    text: str = "hello"


class Asked(Query):
    """A query of the tests."""

    wire_type: ClassVar[str] = "unset"
    text: str = "?"


class Said(Event):
    """An event of the tests."""

    wire_type: ClassVar[str] = "unset"
    text: str

    def subject(self) -> str:
        return self.text


class Answer(View):
    """An answer of the tests."""

    text: str


def named(base: type[Message], service: str, name: str) -> Any:
    """``base`` under a wire type of its own."""
    return type(base.__name__, (base,), {"wire_type": f"{service}.{name}.v1", "__module__": __name__})


@dataclass
class Bus:
    """Declares exchanges and queues of a made-up service and starts its handlers."""

    connection: Any
    channel: Any
    url: str
    service: str = field(default_factory=lambda: f"t{uuid4().hex[:10]}")
    brokers: list[RabbitBroker] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)

    def command(self) -> type[Word]:
        return named(Word, self.service, "say_word")  # type: ignore[no-any-return]

    def query(self) -> type[Asked]:
        return named(Asked, self.service, "ask")  # type: ignore[no-any-return]

    def event(self) -> type[Said]:
        return named(Said, self.service, "said")  # type: ignore[no-any-return]

    async def declare(self, *messages: type[Message], ttl_ms: int | None = None) -> Queue:
        """Exchange and queue for messages, with delays and dead letters bound as in production."""
        spec = Queue(f"{self.service}.{messages[0].wire_type.split('.')[1]}", messages, message_ttl_ms=ttl_ms)
        queue = await self.channel.declare_queue(spec.name, durable=True, arguments=spec.arguments())
        for message in messages:
            exchange = await self.channel.declare_exchange(exchange_of(message), ExchangeType.TOPIC, durable=True)
            await queue.bind(exchange, message.wire_type)
        await queue.bind(REQUEUE, f"*.{spec.name}")
        dead = await self.channel.declare_queue(f"{spec.name}.dead", durable=True, arguments={"x-queue-type": "quorum"})
        await dead.bind(DEAD, spec.name)
        self.queues += [spec.name, f"{spec.name}.dead"]
        return spec

    async def depth(self, queue: str) -> int:
        """Messages ready in a queue."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return int(declared.declaration_result.message_count)

    async def broker(
        self, routes: Callable[[Publisher], list[RabbitRoute]] | None = None, *, attach: Any = None
    ) -> Publisher:
        """A started broker with these routes; returns its publisher."""
        broker = make_broker(self.url, prefetch=50, app_id=ADMINISTRATOR)
        publisher = Publisher(broker, user=ADMINISTRATOR)
        if routes is not None:
            broker.include_router(RabbitRouter(handlers=tuple(routes(publisher))))
        if attach is not None:
            attach(broker, publisher)
        await broker.start()
        self.brokers.append(broker)
        return publisher

    async def close(self) -> None:
        for broker in self.brokers:
            await broker.stop()
        for queue in self.queues:
            await self.channel.queue_delete(queue)
        await self.connection.close()

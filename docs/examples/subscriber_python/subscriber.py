"""A system that hears from Acquit what was paid: reads its queue, handles every event once, stays connected.

    python subscriber.py --url amqps://subscriber-demo:PASSWORD@HOST/ --queue subscribers.demo --store events.sqlite3

The URL and the queue may also stand in the environment: SUBSCRIBER_AMQP_URL, SUBSCRIBER_QUEUE. Needs Python 3.11 and
aio-pika, nothing else. See docs/subscribing.md for what the events say and promise.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPException, ChannelInvalidStateError

PREFETCH: Final = 50
"""How many events RabbitMQ hands out before the first of them is acknowledged."""

LONGEST_PAUSE_SECONDS: Final = 30.0

Event = dict[str, Any]


class Store:
    """Remembers what was handled. Here a real system would book the payment, in the same transaction."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, event TEXT NOT NULL)")

    def handle_once(self, event: Event) -> bool:
        """Record the event; false when it is here already.

        The primary key decides, not a look beforehand: two processes may read the same event at the same time.
        """
        with self._database:
            written = self._database.execute(
                "INSERT OR IGNORE INTO events VALUES (?, ?)", (event["id"], json.dumps(event, ensure_ascii=False))
            )
        return written.rowcount == 1

    def close(self) -> None:
        self._database.close()


class Subscriber:
    """Reads one queue until it was told to stop or has seen enough."""

    def __init__(self, store: Store, *, count: int | None = None) -> None:
        self._store = store
        self._count = count
        self.events: list[Event] = []
        self.duplicates = 0
        self.unreadable = 0
        self.done = asyncio.Event()

    async def run(self, url: str, queue: str) -> None:
        """Read until done; connect again whenever the connection is lost."""
        pause = 0.5
        while not self.done.is_set():
            try:
                async with await aio_pika.connect(url, timeout=10) as connection:
                    pause = 0.5
                    await self._read(connection, queue)
            except (AMQPException, OSError) as error:
                print(f"connection lost ({type(error).__name__}), again in {pause:g} s", file=sys.stderr, flush=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.done.wait(), timeout=pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _read(self, connection: aio_pika.abc.AbstractConnection, name: str) -> None:
        """Returns when done; raises when the connection breaks."""
        channel = await connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=PREFETCH)
        # The queue is there already; a subscriber may not declare anything, not even to look.
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(self._on_message)
        closed = asyncio.ensure_future(channel.closed())
        done = asyncio.create_task(self.done.wait())
        await asyncio.wait((closed, done), return_when=asyncio.FIRST_COMPLETED)
        if not self.done.is_set():
            done.cancel()
            raise ConnectionError

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        """Handle, then acknowledge: a crash in between brings the event again, and the store recognises it."""
        if self.done.is_set():
            return  # neither handled nor acknowledged: it stays in the queue
        event = _event_in(message.body)
        if event is None:
            self.unreadable += 1
            print(f"unreadable message {message.message_id}", file=sys.stderr, flush=True)
        elif self._store.handle_once(event):
            self.events.append(event)
            print(_line(event), flush=True)
        else:
            self.duplicates += 1
        with contextlib.suppress(AMQPException, ChannelInvalidStateError, OSError):  # lost meanwhile: it comes again
            await message.ack()
        if self._count is not None and len(self.events) >= self._count:
            self.done.set()


def _event_in(body: bytes) -> Event | None:
    """The CloudEvent of a message. Unknown types and fields are no mistake: new ones may come at any time."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    readable = isinstance(event, dict) and {"id", "type", "data"} <= event.keys()
    return event if readable else None


def _line(event: Event) -> str:
    """Type, subject and amount. Amounts are whole cents; they become dollars only where a person reads them."""
    data = event["data"]
    cents = data.get("amount_cents", data.get("benefit_cents"))
    amount = "" if cents is None else f"{cents // 100}.{cents % 100:02d} CAD"
    return f"{event['type']:<32} {event.get('subject', ''):<40} {amount:>16}"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prints what Acquit has paid.")
    parser.add_argument("--url", default=os.environ.get("SUBSCRIBER_AMQP_URL"), help="AMQP URL with user and password")
    parser.add_argument("--queue", default=os.environ.get("SUBSCRIBER_QUEUE"), help="name of your queue")
    parser.add_argument("--store", default=":memory:", help="SQLite file that remembers events (default: memory only)")
    parser.add_argument("--count", type=int, help="stop after so many events")
    parser.add_argument("--timeout", type=float, help="stop after so many seconds")
    parser.add_argument("--json", type=Path, help="write what was received to this file in the end")
    arguments = parser.parse_args(argv)
    if not arguments.url or not arguments.queue:
        parser.error("--url and --queue are needed (or SUBSCRIBER_AMQP_URL and SUBSCRIBER_QUEUE)")
    return arguments


async def _main(arguments: argparse.Namespace) -> int:
    store = Store(arguments.store)
    subscriber = Subscriber(store, count=arguments.count)
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, subscriber.done.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(subscriber.run(arguments.url, arguments.queue), timeout=arguments.timeout)
    store.close()
    if arguments.json is not None:
        counts = {"duplicates": subscriber.duplicates, "unreadable": subscriber.unreadable}
        report = json.dumps({"events": subscriber.events, **counts}, ensure_ascii=False, indent=2)
        arguments.json.write_text(report, encoding="utf-8")
    return 0 if arguments.count is None or len(subscriber.events) >= arguments.count else 1


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 1 when fewer events than ``--count`` came within ``--timeout``."""
    return asyncio.run(_main(_arguments(argv)))


if __name__ == "__main__":
    sys.exit(main())

"""One measurement in a process of its own: ``python -m loadtests.bench.worker KIND JSON``; prints JSON.

The raw floors use aio-pika as it comes, on Python's own event loop, and nothing of ours. ``echo`` and ``ask`` are the
bare multiplexed request. Everything of ours runs on uvloop, as our services do.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import aio_pika
import uvloop

from loadtests.bench import http_load, payload, sign_ins
from shared.consuming import consume
from shared.contracts.claims import GetClaim
from shared.envelopes import Received
from shared.messaging import Publisher, make_broker
from shared.rpc import RpcClient
from shared.telemetry import configure_logging
from shared.topology import Queue

Options = dict[str, Any]
RAW_QUEUE = "bench.raw"
ECHO = Queue("bench.echo", (GetClaim,), message_ttl_ms=10_000)


async def raw_publish(options: Options) -> Options:
    """Publish persistent messages with confirms to a quorum queue."""
    connection = await aio_pika.connect(options["url"])
    channel = await connection.channel(publisher_confirms=True)
    bodies = [payload.command(number, run="raw") for number in range(options["count"])]
    exchange = await channel.get_exchange("bench", ensure=False)
    numbers = iter(bodies)

    async def lane() -> None:
        for item in numbers:
            message = aio_pika.Message(
                item.body, delivery_mode=2, message_id=item.message_id, headers=dict(item.headers)
            )
            await exchange.publish(message, "raw", mandatory=True)

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(options["lanes"])))
    seconds = time.perf_counter() - started
    await connection.close()
    return {"per_second": options["count"] / seconds}


async def raw_consume(options: Options) -> Options:
    """Consume and acknowledge one by one."""
    connection = await aio_pika.connect(options["url"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=options["prefetch"])
    queue = await channel.get_queue(RAW_QUEUE, ensure=False)
    done = asyncio.Event()
    count, times = 0, [0.0, 0.0]

    async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal count
        await message.ack()
        count += 1
        if count == 1:
            times[0] = time.perf_counter()
        elif count == options["count"]:
            times[1] = time.perf_counter()
            done.set()

    await queue.consume(handle)
    async with asyncio.timeout(120):
        await done.wait()
    await connection.close()
    return {"per_second": (options["count"] - 1) / (times[1] - times[0])}


async def load_intake(options: Options) -> Options:
    """Publish claims into the intake queue as the edge would."""
    broker = make_broker(options["url"], prefetch=10, app_id="edge")
    await broker.start()
    publisher = Publisher(broker, user="edge")
    first, count = options["first"], options["count"]
    for start in range(first, first + count, 200):
        numbers = range(start, min(start + 200, first + count))
        failed = await publisher.publish_all([payload.command(n, run=options["run"]) for n in numbers])
        if failed:
            raise RuntimeError(f"{len(failed)} claims were not confirmed")
    await broker.stop()
    return {}


async def echo(options: Options) -> Options:
    """Answer requests with a fixed body until killed."""
    broker = make_broker(options["url"], prefetch=200, app_id="administrator")
    publisher = Publisher(broker, user="administrator")
    body: bytes = options["body"].encode()

    async def handle(_received: Received[Any]) -> bytes:
        return body

    from faststream.rabbit import RabbitRouter  # noqa: PLC0415 - only this measurement needs it

    broker.include_router(RabbitRouter(handlers=(consume(ECHO, GetClaim, handle, publisher),)))
    await broker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    return {}


async def ask(options: Options) -> Options:
    """Bare multiplexed requests to ``echo``."""
    broker = make_broker(options["url"], prefetch=200, app_id="administrator")
    client = RpcClient(Publisher(broker, user="administrator"))
    client.attach(broker)
    await broker.start()
    numbers = iter(range(options["count"]))

    async def lane() -> None:
        for _ in numbers:
            await client.request_raw(GetClaim(claim_number="AAAA-AAAA-AAAA"), timeout_seconds=30)

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(options["lanes"])))
    seconds = time.perf_counter() - started
    await broker.stop()
    return {"per_second": options["count"] / seconds}


async def http_intake(options: Options) -> Options:
    """Submit claims through the edge."""
    result = await _submitted(options, options["run"])
    return {"per_second": result.per_second, "statuses": result.statuses}


async def intake_beside_sign_ins(options: Options) -> Options:
    """Submit claims in turns: alone, and while the passwords of ``queued`` accounts wait all at once."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    passwords, people = Counter[int](), options["first"]
    for turn, crowded in enumerate((False, True, True, False) * options["pairs"]):
        crowd = range(people, people + options["queued"]) if crowded else range(0)
        people += len(crowd)
        claims, crowd_answered = await asyncio.gather(
            _submitted(options, f"{options['run']}-{turn}"),
            http_load.closed_loop(options["port"], sign_ins.first_steps(crowd), connections=len(crowd)),
        )
        if claims.statuses != {202: options["count"]}:
            raise RuntimeError(f"not every claim was accepted: {claims.statuses}")
        rates[crowded].append(claims.per_second)
        passwords.update(crowd_answered.statuses)
    return {"alone": rates[False], "beside": rates[True], "passwords": passwords}


async def _submitted(options: Options, run: str) -> http_load.Result:
    def make(number: int) -> bytes:
        body = payload.submission(number).model_dump_json().encode()
        token = options["tokens"][number % len(options["tokens"])]
        key = f"idempotency-key: {run}-{number}\r\n"
        return http_load.request("POST", "/claims", token=token, body=body, extra=key)

    return await _answered(options, make)


async def http_query(options: Options) -> Options:
    """Read decided claims through the edge."""
    pairs = options["claims"]

    def make(number: int) -> bytes:
        claim, token = pairs[number % len(pairs)]
        return http_load.request("GET", f"/claims/{claim}", token=token)

    result = await _answered(options, make)
    return {"per_second": result.per_second, "statuses": result.statuses}


async def _answered(options: Options, make: Callable[[int], bytes]) -> http_load.Result:
    prepared = [make(number) for number in range(options["count"])]
    return await http_load.closed_loop(options["port"], prepared, connections=options["lanes"])


KINDS: dict[str, Callable[[Options], Coroutine[Any, Any, Options]]] = {
    "raw_publish": raw_publish,
    "raw_consume": raw_consume,
    "load_intake": load_intake,
    "echo": echo,
    "ask": ask,
    "http_intake": http_intake,
    "intake_beside_sign_ins": intake_beside_sign_ins,
    "http_query": http_query,
    "raw_verify": sign_ins.raw_verify,
    "sign_in": sign_ins.sign_in,
}

PLAIN = ("raw_publish", "raw_consume", "raw_verify")


def main() -> None:
    """Run the measurement named on the command line; its options stand in a JSON file."""
    kind, path = sys.argv[1:3]
    configure_logging("bench", "WARNING")
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        options = json.load(file)
    run = asyncio.run if kind in PLAIN else uvloop.run
    outcome: Options = run(KINDS[kind](options))
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()

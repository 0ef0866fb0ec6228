"""From the submission of a claim to the event that says how it was decided, at a steady rate."""

import asyncio
import json
import time
from typing import Any

import aio_pika

from loadtests.bench import http_load, payload
from shared.contracts.claims import ClaimAdjudicated
from shared.topology import exchange_of

CONNECTIONS = 32


async def decision_latency(
    amqp_url: str, port: int, tokens: list[str], *, rate: float, seconds: float, run: str
) -> list[float]:
    """Seconds from the start of each request to the arrival of its decision; claims are submitted on schedule."""
    started: dict[str, float] = {}
    latencies: list[float] = []
    count = max(1, int(rate * seconds))
    done = asyncio.Event()

    async def on_event(message: Any) -> None:
        data = json.loads(message.body)["data"]
        begun = started.pop(f"{data['dossier_id']}|{data['submitted_cents']}|{data['lines'][0]['service_date']}", None)
        if begun is not None:
            latencies.append(time.perf_counter() - begun)
            if len(latencies) == count:
                done.set()

    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(exchange_of(ClaimAdjudicated), ClaimAdjudicated.wire_type)
        await queue.consume(on_event, no_ack=True)
        await _submit_on_schedule(port, tokens, started, rate=rate, count=count, run=run)
        async with asyncio.timeout(30):
            await done.wait()
    return latencies


async def _submit_on_schedule(
    port: int, tokens: list[str], started: dict[str, float], *, rate: float, count: int, run: str
) -> None:
    begin = time.perf_counter()
    numbers = iter(range(count))

    async def lane() -> None:
        connection = await http_load.Connection.open(port)
        for number in numbers:
            await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))
            claim = payload.submission(number)
            line = claim.lines[0]
            started[f"dossier-{number % payload.DOSSIERS}|{line.amount_cents}|{line.service_date}"] = (
                time.perf_counter()
            )
            request = http_load.request(
                "POST",
                "/claims",
                token=tokens[number % len(tokens)],
                body=claim.model_dump_json().encode(),
                extra=f"idempotency-key: {run}-{number}\r\n",
            )
            status = await connection.exchange(request)
            if status != 202:  # noqa: PLR2004
                raise RuntimeError(f"claim refused with {status}")
        connection.close()

    await asyncio.gather(*(lane() for _ in range(CONNECTIONS)))

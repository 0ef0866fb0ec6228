"""The queue of runs with two agents, and which handler each of its messages feeds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume_each
from shared.contracts.payments_runs import (
    ActRecorded,
    ApproveRun,
    ListRunDates,
    ListRunPayees,
    ListRuns,
    PrepareRun,
    PreviewRun,
    RunDates,
    RunPayeesPage,
    RunPreview,
    RunsPage,
    StopRun,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

QUERY_TTL_MS: Final = 10_000

RUNS: Final = Queue(
    "payments.runs",
    (PrepareRun, ApproveRun, StopRun, PreviewRun, ListRuns, ListRunPayees, ListRunDates),
    message_ttl_ms=QUERY_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology("payments", queues=(RUNS,), publishes=(ActRecorded,))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHandlers:
    """The use cases, bound. ``carry_on`` does what is next in a run after somebody decided about it."""

    prepare_run: SingleHandler
    approve_run: SingleHandler
    stop_run: SingleHandler
    carry_on: Callable[[str], Awaitable[None]]
    preview_run: Callable[[Received[Any]], Awaitable[RunPreview]]
    list_runs: Callable[[Received[ListRuns]], Awaitable[RunsPage]]
    list_run_payees: Callable[[Received[ListRunPayees]], Awaitable[RunPayeesPage]]
    list_run_dates: Callable[[Received[ListRunDates]], Awaitable[RunDates]]


def routes(handlers: RunHandlers, outbox: Outbox, publisher: Publisher) -> Sequence[RabbitRoute]:
    """Decisions go through the outbox, and are answered with the run as it is after the next slices."""

    def deciding(name: str, handler: SingleHandler) -> Handler:
        decide = outbox.group(f"{RUNS.name}.{name}", each(handler)).submit

        async def handle(received: Received[Any]) -> bytes:
            await decide(received)
            await handlers.carry_on(received.message.run_id)
            return (await handlers.preview_run(received)).model_dump_json().encode()

        return handle

    return [
        consume_each(
            RUNS,
            {
                PrepareRun: deciding("prepare", handlers.prepare_run),
                ApproveRun: deciding("approve", handlers.approve_run),
                StopRun: deciding("stop", handlers.stop_run),
                PreviewRun: answering(handlers.preview_run),
                ListRuns: answering(handlers.list_runs),
                ListRunPayees: answering(handlers.list_run_payees),
                ListRunDates: answering(handlers.list_run_dates),
            },
            publisher,
        )
    ]

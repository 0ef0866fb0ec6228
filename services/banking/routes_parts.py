"""How the parts of a large run reach their handlers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from shared.consuming import Handler
from shared.contracts.payments import RunApproved
from shared.envelopes import Received
from shared.outbox import SingleHandler


class AroundParts(Protocol):
    """Takes a part through several transactions and what lies between them."""

    def __call__(
        self,
        received: Received[RunApproved],
        /,
        *,
        collect: Handler,
        reserve: Handler,
        mark_sent: Handler,
        announce: Handler,
    ) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class RunPartHandlers:
    """Use cases with their dependencies filled in."""

    on_run_part_approved: AroundParts
    collect: SingleHandler
    reserve: SingleHandler
    mark_sent: SingleHandler
    announce: SingleHandler


def run_part_route(
    handlers: RunPartHandlers, group: Callable[[str, SingleHandler], Handler]
) -> Callable[[Received[Any]], Awaitable[None]]:
    """What happens to each part that arrives; ``group`` makes a group commit of a name."""
    return partial(
        handlers.on_run_part_approved,
        collect=group("banking.collect_part", handlers.collect),
        reserve=group("banking.reserve", handlers.reserve),
        mark_sent=group("banking.mark_sent", handlers.mark_sent),
        announce=group("banking.announce_part", handlers.announce),
    )

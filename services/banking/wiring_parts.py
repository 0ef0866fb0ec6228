"""Wires what happens to the parts of large runs."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.banking.domain.cpa005 import BankProfile
from services.banking.handlers import run_parts
from services.banking.handlers.run_parts import RunPartRepository
from services.banking.ports import DepositPlanRepository, PayeeRepository
from services.banking.routes_parts import RunPartHandlers
from shared.clock import Clock


def run_part_handlers(
    parts: RunPartRepository,
    *,
    plans: DepositPlanRepository,
    payees: PayeeRepository,
    profile: BankProfile,
    clock: Clock,
    write: Callable[[str], Awaitable[None]],
    crash_point: Callable[[str], None],
) -> RunPartHandlers:
    """The use cases over these repositories."""
    return RunPartHandlers(
        on_run_part_approved=partial(run_parts.on_run_part_approved, parts=parts, write=write, crash_point=crash_point),
        collect=partial(run_parts.collect, parts=parts, payees=payees),
        reserve=partial(run_parts.reserve_collected, parts=parts, plans=plans, profile=profile, clock=clock),
        mark_sent=partial(run_parts.mark_collected_sent, plans=plans, clock=clock),
        announce=partial(run_parts.announce_part, parts=parts),
    )

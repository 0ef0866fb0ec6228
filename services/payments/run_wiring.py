"""Wires runs with two agents: rules from the settings, handlers, and the driver beside them."""

from datetime import timedelta
from functools import partial

from services.payments.bank_holidays import bank_holidays
from services.payments.domain.run_rules import RunRules, calendars
from services.payments.handlers.drafting import approve_run, prepare_run, stop_run
from services.payments.handlers.driver import AT_ONCE, RunDriver, UnitOfWork
from services.payments.handlers.ports_returns import ReturnRepositories
from services.payments.handlers.releasing import Releasing
from services.payments.handlers.run_queries import (
    list_run_dates,
    list_run_payees,
    list_runs,
    preview_run,
)
from services.payments.handlers.slices import Slices
from services.payments.routes_runs import RunHandlers, routes
from services.payments.settings import Settings
from shared.clock import Clock, IdMaker
from shared.service import Service


def run_rules(settings: Settings) -> RunRules:
    """The rules of this deployment."""
    return RunRules(
        approvals=settings.run_approvals,
        stop_window=timedelta(seconds=settings.run_stop_window_seconds),
        minimum_cents=settings.run_minimum_cents,
        cheques=settings.run_cheques,
        slice_payables=settings.run_slice_payables,
        part_size=settings.run_part_size,
        calendars=calendars(
            anchor=settings.run_anchor,
            provider_days=settings.run_provider_days,
            member_days=settings.run_member_days,
            prepared_at=settings.run_prepared_at,
            cut_off=settings.run_cut_off,
            is_holiday=bank_holidays(settings.run_closed_days),
        ),
    )


def driver_over(
    over: ReturnRepositories,
    rules: RunRules,
    unit_of_work: UnitOfWork,
    *,
    clock: Clock,
    ids: IdMaker,
    poll_seconds: float,
) -> RunDriver:
    """Does what is due and what is unfinished."""
    releasing = Releasing(
        payables=over.payables,
        runs=over.runs,
        payments=over.payments,
        ledger=over.ledger,
        cheques=over.cheques,
        claims=over.claims,
        statements=over.statements,
        ids=ids,
    )
    slices = Slices(
        drafts=over.drafts,
        payables=over.payables,
        payees=over.payees,
        releasing=releasing,
        rules=rules,
        clock=clock,
    )
    return RunDriver(slices, unit_of_work, clock=clock, ids=ids, poll_seconds=poll_seconds)


def bind_runs(over: ReturnRepositories, rules: RunRules, driver: RunDriver, *, clock: Clock) -> RunHandlers:
    """The handlers with everything that they need but the messages."""
    drafts = over.drafts
    return RunHandlers(
        prepare_run=partial(prepare_run, drafts=drafts, runs=over.runs, clock=clock),
        approve_run=partial(approve_run, drafts=drafts, rules=rules, clock=clock),
        stop_run=partial(stop_run, drafts=drafts, clock=clock),
        carry_on=partial(driver.carry_on, limit=AT_ONCE),
        preview_run=partial(preview_run, drafts=drafts, rules=rules),
        list_runs=partial(list_runs, drafts=drafts, rules=rules),
        list_run_payees=partial(list_run_payees, drafts=drafts),
        list_run_dates=partial(list_run_dates, rules=rules, clock=clock),
    )


def add_runs(
    service: Service, over: ReturnRepositories, rules: RunRules, *, clock: Clock, ids: IdMaker, poll_seconds: float
) -> None:
    """The queue of runs, and the driver for as long as the service runs."""
    driver = driver_over(over, rules, service.outbox.run, clock=clock, ids=ids, poll_seconds=poll_seconds)
    service.include(routes(bind_runs(over, rules, driver, clock=clock), service.outbox, service.publisher))
    service.background(driver.run)

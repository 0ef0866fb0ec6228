"""Loading the registers beside the roster: providers, provider kinds, professional orders, statements (REG-20)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from services.identity.domain import register_rows
from services.identity.domain.accounts import AGENT
from services.identity.domain.csv_rows import Line, LineError, read_header, read_rows
from services.identity.domain.errors import AgentsOnlyError
from services.identity.domain.professionals import Professional
from services.identity.domain.providers import Provider, Specialty
from services.identity.domain.register_loading import Entry, Row, apply_rows
from services.identity.domain.statements import Statement
from services.identity.handlers.acts import note_load
from services.identity.handlers.register_ports import RegisterRepository, StatementRepository
from shared.clock import Clock, business_day
from shared.contracts import Event
from shared.contracts.identity import RosterLineError, RosterReport
from shared.contracts.identity.providers import LoadRegisterRows, ProviderRecorded, RegisterName
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

E = TypeVar("E", bound=Entry)
Check = Callable[[Sequence[Row[E]], Session | None], Awaitable[Sequence[LineError]]]
"""Finds rows that contradict another register."""


async def _nothing_to_check(_rows: Sequence[Row[E]], _session: Session | None) -> Sequence[LineError]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Generic[E]):
    """A register: its columns and those that a file may lack, how a line reads, where entries are kept, what a change
    is told as.
    """

    columns: Sequence[str]
    optional_columns: Sequence[str] = ()
    read: Callable[[Line], Row[E]]
    entries: RegisterRepository[E]
    check: Check[E] = _nothing_to_check
    told_as: Callable[[E], Event | None] = lambda _entry: None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterStores:
    """Where the registers are kept."""

    providers: RegisterRepository[Provider]
    specialties: RegisterRepository[Specialty]
    professionals: RegisterRepository[Professional]
    statements: StatementRepository


def registers_over(stores: RegisterStores) -> Mapping[RegisterName, Register[Any]]:
    """Every register by the name in its route."""
    return {
        "providers": Register(
            columns=register_rows.PROVIDER_COLUMNS,
            optional_columns=register_rows.PRACTICE_COLUMNS,
            read=register_rows.provider_row,
            entries=stores.providers,
            check=partial(_unknown_specialties, specialties=stores.specialties),
            told_as=provider_recorded,
        ),
        "provider-kinds": Register(
            columns=register_rows.KIND_COLUMNS, read=register_rows.kind_row, entries=stores.specialties
        ),
        "professionals": Register(
            columns=register_rows.PROFESSIONAL_COLUMNS,
            read=register_rows.professional_row,
            entries=stores.professionals,
        ),
        "statements": Register(
            columns=register_rows.STATEMENT_COLUMNS,
            read=register_rows.statement_row,
            entries=stores.statements,
            check=partial(_unknown_payees, providers=stores.providers),
        ),
    }


async def load_register_rows(
    received: Received[LoadRegisterRows],
    work: Work,
    *,
    registers: Mapping[RegisterName, Register[Any]],
    clock: Clock,
) -> RosterReport:
    """Merge a slice of a register; loading it again changes nothing.

    Raises:
        AgentsOnlyError: the caller is not an agent.
        RosterHeaderError: the columns are not those of this register; no line is looked at.
    """
    if AGENT not in received.require_actor().roles:
        raise AgentsOnlyError
    message = received.message
    register = registers[message.register_name]
    layout = read_header(message.header, register.columns, optional=register.optional_columns)
    rows, unreadable = read_rows(
        layout, message.lines, register.read, first_line=message.first_line, today=business_day(clock())
    )
    report = await _merged(register, rows, unreadable, work)
    note_load(work, received, message.register_name, report, clock=clock)
    return report


async def _merged(
    register: Register[E], rows: Sequence[Row[E]], unreadable: Sequence[LineError], work: Work
) -> RosterReport:
    contradicting = await register.check(rows, work.session)
    refused = {error.line for error in contradicting}
    sound = [row for row in rows if row.line not in refused]
    ids = sorted({row.entry.entry_id for row in sound})
    outcome = apply_rows(sound, await register.entries.list_by_ids(ids, session=work.session))
    await register.entries.save_all(outcome.changed, session=work.session)
    for event in map(register.told_as, outcome.changed):
        if event is not None:
            work.publish(event)
    rejected = sorted([*unreadable, *contradicting, *outcome.rejected], key=lambda error: error.line)
    return RosterReport(
        accepted=outcome.accepted,
        unchanged=outcome.unchanged,
        rejected=tuple(RosterLineError(line=one.line, field=one.field, code=one.code) for one in rejected),
    )


async def _unknown_specialties(
    rows: Sequence[Row[Provider]], session: Session | None, *, specialties: RegisterRepository[Specialty]
) -> Sequence[LineError]:
    codes = sorted({row.entry.specialty for row in rows if row.entry.specialty is not None})
    known = await specialties.list_by_ids(codes, session=session)
    return [
        LineError(row.line, "specialty", "roster.specialty_unknown")
        for row in rows
        if row.entry.specialty is not None
        and (row.entry.specialty not in known or known[row.entry.specialty].kind is not row.entry.number.kind)
    ]


async def _unknown_payees(
    rows: Sequence[Row[Statement]], session: Session | None, *, providers: RegisterRepository[Provider]
) -> Sequence[LineError]:
    ids = sorted({row.entry.provider_id for row in rows})
    known = await providers.list_by_ids(ids, session=session)
    return [LineError(row.line, "number", "roster.payee_unknown") for row in rows if row.entry.provider_id not in known]


def provider_recorded(provider: Provider) -> ProviderRecorded:
    """A provider as other services may know it; its e-mail address is none of their business."""
    return ProviderRecorded(
        provider_id=provider.provider_id,
        version=provider.version,
        kind=provider.number.kind.value,
        number=provider.number.number,
        offices=provider.offices,
        specialty=provider.specialty,
        name=provider.name,
        practice_name=provider.practice_name,
        chain=provider.chain,
        chain_name=provider.chain_name,
        province=provider.province,
        phone=provider.phone,
        active=provider.active,
        street=provider.street,
        city=provider.city,
        postal_code=provider.postal_code,
    )

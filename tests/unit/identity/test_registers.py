"""REG-20: the registers beside the roster, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from services.identity.domain.errors import AgentsOnlyError, RosterHeaderError
from services.identity.domain.professionals import Professional, Standing
from services.identity.domain.providers import Kind, Provider, ProviderNumber, Specialty
from services.identity.domain.register_rows import (
    KIND_COLUMNS,
    PROFESSIONAL_COLUMNS,
    PROVIDER_COLUMNS,
    STATEMENT_COLUMNS,
)
from services.identity.handlers.registers import RegisterStores, load_register_rows, registers_over
from shared.contracts import Actor
from shared.contracts.identity import RosterReport
from shared.contracts.identity.access import ActRecorded
from shared.contracts.identity.providers import LoadRegisterRows, ProviderRecorded, RegisterName
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support.provider_memory import MemoryRegister, MemoryStatements

pytestmark = pytest.mark.req("REG-20")

COLUMNS: dict[RegisterName, Sequence[str]] = {
    "providers": PROVIDER_COLUMNS,
    "provider-kinds": KIND_COLUMNS,
    "professionals": PROFESSIONAL_COLUMNS,
    "statements": STATEMENT_COLUMNS,
}
DENTIST = {
    "kind": "dentist",
    "number": "012345678",
    "office_numbers": "0042 0007",
    "name": "Dre Anaïs Côté",
    "practice_name": "Clinique, du Parc",
    "email": "Anais@Example.org",
    "phone": "418 555-0100",
    "language": "fr",
    "province": "QC",
}
CHAIN = {"kind": "pharmacy", "number": "b12345678", "name": "Pharmacie 12", "chain": "yes", "chain_name": "Grande"}
HYGIENIST = {
    "reference_number": "012345",
    "permit_number": "h-77",
    "first_name": "Maïka",
    "last_name": "D’Amours",
    "birth_date": "1990-02-28",
    "order": "ohdq",
    "standing": "active",
    "language": "fr",
}
STATEMENT = {
    "kind": "dentist",
    "number": "012345678",
    "statement_date": "2026-10-01",
    "batch_number": "00004711",
    "amount": "3690.10",
}


@dataclass
class Archive:
    providers: MemoryRegister[Provider] = field(default_factory=MemoryRegister)
    specialties: MemoryRegister[Specialty] = field(default_factory=MemoryRegister)
    professionals: MemoryRegister[Professional] = field(default_factory=MemoryRegister)
    statements: MemoryStatements = field(default_factory=MemoryStatements)

    async def load(
        self, name: RegisterName, *rows: dict[str, str], actor: Actor | None = None, first_line: int = 2
    ) -> tuple[RosterReport, Work]:
        columns = COLUMNS[name]
        lines = [";".join(row.get(column, "") for column in columns) for row in rows]
        return await self.load_lines(name, ";".join(columns), *lines, actor=actor, first_line=first_line)

    async def load_lines(
        self, name: RegisterName, header: str, *lines: str, actor: Actor | None = None, first_line: int = 2
    ) -> tuple[RosterReport, Work]:
        message = LoadRegisterRows(register_name=name, header=header, first_line=first_line, lines=lines)
        received = build.received(message, actor or build.agent())
        work = build.work_for(received)
        stores = RegisterStores(
            providers=self.providers,
            specialties=self.specialties,
            professionals=self.professionals,
            statements=self.statements,
        )
        registers = registers_over(stores)
        return await load_register_rows(received, work, registers=registers, clock=lambda: build.NOW), work


@pytest.fixture
def archive() -> Archive:
    return Archive()


def errors(report: RosterReport) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.field, one.code) for one in report.rejected]


async def test_a_new_provider_is_kept_and_published_without_the_address(archive: Archive) -> None:
    report, work = await archive.load("providers", DENTIST)
    number = ProviderNumber(Kind.DENTIST, "012345678")
    provider = archive.providers.rows[number.provider_id]
    assert report == RosterReport(accepted=1, unchanged=0)
    assert (provider.offices, provider.email, provider.chain, provider.active) == (
        ("0007", "0042"),
        "anais@example.org",
        False,
        True,
    )
    recorded, act = work.events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.details) == (
        "sensitive_update",
        {"what": "providers", "accepted": "1", "unchanged": "0", "rejected": "0"},
    )
    assert recorded == (
        ProviderRecorded(
            provider_id=number.provider_id,
            version=1,
            kind="dentist",
            number="012345678",
            offices=("0007", "0042"),
            name="Dre Anaïs Côté",
            practice_name="Clinique, du Parc",
            province="QC",
            phone="418 555-0100",
        )
    )


async def test_loading_again_changes_nothing_and_a_change_is_the_next_version(archive: Archive) -> None:
    await archive.load("providers", DENTIST)
    same, silent = await archive.load("providers", DENTIST)
    changed, told = await archive.load("providers", DENTIST | {"active": "no"})
    assert same == RosterReport(accepted=0, unchanged=1)
    assert [type(event) for event in silent.events] == [ActRecorded]
    assert changed == RosterReport(accepted=1, unchanged=0)
    assert [(event.version, event.active) for event in told.events if isinstance(event, ProviderRecorded)] == [
        (2, False)
    ]


@pytest.mark.req("CLM-2", "REG-20")
async def test_a_file_may_say_where_the_practice_is(archive: Archive) -> None:
    """Files of before had no such columns: they are still taken."""
    practice = {"street": "12,  rue de l’Église", "city": "Trois-Rivières", "postal_code": "g9a1b2"}
    header = ",".join([*PROVIDER_COLUMNS, *practice])
    values = {**dict.fromkeys(PROVIDER_COLUMNS, ""), **DENTIST, **practice}
    line = ",".join(f'"{values[column]}"' for column in header.split(","))
    report, work = await archive.load_lines("providers", header, line, line.replace("g9a1b2", "G9D 1B2"))
    event, _ = work.events
    assert isinstance(event, ProviderRecorded)
    assert (event.street, event.city, event.postal_code) == ("12, rue de l’Église", "Trois-Rivières", "G9A 1B2")
    assert errors(report) == [(3, "postal_code", "roster.format")]
    with pytest.raises(RosterHeaderError):
        await archive.load_lines("providers", f"{header},city")


@pytest.mark.req("REG-12")
async def test_a_pharmacy_carries_its_chain(archive: Archive) -> None:
    _, work = await archive.load("providers", CHAIN | {"language": "en", "province": "on"})
    event = work.events[0]
    assert isinstance(event, ProviderRecorded)
    assert (event.number, event.chain, event.chain_name, event.province) == ("B 12345678", True, "Grande", "ON")


async def test_every_mistake_has_its_line_field_and_code(archive: Archive) -> None:
    report, _ = await archive.load(
        "providers",
        DENTIST | {"number": "12345678"},
        DENTIST | {"office_numbers": ""},
        DENTIST | {"office_numbers": "42"},
        DENTIST | {"email": "nobody"},
        DENTIST | {"chain_name": "Grande"},
        DENTIST | {"specialty": "orthodontist"},
        DENTIST | {"number": "111111111", "name": "A"},
        DENTIST | {"number": "111111111", "name": "B"},
        first_line=502,
    )
    assert report.accepted == 1
    assert errors(report) == [
        (502, "number", "roster.format"),
        (503, "office_numbers", "roster.required"),
        (504, "office_numbers", "roster.format"),
        (505, "email", "roster.format"),
        (506, "chain_name", "roster.chain"),
        (507, "specialty", "roster.specialty_unknown"),
        (509, None, "roster.repeated"),
    ]


async def test_a_specialty_must_be_a_provider_kind_of_the_same_form(archive: Archive) -> None:
    kinds = [
        {"code": "orthodontist", "kind": "dentist", "name_fr": "Orthodontiste", "name_en": "Orthodontist"},
        {"code": "physiotherapist", "kind": "other", "name_fr": "Physiothérapeute", "name_en": "Physiotherapist"},
    ]
    assert (await archive.load("provider-kinds", *kinds))[0].accepted == 2
    assert (await archive.load("providers", DENTIST | {"specialty": "orthodontist"}))[0].accepted == 1
    report, _ = await archive.load("providers", DENTIST | {"specialty": "physiotherapist"})
    assert errors(report) == [(2, "specialty", "roster.specialty_unknown")]


@pytest.mark.req("REG-16")
async def test_facts_of_the_order_are_kept_by_reference_number(archive: Archive) -> None:
    report, _ = await archive.load("professionals", HYGIENIST, HYGIENIST | {"reference_number": "1", "standing": "x"})
    assert errors(report) == [(3, "reference_number", "roster.format"), (3, "standing", "roster.choice")]
    known = archive.professionals.rows["012345"]
    assert (known.display_name, known.permit_number, known.order, known.standing) == (
        "Maïka D’Amours",
        "H-77",
        "OHDQ",
        Standing.ACTIVE,
    )


@pytest.mark.req("REG-13")
async def test_existing_statements_are_kept_for_providers_of_the_register(archive: Archive) -> None:
    unknown, _ = await archive.load("statements", STATEMENT)
    assert errors(unknown) == [(2, "number", "roster.payee_unknown")]
    await archive.load("providers", DENTIST)
    report, _ = await archive.load(
        "statements",
        STATEMENT,
        STATEMENT | {"batch_number": "4712"},
        STATEMENT | {"statement_date": "2027-01-01", "batch_number": "00004713"},
        STATEMENT | {"amount": "12,5", "batch_number": "00004714"},
    )
    (kept,) = archive.statements.rows.values()
    assert report.accepted == 1
    assert errors(report) == [
        (3, "batch_number", "roster.format"),
        (4, "statement_date", "roster.range"),
        (5, "amount", "roster.format"),
    ]
    assert (kept.facts.batch_number, kept.amount_cents) == ("00004711", 369_010)


async def test_only_agents_load_registers_and_only_with_their_columns(archive: Archive) -> None:
    with pytest.raises(AgentsOnlyError):
        await archive.load("providers", DENTIST, actor=build.member_actor("dossier"))
    message = LoadRegisterRows(register_name="statements", header=",".join(PROVIDER_COLUMNS), first_line=2, lines=())
    received = build.received(message, build.agent())
    with pytest.raises(RosterHeaderError):
        await load_register_rows(
            received,
            build.work_for(received),
            registers=registers_over(
                RegisterStores(
                    providers=archive.providers,
                    specialties=archive.specialties,
                    professionals=archive.professionals,
                    statements=archive.statements,
                )
            ),
            clock=lambda: build.NOW,
        )

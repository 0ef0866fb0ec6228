"""Loading the roster, and reading a dossier."""

from services.identity.domain.accounts import AGENT
from services.identity.domain.csv_rows import LineError
from services.identity.domain.errors import AgentsOnlyError, DossierUnknownError
from services.identity.domain.roster import Dossier, Person
from services.identity.domain.roster_loading import apply_rows
from services.identity.domain.roster_rows import read_header, read_rows
from services.identity.handlers.acts import note_load
from services.identity.ports import DossierRepository
from shared.clock import Clock, business_day
from shared.contracts.identity import (
    CoverageRecorded,
    CoveredPerson,
    ListPersons,
    LoadRosterRows,
    PersonsView,
    PersonView,
    RosterLineError,
    RosterReport,
)
from shared.envelopes import Received
from shared.outbox import Work


async def load_roster_rows(
    received: Received[LoadRosterRows], work: Work, *, dossiers: DossierRepository, clock: Clock
) -> RosterReport:
    """Merge a slice of the roster; a dossier that changed is published once, whole (REG-20).

    Raises:
        AgentsOnlyError: the caller is not an agent.
        RosterHeaderError: the columns are not those of a roster; no line is looked at.
    """
    if AGENT not in received.require_actor().roles:
        raise AgentsOnlyError
    message = received.message
    rows, unreadable = read_rows(
        read_header(message.header), message.lines, first_line=message.first_line, today=business_day(clock())
    )
    ids = sorted({row.number.dossier_id for row in rows})
    outcome = apply_rows(rows, await dossiers.list_by_ids(ids, session=work.session))
    await dossiers.save_all(outcome.changed, session=work.session)
    for dossier in outcome.changed:
        work.publish(_coverage_recorded(dossier))
    rejected = sorted([*unreadable, *outcome.rejected], key=lambda error: error.line)
    report = RosterReport(
        accepted=outcome.accepted,
        unchanged=outcome.unchanged,
        rejected=tuple(_line_error(error) for error in rejected),
    )
    note_load(work, received, "roster", report, clock=clock)
    return report


async def list_persons(received: Received[ListPersons], *, dossiers: DossierRepository) -> PersonsView:
    """Persons of the dossier that the caller's session is for, the member first.

    Raises:
        DossierUnknownError: the session has no dossier.
    """
    dossier_id = received.require_actor().dossier_id
    dossier = None if dossier_id is None else await dossiers.get(dossier_id)
    if dossier is None:
        raise DossierUnknownError
    return PersonsView(
        persons=tuple(
            PersonView(
                person_id=dossier.person_id(person),
                display_name=person.display_name,
                relationship=person.relationship.value,
            )
            for person in dossier.persons
        )
    )


def _line_error(error: LineError) -> RosterLineError:
    return RosterLineError(line=error.line, field=error.field, code=error.code)


def _coverage_recorded(dossier: Dossier) -> CoverageRecorded:
    return CoverageRecorded(
        dossier_id=dossier.dossier_id,
        version=dossier.version,
        contract_number=dossier.number.contract,
        certificate_number=dossier.number.certificate,
        plan_code=dossier.plan_code,
        province=dossier.province,
        persons=tuple(_covered_person(dossier, person) for person in dossier.persons),
    )


def _covered_person(dossier: Dossier, person: Person) -> CoveredPerson:
    return CoveredPerson(
        person_id=dossier.person_id(person),
        first_name=person.first_name,
        last_name=person.last_name,
        relationship=person.relationship.value,
        birth_date=person.birth_date,
        student=person.student,
        effective_from=person.effective_from,
        effective_to=person.effective_to,
    )

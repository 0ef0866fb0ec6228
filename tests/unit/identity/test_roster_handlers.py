import pytest

from services.identity.domain.errors import AgentsOnlyError, DossierUnknownError, RosterHeaderError
from services.identity.handlers.roster import list_persons, load_roster_rows
from shared.contracts import Actor
from shared.contracts.identity import (
    CoverageRecorded,
    CoveredPerson,
    ListPersons,
    LoadRosterRows,
    PersonsView,
    RosterLineError,
    RosterReport,
)
from shared.contracts.identity.access import ActRecorded
from shared.envelopes import Received
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support.identity_memory import MemoryDossiers

Loaded = tuple[RosterReport, Work]


@pytest.fixture
def dossiers() -> MemoryDossiers:
    return MemoryDossiers()


async def load(dossiers: MemoryDossiers, message: LoadRosterRows, actor: Actor | None = None) -> Loaded:
    received = build.received(message, actor or build.agent())
    work = build.work_for(received)
    return await load_roster_rows(received, work, dossiers=dossiers, clock=lambda: build.NOW), work


@pytest.mark.req("REG-20")
async def test_a_new_dossier_is_published_once_with_all_its_persons(dossiers: MemoryDossiers) -> None:
    number = build.random_number()
    report, work = await load(dossiers, build.load_rows(build.row(number), build.spouse_row(number)))
    persons = [
        CoveredPerson(
            person_id=number.person_id(person.number),
            first_name=person.first_name,
            last_name=person.last_name,
            relationship=person.relationship.value,
            birth_date=person.birth_date,
            effective_from=person.effective_from,
        )
        for person in (build.person(), build.spouse())
    ]
    assert report == RosterReport(accepted=2, unchanged=0)
    assert work.commands == []
    assert build.told(work) == [
        CoverageRecorded(
            dossier_id=number.dossier_id,
            version=1,
            contract_number=number.contract,
            certificate_number=number.certificate,
            plan_code="STANDARD",
            province="QC",
            persons=tuple(persons),
        )
    ]


@pytest.mark.req("REG-20")
async def test_loading_again_publishes_nothing(dossiers: MemoryDossiers) -> None:
    message = build.load_rows(build.row(build.random_number()), build.row(build.random_number()))
    await load(dossiers, message)
    report, work = await load(dossiers, message)
    assert report == RosterReport(accepted=0, unchanged=2)
    assert [type(event) for event in work.events] == [ActRecorded]


@pytest.mark.req("REG-20")
async def test_only_the_changed_dossier_is_published_with_its_next_version(dossiers: MemoryDossiers) -> None:
    changed, same = build.random_number(), build.random_number()
    await load(dossiers, build.load_rows(build.row(changed), build.row(same)))
    report, work = await load(dossiers, build.load_rows(build.row(changed, plan_code="ENHANCED"), build.row(same)))
    (event,) = build.told(work)
    assert isinstance(event, CoverageRecorded)
    assert (event.dossier_id, event.version, event.plan_code) == (changed.dossier_id, 2, "ENHANCED")
    assert report == RosterReport(accepted=1, unchanged=1)


@pytest.mark.req("REG-20")
async def test_wrong_lines_are_reported_by_line_and_the_others_are_taken(dossiers: MemoryDossiers) -> None:
    good = build.random_number()
    message = build.load_rows(
        build.spouse_row(build.random_number()),
        build.row(build.random_number(), birth_date="tomorrow"),
        build.row(good),
        first_line=502,
    )
    report, work = await load(dossiers, message)
    assert report == RosterReport(
        accepted=1,
        unchanged=0,
        rejected=(
            RosterLineError(line=502, field="relationship", code="roster.member_missing"),
            RosterLineError(line=503, field="birth_date", code="roster.date"),
        ),
    )
    assert [event.subject() for event in build.told(work)] == [good.dossier_id]


@pytest.mark.req("REG-20")
async def test_another_header_stops_the_slice(dossiers: MemoryDossiers) -> None:
    with pytest.raises(RosterHeaderError):
        await load(dossiers, LoadRosterRows(header="a,b", first_line=2, lines=("1,2",)))


@pytest.mark.req("REG-20")
async def test_members_may_not_load_the_roster(dossiers: MemoryDossiers) -> None:
    number = build.random_number()
    with pytest.raises(AgentsOnlyError):
        await load(dossiers, build.load_rows(build.row(number)), build.member_actor(number.dossier_id))
    assert await dossiers.get(number.dossier_id) is None


def asking(actor: Actor) -> Received[ListPersons]:
    return build.received(ListPersons(), actor)


async def test_persons_of_ones_own_dossier_are_listed_the_member_first(dossiers: MemoryDossiers) -> None:
    mine, other = build.dossier(build.spouse(), build.person()), build.dossier()
    await dossiers.save_all([mine, other])
    view = await list_persons(asking(build.member_actor(mine.dossier_id)), dossiers=dossiers)
    assert isinstance(view, PersonsView)
    assert [(item.person_id, item.display_name, item.relationship) for item in view.persons] == [
        (mine.number.person_id("00"), "Zoé D’Amours", "self"),
        (mine.number.person_id("01"), "Luc D’Amours", "spouse"),
    ]


@pytest.mark.parametrize("dossier_id", [None, build.random_number().dossier_id], ids=["none", "unknown"])
async def test_without_a_dossier_there_are_no_persons(dossiers: MemoryDossiers, dossier_id: str | None) -> None:
    with pytest.raises(DossierUnknownError):
        await list_persons(asking(build.member_actor(dossier_id)), dossiers=dossiers)

"""Loading a directory, switching to it, and what enrolments see of it (BNK-1)."""

import hashlib

import pytest

from services.banking.domain.accounts import InstitutionUnknown
from services.banking.domain.directory import Branch, read_line
from services.banking.handlers.directory import (
    BUILT_IN,
    BranchNotFound,
    DirectoryEmpty,
    DirectoryNotLoaded,
    DirectoryShrunk,
    LinesRefused,
    VersionNotUsable,
    get_branch,
    list_institutions,
    load_directory,
    switch_directory,
)
from shared.contracts.banking_details import GetBranch, ListInstitutions
from tests.support import banking_builders as build
from tests.support.banking_desk import Desk
from tests.support.banking_memory import MemoryDirectory, MemoryDirectoryVersions
from tests.support.cpa005_reader import read
from tests.support.directory_lines import directory_line

pytestmark = pytest.mark.req("BNK-1")


def branch(**values: str) -> Branch:
    found = read_line(directory_line(**values))
    assert isinstance(found, Branch)
    return found


async def load(versions: MemoryDirectoryVersions, *lines: str, most_bad_lines: int = 0):
    content = [f"{line}\n".encode() for line in lines]
    digest = hashlib.sha256(b"".join(content))
    return await load_directory(
        content,
        sha256=digest.hexdigest,
        versions=versions,
        clock=lambda: build.NOW,
        most_bad_lines=most_bad_lines,
    )


@pytest.fixture
def versions():
    return MemoryDirectoryVersions()


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path, directory=MemoryDirectory([branch(), branch(institution_id="099712345")]))


async def test_a_bad_line_refuses_the_load_and_is_named(versions):
    with pytest.raises(LinesRefused) as refusal:
        await load(versions, directory_line(), "bad", "worse")
    assert [line.number for line in refusal.value.refused] == [2, 3]
    assert versions.rows == {}
    with pytest.raises(LinesRefused):
        await load(versions, directory_line(), "bad", "worse", most_bad_lines=1)
    stored = await load(versions, directory_line(), "bad", "worse", most_bad_lines=2)
    assert (stored.branches, stored.refused) == (1, 2)


async def test_a_load_is_a_version_of_its_own_and_counts_once_it_is_switched_to(versions):
    first = await load(versions, directory_line())
    second = await load(versions, directory_line(), directory_line(institution_id="000310011"))
    assert (first.number, second.number, versions.in_force) == (1, 2, None)
    await switch_directory(2, versions=versions, keep=3)
    assert [one.number for one in await versions.list_all() if one.is_in_force] == [2]
    await switch_directory(1, versions=versions, keep=3)
    assert versions.in_force == 1


async def test_the_same_file_again_is_the_same_version(versions):
    assert (await load(versions, directory_line())).number == (await load(versions, directory_line())).number == 1


async def test_an_empty_file_loads_nothing(versions):
    with pytest.raises(DirectoryEmpty):
        await load(versions)


async def test_part_of_a_file_is_not_put_in_force(versions):
    await load(versions, *(directory_line(institution_id=f"0{number}30123") for number in (815, 829, 997)))
    await switch_directory(1, versions=versions, keep=3)
    await load(versions, directory_line())
    with pytest.raises(DirectoryShrunk):
        await switch_directory(2, versions=versions, keep=3)
    assert versions.in_force == 1
    await switch_directory(2, versions=versions, keep=3, may_shrink=True)
    assert versions.in_force == 2


async def test_old_branches_are_forgotten_and_what_is_forgotten_or_unknown_is_not_switched_to(versions):
    for number in range(4):
        stored = await load(versions, directory_line(cycle=f"26112{number}"))
        await switch_directory(stored.number, versions=versions, keep=3)
    assert [one.number for one in await versions.list_all() if one.is_complete] == [4, 3, 2]
    for number in (1, 9):
        with pytest.raises(VersionNotUsable):
            await switch_directory(number, versions=versions, keep=3)


async def test_enrolments_may_name_what_the_directory_lists_and_nothing_else(desk):
    actor = build.member(language="fr")
    with pytest.raises(InstitutionUnknown):
        await desk.enrol(build.enrolment(actor.dossier_id, institution="001"), actor)
    view = await desk.enrol(build.enrolment(actor.dossier_id, institution="997", transit="12345"), actor)
    assert (view.enrolled, view.warnings, view.hints) == (True, (), ())


async def test_a_transit_without_branch_is_a_warning_in_the_answer(desk):
    actor = build.member(language="en")
    view = await desk.enrol(build.enrolment(actor.dossier_id, transit="99999"), actor)
    assert view.warnings == ("banking.branch_not_listed",)
    assert view.hints[0].box == "transit"
    assert view.hints[0].message.startswith("We find no branch of this institution (Desjardins) with this transit.")
    assert "99999" not in view.model_dump_json()


async def test_an_institution_that_left_the_directory_is_still_shown_and_paid(desk):
    actor = build.member()
    await desk.register(actor.dossier_id)
    await desk.enrol(build.enrolment(actor.dossier_id, institution="997", transit="12345"), actor)
    desk.directory.branches = [branch(), branch(institution_id="000310011")]
    assert (await desk.shown(actor)).institution_name == "997"

    class Former(MemoryDirectory):
        async def numbers_ever(self):
            return await super().numbers_ever() | {"997"}

    desk.directory = Former(desk.directory.branches)
    await desk.deposit(build.run_approved(build.run_item(actor.dossier_id)))
    (path,) = desk.files()
    (credit,) = read(path.read_bytes()).segments
    assert credit.institution == "099712345"


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "a d’habitude 7 ou 12 chiffres"), ("en", "usually has 7 or 12 digits")]
)
async def test_a_length_hint_is_said_in_the_payees_language_and_refuses_nothing(tmp_path, language, words):
    actor = build.member(language=language)
    view = await Desk(folder=tmp_path).enrol(
        build.enrolment(actor.dossier_id, institution="002", account="12345678"), actor
    )
    assert view.enrolled
    (hint,) = view.hints
    assert (hint.code, hint.box) == ("banking.account_length_unusual", "account")
    assert words in hint.message
    assert "12345678" not in hint.message


async def test_held_details_are_warned_about_in_the_language_of_the_enrolment(tmp_path):
    shown = await Desk(folder=tmp_path).hold("flow-1", institution="815", account="12")
    assert [hint.message[:18] for hint in shown.hints] == ["À cette institutio"]


async def test_institutions_are_listed_by_name_and_those_without_one_last():
    listed = await list_institutions(build.received(ListInstitutions(language="fr")), directory=BUILT_IN)
    names = [one.name for one in listed.institutions]
    named = [name for name in names if not name.isdigit()]
    assert names[: len(named)] == sorted(named, key=str.casefold)
    assert named[0] == "ATB Financial"
    assert names[-1].isdigit()
    assert listed.directory_version is None
    assert {"815", "003"} <= {one.number for one in listed.institutions}


async def test_a_branch_is_found_by_its_routing_number(desk):
    view = await get_branch(build.received(GetBranch(routing="081530123", language="fr")), directory=desk.directory)
    assert (view.institution_name, view.city, view.postal_code) == (
        "Fédération des caisses Desjardins",
        "Québec",
        "G1R 4L4",
    )
    with pytest.raises(BranchNotFound):
        await get_branch(build.received(GetBranch(routing="081500000")), directory=desk.directory)
    with pytest.raises(DirectoryNotLoaded):
        await get_branch(build.received(GetBranch(routing="081530123")), directory=BUILT_IN)

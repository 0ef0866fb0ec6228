"""The directory of institutions on a real MongoDB: loaded by the command, switched at once, gone back from (BNK-1)."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from services.banking import institutions
from services.banking.domain.accounts import InstitutionUnknown
from services.banking.storage_directory import BRANCHES, VERSIONS, MongoDirectory
from tests.support import banking_builders as build
from tests.support.directory_lines import directory_line

pytestmark = pytest.mark.req("BNK-1")


@pytest.fixture
def run(database_url, database, tmp_path):
    """The command with the rights of the service's own user."""
    environment = {"ACQUIT_MONGODB_URL": database_url, "ACQUIT_MONGODB_DATABASE": database.name}

    async def command(*arguments: str, lines: tuple[str, ...] = ()) -> Result:
        file = tmp_path / "fif.txt"
        if lines:
            file.write_bytes("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
        given = [str(file) if one == "FILE" else one for one in arguments]
        return await asyncio.to_thread(CliRunner().invoke, institutions.cli, given, env=environment)

    return command


async def test_a_loaded_directory_counts_for_every_process_at_once(run, database, desk):
    directory, actor = MongoDirectory(database), build.member()
    assert (await directory.version(), "001" in await directory.institutions()) == (None, True)

    result = await run("load", "FILE", lines=(directory_line(), directory_line(institution_id="099712345")))

    assert (result.exit_code, result.output) == (
        0,
        "version 1: 2 institutions, 2 branches, cycle 261120, 0 lines left out, in force\n",
    )
    assert set(await directory.institutions()) == {"815", "997"}
    found = await directory.branch("815", "30123")
    assert found is not None
    assert (found.name_fr, found.city) == ("Fédération des caisses Desjardins", "Québec")
    with pytest.raises(InstitutionUnknown):
        await desk.enrol(build.enrolment(actor.dossier_id, institution="001"), actor)
    view = await desk.enrol(build.enrolment(actor.dossier_id, institution="997", transit="54321"), actor)
    assert view.warnings == ("banking.branch_not_listed",)


async def test_bad_lines_are_named_and_change_nothing(run, database):
    await run("load", "FILE", lines=(directory_line(),))
    bad = (directory_line(cycle="261127"), "too short", directory_line(institution_id="x"))

    refused = await run("load", "FILE", lines=bad)

    assert refused.exit_code == 1
    assert "line 2: not 400 characters" in refused.output
    assert "line 3: the institution identification number" in refused.output
    assert await MongoDirectory(database).version() == 1
    assert await database.collection(VERSIONS).count({}) == 1
    taken = await run("load", "FILE", "--skip-bad-lines", "2", lines=bad)
    assert (taken.exit_code, "2 lines left out, in force" in taken.output) == (0, True)


async def test_one_goes_back_to_a_version_and_old_branches_go(run, database):
    for number in range(5):
        lines = (directory_line(cycle=f"26112{number}"), directory_line(institution_id=f"0{number + 990}12345"))
        await run("load", "FILE", "--keep-current", lines=lines)
        await run("switch", str(number + 1))
    directory = MongoDirectory(database)
    assert await directory.version() == 5
    assert {row["version"] for row in await database.collection(BRANCHES).find({})} == {3, 4, 5}

    assert (await run("switch", "4")).exit_code == 0
    assert set(await directory.institutions()) == {"815", "993"}
    assert {f"99{number}" for number in range(5)} <= await directory.numbers_ever()
    gone = await run("switch", "1")
    assert (gone.exit_code, "directory_version_not_usable" in gone.output) == (1, True)
    listed = await run("versions")
    assert (listed.exit_code, "in force" in listed.output) == (0, True)


async def test_a_load_that_was_interrupted_is_no_version_to_switch_to(run, database):
    await run("load", "FILE", lines=(directory_line(),))
    await database.collection(VERSIONS).update_one({"_id": 1}, {"$set": {"complete": False}})
    again = await run("load", "FILE")
    assert "version 2:" in again.output
    assert await MongoDirectory(database).version() == 2

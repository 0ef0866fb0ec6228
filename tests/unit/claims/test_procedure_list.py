"""The list of dental procedures: its mistakes line by line, and what it does to the catalogue (CLM-1, CLM-8)."""

import shutil
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.claims.catalogue import cli
from services.claims.data import DIRECTORY, PROCEDURES, load_catalogue, load_catalogue_alone, load_plans
from services.claims.domain.catalogue import Ask, Catalogue
from services.claims.domain.dental import ProcedureCode
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.procedure_list import COLUMNS, csv_of_services, services_from_csv, with_services

pytestmark = pytest.mark.req("CLM-1")

HEADER = ",".join(COLUMNS)
GOOD = "20999,Restauration,Restoration,dental_filling,DB-CMP,,3,,"


@cache
def alone() -> Catalogue:
    return load_catalogue_alone()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory of an insurer: a copy of the shipped one."""
    return Path(shutil.copytree(DIRECTORY, tmp_path / "data", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def run(*words: str | Path, env: dict[str, str] | None = None):
    return CliRunner().invoke(cli, [str(word) for word in words], env={"ACQUIT_DATA_DIRECTORY": None, **(env or {})})


@pytest.mark.parametrize(
    ("row", "where", "problem"),
    [
        ("2099,a,b,dental_filling,,,,,", "line 3, code", "'2099' must be five digits"),
        ("20999,a,b,dental_filling,,,,,", "line 3, code", "'20999' stands here twice"),
        ("20998,,b,dental_filling,,,,,", "line 3, name_fr", "not empty"),
        (f"20998,a,{'b' * 201},dental_filling,,,,,", "line 3, name_en", "at most 200"),
        ("20998,a,b,dental_magic,,,,,", "line 3, claim_type", "'dental_magic' is not a claim type"),
        ("20998,a,b,dental_filling,DM-CRN,,,,", "line 3, like", "'DM-CRN' is not a service of dental_filling"),
        ("20998,a,b,dental_filling,,teeth,,,", "line 3, asks", "'teeth' is not one of area, lab_fee, surfaces, tooth"),
        ("20998,a,b,dental_filling,,drug,,,", "line 3, asks", "'drug' is not one of"),
        ("20998,a,b,dental_filling,,area,,,", "line 3, asks", "not both"),
        ("20998,a,b,dental_exam,,surfaces,,,", "line 3, asks", "'tooth' must be asked for"),
        ("20998,a,b,dental_exam,,,2,,", "line 3, asks", "'surfaces' is not asked for"),
        ("20998,a,b,dental_filling,,,6,,", "line 3, surfaces", "'6' must be a whole number from 1 to 5"),
        ("20998,a,b,dental_filling,,,,0.5,", "line 3, units", "'0.5' must be a whole number from 1 to 20"),
        ("20998,a,b,dental_filling,,,,,999", "line 3, unit_minutes", "'999' must be a whole number"),
        ("20998,a,b,dental_filling,,,,,²", "line 3, unit_minutes", "must be a whole number"),
        ("20998,a,b", "line 3", "has 3 cells, the first line has 9"),
        ('20998,"a,b,dental_filling', "line 3", "unexpected end of data"),
    ],
)
def test_a_mistake_is_named_by_its_line_and_column(row: str, where: str, problem: str):
    with pytest.raises(InvalidDocumentError) as refused:
        services_from_csv(f"{HEADER}\n{GOOD}\n{row}\n", alone())

    assert any(found.path == where and problem in found.text for found in refused.value.problems), str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the column 'code' is missing"),
        ("code,name_fr,name_en\n", "the column 'claim_type' is missing"),
        (f"{HEADER},price\n", "'price' is not a column"),
        (f"{HEADER},code\n", "the column 'code' stands here twice"),
        (f"{HEADER}\n\n", "at least one procedure"),
    ],
)
def test_a_list_without_its_columns_or_rows_is_refused(text: str, problem: str):
    with pytest.raises(InvalidDocumentError, match=problem):
        services_from_csv(text, alone())


def test_all_lines_with_mistakes_are_told_at_once():
    with pytest.raises(InvalidDocumentError) as refused:
        services_from_csv(f"{HEADER}\n1,a,b,dental_exam,,,,,\n{GOOD}\n2,a,b,dental_exam,,,,,\n", alone())

    assert [found.path for found in refused.value.problems] == ["line 2, code", "line 4, code"]


def test_a_code_of_the_catalogue_is_taken():
    already = with_services(alone(), services_from_csv(f"{HEADER}\n{GOOD}\n", alone()))

    with pytest.raises(InvalidDocumentError, match="line 2, code: '20999' is a code of the catalogue already"):
        services_from_csv(f"{HEADER}\n{GOOD}\n", already)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{GOOD}\n",
        f"\ufeff{HEADER}\r\n{GOOD}\r\n\r\n",
        f"{HEADER}\n{GOOD}\n".replace(",", ";"),
        "claim_type,surfaces,code,name_fr,name_en,like\ndental_filling, 3 ,20999,Restauration,Restoration,DB-CMP\n",
    ],
)
def test_spreadsheets_may_write_it_their_way(text: str):
    [service] = services_from_csv(text, alone())["dental_filling"]

    assert (service.code, service.names.fr, service.names.en) == ("20999", "Restauration", "Restoration")
    assert (service.asks, service.surfaces, service.like) == ((Ask.TOOTH, Ask.SURFACES), 3, "DB-CMP")
    assert (service.units, service.unit_minutes) == (1, None)


def test_what_is_written_is_read_again_the_same():
    services = services_from_csv((DIRECTORY / PROCEDURES).read_text(encoding="utf-8"), alone())

    assert services_from_csv(csv_of_services(services, alone()), alone()) == services


def test_the_shipped_list_has_codes_of_every_category():
    services = [each for group in load_catalogue().types.values() for each in group.services]
    procedures = [code for each in services if (code := ProcedureCode.read(each.code)) is not None]

    assert len(procedures) >= 40
    assert {code.category.value for code in procedures} == set("0123456789")


@pytest.mark.req("CLM-8")
def test_what_a_plan_says_of_a_service_holds_for_a_procedure_like_it():
    plan = load_plans(load_catalogue())["STANDARD"].services

    assert plan["00110"].customary_unit_cents("QC") == plan["DX-RCL"].customary_unit_cents("QC") == 4_200
    assert plan["00110"].interval_limits == plan["DX-RCL"].interval_limits != ()
    assert plan["00120"].interval_limits == plan["DX-CMP"].interval_limits
    assert plan["10314"].unit_limits == plan["DS-SCL"].unit_limits != ()
    assert (plan["10314"].units, plan["20913"].surfaces) == (4, 3)


def test_a_list_that_is_right_is_checked_and_nothing_is_written(tmp_path: Path, directory: Path):
    before = (directory / PROCEDURES).read_bytes()
    (tmp_path / "list.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")

    told = run("check", tmp_path / "list.csv", "--directory", directory)

    assert (told.exit_code, told.stdout) == (0, "nothing wrong; procedures: 1\n")
    assert (directory / PROCEDURES).read_bytes() == before


def test_an_imported_list_takes_the_place_of_the_one_before(tmp_path: Path, directory: Path):
    (tmp_path / "list.csv").write_text(f"{HEADER}\n{GOOD}\n".replace(",", ";"), encoding="utf-8")

    told = run("import", tmp_path / "list.csv", env={"ACQUIT_DATA_DIRECTORY": str(directory)})

    assert told.exit_code == 0, told.output
    filling = load_catalogue(directory).types["dental_filling"]
    assert [service.code for service in filling.services] == ["DB-CMP", "DB-AMG", "20999"]
    assert load_plans(load_catalogue(directory), directory)["PREMIER"].services["20999"].surfaces == 3
    assert sorted(path.name for path in directory.iterdir()) == sorted(
        [
            "README.md",
            "catalogue.json",
            "plan.schema.json",
            "plans",
            PROCEDURES,
            "professions.json",
            "reasons.json",
            "sentences.json",
        ]
    )


def test_a_list_with_mistakes_is_told_and_leaves_the_old_one(tmp_path: Path, directory: Path):
    before = (directory / PROCEDURES).read_bytes()
    (tmp_path / "list.csv").write_text(f"{HEADER}\n{GOOD}\n{GOOD}\n", encoding="utf-8")

    told = run("import", tmp_path / "list.csv", "--directory", directory)

    assert told.exit_code == 1
    assert told.stderr == "line 3, code: '20999' stands here twice\nmistakes in procedures: 1\n"
    assert (directory / PROCEDURES).read_bytes() == before


def test_a_list_without_a_code_that_a_plan_names_is_refused(tmp_path: Path, directory: Path):
    plan = directory / "plans" / "standard.json"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace('"services": ["DX-RCL"]', '"services": ["00110"]'), "utf-8"
    )
    (tmp_path / "list.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")

    told = run("import", tmp_path / "list.csv", "--directory", directory)

    assert told.exit_code == 1
    assert "mistakes in plan STANDARD: 1" in told.stderr
    assert "'00110' is not a service" in told.stderr
    assert "00110" in (directory / PROCEDURES).read_text(encoding="utf-8")


def test_a_list_in_another_encoding_is_refused(tmp_path: Path, directory: Path):
    (tmp_path / "list.csv").write_bytes(f"{HEADER}\n20999,Scellée,b,dental_filling,,,,,\n".encode("latin-1"))

    told = run("check", tmp_path / "list.csv", "--directory", directory)

    assert told.exit_code == 1
    assert "is not UTF-8" in told.stderr


def test_an_import_needs_a_directory_of_ones_own(tmp_path: Path):
    (tmp_path / "list.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")

    assert run("import", tmp_path / "list.csv").exit_code == 2

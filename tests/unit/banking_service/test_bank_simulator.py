import ast
import inspect
import json

import pytest
from typer.testing import CliRunner

from deploy.local import bank_simulator
from deploy.local.bank_simulator import Bank
from tests.support import banking_builders as build
from tests.support.banking_desk import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


@pytest.fixture
def bank(desk):
    return Bank(desk.outbox_folder, desk.inbox_folder)


@pytest.fixture
async def file(desk):
    """A deposit file of eight payments, so that it has two detail records."""
    payee = await desk.payee(account="4815162342")
    await desk.deposit(build.run_approved(*[build.run_item(payee, amount_cents=cents) for cents in range(101, 109)]))
    (path,) = desk.files()
    return path


def answer(desk, name):
    (path,) = desk.inbox_folder.glob(f"*{name}*")
    return json.loads(path.read_text())


def overwrite(path, *, record, position, text):
    """Change a file in place, position counted from 1."""
    content = bytearray(path.read_bytes())
    start = (record - 1) * 1466 + position - 1
    content[start : start + len(text)] = text.encode()
    path.write_bytes(bytes(content))


@pytest.mark.req("BNK-5")
async def test_a_sound_file_is_settled_item_by_item(desk, bank, file):
    assert bank.run_once() == 1
    report = answer(desk, "settlement")
    assert (report["file_name"], report["file_number"], report["originator_id"]) == (file.name, 1, "0000123456")
    assert (report["count"], report["total_cents"]) == (8, sum(range(101, 109)))
    assert [item["amount_cents"] for item in report["items"]] == [*range(101, 109)]
    assert {item["settled_on"] for item in report["items"]} == {"2026-11-23"}


@pytest.mark.req("BNK-2")
async def test_a_report_holds_no_account(desk, bank, file):
    bank.run_once()
    assert "4815162342" in file.read_text()
    assert not [path for path in desk.inbox_folder.rglob("*") if path.is_file() and "481516" in path.read_text()]


async def test_a_file_is_taken_once(desk, bank, file):
    bank.run_once()
    for report in desk.inbox_folder.glob("*.json"):
        report.unlink()
    assert bank.run_once() == 0
    assert Bank(desk.outbox_folder, desk.inbox_folder).run_once() == 0


async def test_a_number_that_a_recent_file_had_is_refused(desk, bank, file):
    bank.run_once()
    (desk.outbox_folder / "copy.txt").write_bytes(file.read_bytes())
    bank.run_once()
    assert answer(desk, "copy.txt.rejected")["reasons"] == ["the file creation number was used by a recent file"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"record": 1, "position": 1, "text": "B"}, "one A, then C, then one Z"),
        ({"record": 3, "position": 2, "text": "000000004"}, "record 3 has another count"),
        ({"record": 2, "position": 21, "text": "0002"}, "record 2 has other control data"),
        ({"record": 2, "position": 28, "text": "0000000102"}, "does not agree"),
        ({"record": 4, "position": 61, "text": "00000007"}, "does not agree"),
        ({"record": 4, "position": 25, "text": "1"}, "something else than credits"),
        ({"record": 1, "position": 56, "text": "USD"}, "not CAD"),
        ({"record": 1, "position": 25, "text": "026366"}, "is not a date"),
        ({"record": 2, "position": 44, "text": "1"}, "the institution is unknown"),
        ({"record": 2, "position": 53, "text": "48-5"}, "the account of record 2, segment 1, is not a number"),
        ({"record": 2, "position": 105, "text": " " * 30}, "segment 1: the payee has no name"),
        ({"record": 2, "position": 265, "text": " " * 240}, "blank segment before a used one"),
        ({"record": 2, "position": 105, "text": "É"}, "not ASCII"),
    ],
)
async def test_a_broken_file_is_refused_with_the_reason(desk, bank, file, change, reason):
    overwrite(file, **change)
    bank.run_once()
    assert not list(desk.inbox_folder.glob("*.settlement.json"))
    (said,) = answer(desk, "rejected")["reasons"]
    assert reason in said
    assert "481516" not in said


async def test_a_cut_file_is_refused(desk, bank, file):
    file.write_bytes(file.read_bytes()[:-1466])
    bank.run_once()
    assert answer(desk, "rejected")["reasons"] == ["the file is not one A, then C, then one Z"]


async def test_other_files_are_left_alone(desk, bank):
    (desk.outbox_folder / ".half.txt.part").write_text("A")
    (desk.outbox_folder / ".hidden.txt").write_text("A")
    (desk.outbox_folder / "notes.md").write_text("A")
    assert bank.run_once() == 0


async def test_the_command_takes_what_is_there_and_ends(desk, file):
    folders = ["--incoming", str(desk.outbox_folder), "--outgoing", str(desk.inbox_folder)]
    result = CliRunner().invoke(bank_simulator.app, [*folders, "--once"])
    assert result.exit_code == 0, result.output
    assert answer(desk, "settlement")["count"] == 8


def test_the_simulator_shares_no_code_with_the_service():
    tree = ast.parse(inspect.getsource(bank_simulator))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert not [module for module in modules if str(module).startswith(("services", "shared"))]

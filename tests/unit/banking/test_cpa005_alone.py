"""The module is of use on its own: without the rest of Acquit, and for files that other programs made."""

import ast
import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from services.banking.domain import cpa005
from services.banking.domain.cpa005 import ReadRules, RecordType, check_file, read_file
from services.banking.domain.institutions import INSTITUTION_NUMBERS
from tests.unit.banking.golden_files import FOLDER, golden

pytestmark = pytest.mark.req("BNK-4")

ROOT = Path(__file__).parent.parent.parent.parent
PACKAGE = Path(cpa005.__file__).parent
RULES = ReadRules(near=date(2026, 11, 20), institutions=INSTITUTION_NUMBERS)


def test_the_package_imports_nothing_of_acquit_but_itself_and_the_families_of_errors():
    imported = {
        node.module
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    own = {name for name in imported if name.startswith(("services.", "shared.", "deploy."))}
    assert {name for name in own if not name.startswith("services.banking.domain.cpa005")} == {"shared.errors"}


@pytest.mark.wide
def test_the_command_runs_without_settings_or_servers():
    command = [sys.executable, "-m", "services.banking.cpa005", "check", str(FOLDER / "payments_and_debits.cpa")]
    run = subprocess.run(
        [*command, "--near", "2026-11-20"], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "SOUND: 9 payments, no violation." in run.stdout


def test_a_file_that_another_program_made_is_read():
    # Made with the npm package @cityssm/eft-generator 1.0.0 (MIT), whose files a bank is said to have taken.
    entries = read_file(io.BytesIO(golden("other_program")), rules=RULES).entries
    assert [(entry.record_type, entry.amount_cents) for entry in entries] == [
        *((RecordType.CREDIT, 1_000 + 100 * number) for number in range(7)),
        *((RecordType.DEBIT, 2_500) for _ in range(2)),
    ]
    assert {(entry.routing, entry.account) for entry in entries} == {("081530123", "1234567"), ("000300012", "7654321")}
    assert [entry.name for entry in entries[:2]] == ["CLINIQUE 0", "CLINIQUE 1"]


def test_the_trailer_that_this_program_miscounts_is_found():
    # With seven payments in one transaction it counts records instead of payments.
    (violation,) = check_file(io.BytesIO(golden("other_program_miscounted")), rules=RULES).violations
    assert (violation.code, violation.field, violation.expected, violation.found) == (
        "total_wrong",
        "credits_count",
        "7",
        "2",
    )

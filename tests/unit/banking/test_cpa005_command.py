"""The command line that checks a file."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.banking.cpa005 import app
from tests.unit.banking.builders import a_payment, patched, written

pytestmark = pytest.mark.req("BNK-4")


def check(path: Path, *options: str) -> tuple[int, str]:
    arguments = ["check", str(path), "--near", "2026-11-20", *options]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_a_sound_file_is_summed_up(tmp_path: Path):
    path = tmp_path / "sound.cpa"
    path.write_bytes(written(*(a_payment(amount_cents=103) for _ in range(7)))[0])
    code, output = check(path)
    assert code == 0
    assert "Originator 0123456789, file 0042 of 2026-11-20, data centre 00310, CAD" in output
    assert "721" in output
    assert "No violation." in output


def test_a_broken_file_is_reported_place_by_place_without_its_accounts(tmp_path: Path):
    data = patched(written(a_payment(), a_payment())[0], record=2, position=293, text="98-7654")
    path = tmp_path / "broken.cpa"
    path.write_bytes(patched(data, record=3, position=61, text="00000001"))
    code, output = check(path)
    assert code == 1
    assert "2 violations:" in output
    assert "record 2, segment 2, field account, position 293: the account must be 1 to 12 digits" in output
    assert "record 3, field credits_count, position 61: the trailer does not agree" in output
    assert "(expected 2, found 1)" in output
    assert "98-7654" not in output


def test_only_as_many_violations_are_shown_as_asked(tmp_path: Path):
    path = tmp_path / "none.cpa"
    path.write_bytes(b"not a deposit file")
    code, output = check(path, "--limit", "1")
    assert code == 1
    assert "The header cannot be read." in output
    assert "violations, the first 1:" in output
    assert output.count("record 1") == 1

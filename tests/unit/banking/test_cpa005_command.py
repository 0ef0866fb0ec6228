"""The command line that checks and shows a file."""

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.banking.cpa005 import app
from services.banking.profiles import FOLDER
from tests.unit.banking.builders import a_debit, a_payment, a_returned_credit, patched, written, written_entries

pytestmark = pytest.mark.req("BNK-4")


def run(command: str, path: Path, *options: str) -> tuple[int, str]:
    arguments = [command, str(path), "--near", "2026-11-20", *options]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    return result.exit_code, result.output


def check(path: Path, *options: str) -> tuple[int, str]:
    return run("check", path, *options)


def rows(output: str) -> list[str]:
    """The lines of the output with single spaces."""
    return [" ".join(line.split()) for line in output.splitlines()]


def sound_file(folder: Path) -> Path:
    path = folder / "sound.cpa"
    path.write_bytes(written(*(a_payment(amount_cents=100_103) for _ in range(7)))[0])
    return path


def test_a_sound_file_is_summed_up(tmp_path: Path):
    path = sound_file(tmp_path)
    code, output = check(path)
    assert code == 0
    assert f"File sound.cpa, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}" in output
    assert "Originator 0123456789, file 0042 of 2026-11-20, data centre 00310, CAD" in output
    assert "Credits and returned credits (C, I) 7 7 007.21 7 7 007.21 agrees" in rows(output)
    assert "SOUND: 7 payments, no violation." in output


def test_a_broken_file_is_reported_place_by_place_without_its_accounts(tmp_path: Path):
    data = patched(written(a_payment(), a_payment())[0], record=2, position=293, text="98-7654")
    path = tmp_path / "broken.cpa"
    path.write_bytes(patched(data, record=3, position=61, text="00000001"))
    code, output = check(path)
    assert code == 1
    assert "2 2 293 08 account the account must be 1 to 12 digits, left-justified account_invalid" in rows(output)
    wrong = "the trailer does not agree with the records (expected 2, found 1)"
    assert f"3 61 07 credits_count {wrong} total_wrong" in rows(output)
    assert "REFUSED: 2 violations." in output
    assert "98-7654" not in output


def test_a_payment_that_is_not_sound_does_not_make_the_trailer_wrong(tmp_path: Path):
    path = tmp_path / "broken.cpa"
    path.write_bytes(patched(written(a_payment(), a_payment())[0], record=2, position=293, text="98-7654"))
    code, output = check(path)
    assert code == 1
    assert "Credits and returned credits (C, I) 1 3 690.10 2 7 380.20 not all are sound" in rows(output)


def test_only_as_many_violations_are_shown_as_asked(tmp_path: Path):
    path = tmp_path / "none.cpa"
    path.write_bytes(b"not a deposit file")
    code, output = check(path, "--limit", "1")
    assert code == 1
    assert "The header cannot be read." in output
    assert "more; --limit shows them." in output
    assert output.count("record_length_wrong") + output.count("header_missing") == 1


def test_the_sha_256_that_was_stored_finds_what_no_rule_can(tmp_path: Path):
    path = sound_file(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert check(path, "--sha256", digest.upper())[0] == 0
    path.write_bytes(path.read_bytes().replace(b"1234567     ", b"1234568     ", 1))
    assert check(path)[0] == 0
    code, output = check(path, "--sha256", digest)
    assert code == 1
    assert "this is another file" in output
    assert "REFUSED: another file." in output


def test_a_recent_file_number_is_refused(tmp_path: Path):
    path = sound_file(tmp_path)
    assert check(path, "--recent", "41")[0] == 0
    code, output = check(path, "--recent", "41", "--recent", "42")
    assert (code, output.count("file_number_reused")) == (1, 1)


def test_a_file_is_held_against_the_profile_of_its_bank(tmp_path: Path):
    path = sound_file(tmp_path)
    assert check(path, "--profile", "example")[0] == 0
    code, output = check(path, "--profile", "simulator")
    assert code == 1
    assert "originator_invalid" in output
    assert "profile_differs" in output
    assert "1004589" not in output


def test_a_profile_may_be_a_file_of_its_own(tmp_path: Path):
    profile = tmp_path / "bank.toml"
    text = (FOLDER / "example.toml").read_text(encoding="utf-8")
    profile.write_text(text.replace('separator = "crlf"', 'separator = "lf"'), encoding="utf-8")
    code, output = check(sound_file(tmp_path), "--profile", str(profile))
    assert (code, output.count("separator_changed")) == (1, 1)


@pytest.mark.parametrize(
    ("text", "named"), [("currency = 'CAD'", "originator_id"), ("chequing = 1", "originator_id"), ("=", "toml")]
)
def test_a_profile_that_is_not_usable_is_a_mistake_of_the_command_line(tmp_path: Path, text: str, named: str):
    profile = tmp_path / "bank.toml"
    profile.write_text(text, encoding="utf-8")
    code, output = check(sound_file(tmp_path), "--profile", str(profile))
    assert code == 2
    assert named in output


def test_a_profile_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path):
    code, output = check(sound_file(tmp_path), "--profile", "nowhere")
    assert code == 2
    assert "example, simulator" in output


def test_the_payments_of_a_file_are_listed_with_the_end_of_their_accounts(tmp_path: Path):
    path = tmp_path / "mixed.cpa"
    path.write_bytes(written(a_payment(account="4815162"), a_debit(account="0012"), a_payment(account="123"))[0])
    code, output = run("show", path)
    assert code == 0
    credit, debit, other = (line for line in rows(output) if "CLINIQUE" in line or "PAYOR" in line)
    assert credit.startswith("2.1 C 336 Health or dental claim 3 690.10 2026-11-23 815-30123 …162 CLINIQUE")
    assert debit.startswith("3.1 D 702 Commercial insurance 25.00 2026-11-23 003-00012 …012 PAYOR")
    assert "815-30123 … CLINIQUE" in other
    assert "Trailer: D, J: 1 of 25.00; C, I: 2 of 7 380.20; E: 0 of 0.00; F: 0 of 0.00" in output
    assert "4815162" not in output


def test_returns_are_listed_with_their_reason(tmp_path: Path):
    path = tmp_path / "returns.cpa"
    path.write_bytes(written_entries(*(a_returned_credit() for _ in range(3))))
    code, output = run("show", path, "--limit", "2")
    assert code == 0
    assert output.count("905 Account closed (was 336)") == 2
    assert "… and 1 more payments; --limit shows them." in output


def test_a_broken_file_is_listed_as_far_as_it_is_sound(tmp_path: Path):
    path = tmp_path / "broken.cpa"
    path.write_bytes(patched(written(a_payment(), a_payment())[0], record=2, position=53, text="4-8"))
    code, output = run("show", path)
    assert code == 1
    assert output.count("CLINIQUE") == 1
    assert "1 violation: `check` says which." in output


def test_the_profiles_that_come_with_the_program_are_listed_and_explained():
    listed = CliRunner().invoke(app, ["profiles"])
    assert listed.output.split() == ["example", "simulator"]
    shown = rows(CliRunner().invoke(app, ["profiles", "simulator"]).output)
    assert "originator 0000123456" in shown
    assert "returns to 000300012 …589" in shown
    assert "debits due from 173 days before to 2 business days after the creation date" in shown

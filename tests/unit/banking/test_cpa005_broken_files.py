"""Every file of the corpus ``broken_files.toml`` is refused, with the right message at the right place."""

import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.banking.domain.cpa005 import (
    MESSAGES,
    FileRefused,
    ReadRules,
    Separator,
    ViolationCode,
    check_file,
    read_file,
)
from services.banking.profiles import load_profile
from tests.unit.banking.builders import CREATED, RECORD, a_profile
from tests.unit.banking.golden_files import golden

pytestmark = pytest.mark.req("BNK-4", "BNK-5")

CORPUS = tomllib.loads(Path(__file__).with_name("broken_files.toml").read_text(encoding="utf-8"))["broken"]
LINE = RECORD + 2
INSTITUTIONS = frozenset({"815", "003"})


def records_of(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def write(data: bytes, where: dict[str, Any]) -> bytes:
    start: int = (where["record"] - 1) * LINE + where["position"] - 1
    text = latin(where["text"])
    return data[:start] + text + data[start + len(text) :]


def blank(data: bytes, where: dict[str, int]) -> bytes:
    position = 25 + 240 * (where["segment"] - 1)
    return write(data, {"record": where["record"], "position": position, "text": " " * 240})


def with_record(data: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    records = records_of(data)
    records[number - 1] = change(records[number - 1][:RECORD])
    return b"".join(records)


def swap(data: bytes, numbers: list[int]) -> bytes:
    records = records_of(data)
    first, second = (number - 1 for number in numbers)
    records[first], records[second] = records[second], records[first]
    return b"".join(records)


def repeat(data: bytes, number: int) -> bytes:
    records = records_of(data)
    return b"".join([*records[:number], *records[number - 1 :]])


def delete(data: bytes, number: int) -> bytes:
    records = records_of(data)
    return b"".join([*records[: number - 1], *records[number:]])


def latin(text: str) -> bytes:
    return text.encode("latin-1")


MUTATIONS: dict[str, Callable[[bytes, Any], bytes]] = {
    "write": write,
    "blank": blank,
    "swap": swap,
    "repeat": repeat,
    "delete": delete,
    "cut": lambda data, where: with_record(data, where["record"], lambda line: line[: where["length"]] + b"\r\n"),
    "pad": lambda data, where: with_record(data, where["record"], lambda line: line + latin(where["text"]) + b"\r\n"),
    "end": lambda data, where: with_record(data, where["record"], lambda line: line + latin(where["text"])),
    "replace": lambda data, texts: data.replace(latin(texts[0]), latin(texts[1]), 1),
    "append": lambda data, text: data + latin(text),
    "prefix": lambda data, text: latin(text) + data,
    "keep": lambda data, length: data[:length],
}
"""What may be done to a good file, by name."""


def rules_of(changes: dict[str, Any]) -> ReadRules:
    if "profile" in changes:
        return ReadRules.of(load_profile(changes["profile"]), near=CREATED, institutions=INSTITUTIONS)
    known: dict[str, Any] = {"near": CREATED, "institutions": INSTITUTIONS}
    for name, value in changes.items():
        known[name] = tuple(value) if isinstance(value, list) else value
    if "separator" in known:
        known["separator"] = Separator[known["separator"].upper()]
    return ReadRules(**known)


def spoiled(case: dict[str, Any]) -> bytes:
    data = golden(case.get("of", "payments_and_debits"))
    (name,) = MUTATIONS.keys() & case.keys()
    return MUTATIONS[name](data, case[name])


def test_the_corpus_is_large_and_its_cases_have_names_of_their_own():
    assert len({case["name"] for case in CORPUS}) == len(CORPUS) >= 60


def test_the_corpus_meets_every_kind_of_violation_that_a_file_can_have():
    met = {code for case in CORPUS for code, *_ in case["found"]}
    assert met == set(ViolationCode) - {ViolationCode.FIELD_TOO_LONG}  # in a file a field has its length


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["name"].replace(" ", "-"))
def test_a_broken_file_is_refused_with_the_right_message_at_the_right_place(case: dict[str, Any]):
    data, rules = spoiled(case), rules_of(case.get("rules", {}))
    report = check_file(io.BytesIO(data), rules=rules)
    found = [[v.code.value, v.record, v.segment or 0, v.field or "", v.position or 0] for v in report.violations]
    assert found == case["found"]
    with pytest.raises(FileRefused) as refusal:
        read_file(io.BytesIO(data), rules=rules)
    assert refusal.value.code == f"banking.cpa005_{found[0][0]}"
    assert refusal.value.violation == report.violations[0]
    assert refusal.value.violation.message.startswith(MESSAGES[refusal.value.violation.code])


@pytest.mark.parametrize("name", ["payments_and_debits", "returns_and_reversals"])
def test_the_files_that_are_broken_are_sound_before(name: str):
    assert check_file(io.BytesIO(golden(name)), rules=rules_of({})).violation_count == 0
    assert check_file(io.BytesIO(golden(name)), rules=rules_of({"profile": "example"})).violation_count == 0


def test_the_example_profile_is_the_one_the_golden_files_were_written_for():
    assert load_profile("example") == a_profile()

"""Golden files: the writer still makes them, and every element stands where the table of the standard has it."""

import io
import tomllib

import pytest

from services.banking.domain.cpa005 import ReadRules, check_file, read_file
from tests.unit.banking.builders import CREATED, RECORD, a_profile
from tests.unit.banking.golden_files import FOLDER, GOLDEN, golden

pytestmark = [pytest.mark.req("BNK-4", "BNK-5"), pytest.mark.parametrize("name", GOLDEN)]

SEGMENT_0 = 24
SEGMENT = 240


def test_the_writer_makes_the_golden_file(name: str):
    assert GOLDEN[name]() == golden(name)


def test_every_element_stands_where_the_table_has_it(name: str):
    expected = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["record"]
    lines = golden(name).decode("ascii").split("\r\n")
    assert lines.pop() == ""
    for record, line in zip(expected, lines, strict=True):
        assert len(line) == RECORD
        segments = record.pop("segment", [])
        reached = assert_elements(line, record)
        for number, segment in enumerate(segments):
            start = SEGMENT_0 + SEGMENT * number
            assert reached == start
            assert assert_elements(line[start : start + SEGMENT], segment) == SEGMENT
            reached += SEGMENT
        assert not line[reached:].strip()


def assert_elements(text: str, elements: dict[str, str]) -> int:
    """Elements follow each other without gap and fill their places; returns the last position."""
    reached = 0
    for place, value in elements.items():
        first, last = map(int, place.split()[1].split("-"))
        assert first == reached + 1, place
        assert text[first - 1 : last] == value.ljust(last - reached), place
        reached = last
    return reached


def test_the_reader_accepts_the_golden_file_for_its_profile(name: str):
    rules = ReadRules.of(a_profile(), near=CREATED, institutions=frozenset({"815", "003"}))
    assert check_file(io.BytesIO(golden(name)), rules=rules).violations == ()
    assert read_file(io.BytesIO(golden(name)), rules=rules).header.file_number == 42

"""Archives that are no extract, or would fill the memory, are refused before anything is unpacked (COV-4)."""

import contextlib
import io
import struct
import zipfile
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain import drug_archive
from services.claims.domain.drug_archive import MEMBER_LIMIT_BYTES, MEMBERS_LIMIT, ExtractArchive
from services.claims.domain.drug_errors import DrugArchiveError, DrugArchiveTooLargeError
from shared.errors import Rejected
from tests.support.drug_extracts import extract, product, read

pytestmark = pytest.mark.req("COV-4")


def archive(files: dict[str, bytes], **options: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return target.getvalue()


def opened(content: bytes) -> ExtractArchive:
    return ExtractArchive(io.BytesIO(content))


def test_lines_of_a_file_come_with_their_ends() -> None:
    with opened(archive({"form.txt": b"one\r\ntwo\nthree"})) as found:
        assert list(found.lines("form.txt")) == [b"one\r\n", b"two\n", b"three"]
        assert "form.txt" in found
        assert "route.txt" not in found


def test_a_line_without_end_is_cut_off_and_not_held() -> None:
    long = b"".join(b"%06d" % number for number in range(8_000)) + b"\nnext\n"
    with opened(archive({"form.txt": long})) as found:
        cut, following = found.lines("form.txt")
    assert drug_archive.LINE_LIMIT_BYTES < len(cut) < 2 * drug_archive.LINE_LIMIT_BYTES
    assert following == b"next\n"


def test_names_that_mean_nothing_are_left_alone_and_nothing_is_written(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with_others = extract(product(), **{"../../evil": b"x", "/etc/passwd": b"x", "readme": b"\xff"})
    assert len(read(with_others).drugs) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 and no more", b"PK\x05\x06", b"<html>" * 100])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(DrugArchiveError):
        opened(content)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked() -> None:
    bomb = archive({"drug.txt": b"\0" * 10_000_000})
    assert len(bomb) < 20_000
    with patch.object(zipfile.ZipFile, "open", side_effect=AssertionError), pytest.raises(DrugArchiveTooLargeError):
        read(bomb)


def test_a_bomb_under_a_name_that_nobody_asks_for_is_refused_as_well() -> None:
    with pytest.raises(DrugArchiveTooLargeError):
        opened(extract(product(), other=b"\0" * 10_000_000))


def _lying(content: bytes, size: int) -> bytes:
    """The archive with another unpacked size in its directory."""
    start = content.index(b"PK\x01\x02") + 24
    return content[:start] + struct.pack("<L", size) + content[start + 4 :]


def test_a_member_that_unpacks_to_more_than_it_announced_is_refused() -> None:
    honest = archive({"drug.txt": bytes(range(256)) * 200})
    with opened(_lying(honest, 2_000)) as found, pytest.raises(DrugArchiveError):
        list(found.lines("drug.txt"))


def test_a_member_that_announces_too_much_is_refused() -> None:
    with pytest.raises(DrugArchiveTooLargeError):
        opened(_lying(archive({"drug.txt": bytes(range(256)) * 200}), MEMBER_LIMIT_BYTES + 1))


def test_members_that_are_too_much_together_are_refused() -> None:
    files = {f"{number}.txt": bytes(range(256)) * 40 for number in range(4)}
    with patch.object(drug_archive, "UNPACKED_LIMIT_BYTES", 30_000), pytest.raises(DrugArchiveTooLargeError):
        opened(archive(files))


def test_too_many_members_are_refused_before_the_directory_is_read() -> None:
    many = archive({f"{number}.txt": b"" for number in range(MEMBERS_LIMIT + 1)})
    with patch.object(zipfile, "ZipFile", side_effect=AssertionError), pytest.raises(DrugArchiveTooLargeError):
        opened(many)


def test_a_directory_that_is_too_long_is_refused_whatever_it_counts() -> None:
    many = archive({f"{'n' * 200}{number}.txt": b"" for number in range(400)})
    fewer = bytearray(many)
    end = many.rindex(b"PK\x05\x06")
    struct.pack_into("<2H", fewer, end + 8, 1, 1)
    with patch.object(zipfile, "ZipFile", side_effect=AssertionError), pytest.raises(DrugArchiveTooLargeError):
        opened(bytes(fewer))


def test_zip64_is_refused() -> None:
    plain = archive({"drug.txt": b"x"})
    end = plain.rindex(b"PK\x05\x06")
    with pytest.raises(DrugArchiveTooLargeError):
        opened(plain[:end] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + plain[end:])


def test_an_archive_that_is_too_large_is_refused() -> None:
    with patch.object(drug_archive, "ARCHIVE_LIMIT_BYTES", 100), pytest.raises(DrugArchiveTooLargeError):
        opened(extract())


def test_a_comment_at_the_end_is_no_mistake() -> None:
    target = io.BytesIO(extract())
    with zipfile.ZipFile(target, "a") as made:
        made.comment = b"from Health Canada"
    assert len(read(target.getvalue()).drugs) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused() -> None:
    target = io.BytesIO(extract())
    with zipfile.ZipFile(target, "a") as made:
        made.writestr("drug.txt", b"another")
    with pytest.raises(DrugArchiveError):
        opened(target.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_refused(method: int) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        made.writestr("drug.txt", b"x")
    with pytest.raises(DrugArchiveError):
        opened(target.getvalue())


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(archive({"drug.txt": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DrugArchiveError):
        opened(bytes(content))


def test_a_damaged_member_is_refused() -> None:
    content = bytearray(extract())
    content[60] ^= 0xFF
    with pytest.raises(DrugArchiveError):
        read(bytes(content))


GOOD = extract()


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_flipped_byte_never_breaks_the_reader(place: int, flip: int) -> None:
    damaged = bytearray(GOOD)
    damaged[place] ^= flip
    with contextlib.suppress(Rejected):
        read(bytes(damaged))

"""Reading the zip archive of an extract without trusting it: nothing is unpacked to disk, everything has a limit.

A zip bomb is refused by what its directory announces, before anything is unpacked; what a member unpacks to is bounded
by what it announced (``zipfile`` reads no further) and checked by its CRC.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import BinaryIO, Final, Self

from services.claims.domain.drug_errors import DrugArchiveError, DrugArchiveTooLargeError, DrugFileMissingError

ARCHIVE_LIMIT_BYTES: Final = 50 * 1024 * 1024
MEMBERS_LIMIT: Final = 64
MEMBER_LIMIT_BYTES: Final = 64 * 1024 * 1024
UNPACKED_LIMIT_BYTES: Final = 192 * 1024 * 1024
RATIO_LIMIT: Final = 100
"""Real files shrink to a twentieth; deflate could go to a thousandth."""
LINE_LIMIT_BYTES: Final = 4_096
"""The longest row of an extract has some 600 bytes."""

_DIRECTORY_LIMIT_BYTES: Final = 64 * 1024
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_ZIP64_LOCATOR: Final = struct.Struct("<4sLQL")
_ZIP64_MAGIC: Final = b"PK\x06\x07"
_COMMENT_LIMIT_BYTES: Final = 65_535
_ENCRYPTED: Final = 0x1
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What ``zipfile`` raises at archives that are not what they say."""
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class ExtractArchive:
    """The files of an extract that somebody asks for by name; others are left alone, whatever they are called.

    Raises:
        DrugArchiveError: not a zip archive, or damaged.
        DrugArchiveTooLargeError: beyond the limits.
    """

    def __init__(self, file: BinaryIO) -> None:
        _check_directory(file)
        try:
            self._archive = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise DrugArchiveError from error
        self._members = _checked(self._archive.infolist())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def written_on(self) -> date:
        """The day of the newest file."""
        try:
            return max(date(*member.date_time[:3]) for member in self._members.values())
        except ValueError as error:
            raise DrugArchiveError from error

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file with their ends; one that is too long is cut off soon after the limit.

        Raises:
            DrugFileMissingError, DrugArchiveError.
        """
        member = self._members.get(name)
        if member is None:
            raise DrugFileMissingError(name)
        try:
            with self._archive.open(member) as stream:
                while line := stream.readline(LINE_LIMIT_BYTES + 1):
                    yield line
                    while len(line) > LINE_LIMIT_BYTES and not line.endswith(b"\n"):
                        line = stream.readline(LINE_LIMIT_BYTES + 1)
        except _DAMAGED as error:
            raise DrugArchiveError from error


def _check_directory(file: BinaryIO) -> None:
    """Bound the directory before ``zipfile`` reads it: it would take a million entries."""
    size = file.seek(0, 2)
    if size > ARCHIVE_LIMIT_BYTES:
        raise DrugArchiveTooLargeError
    tail_size = min(size, _END.size + _COMMENT_LIMIT_BYTES + _ZIP64_LOCATOR.size)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    start = _start_of_end(tail)
    if start < 0 or len(tail) - start < _END.size:
        raise DrugArchiveError
    _, _, _, _, entries, directory_size, _, _ = _END.unpack_from(tail, start)
    zip64 = tail[max(0, start - _ZIP64_LOCATOR.size) :].startswith(_ZIP64_MAGIC)
    if zip64 or entries > MEMBERS_LIMIT or directory_size > _DIRECTORY_LIMIT_BYTES:
        raise DrugArchiveTooLargeError
    file.seek(0)


def _start_of_end(tail: bytes) -> int:
    """Where the end record begins, looked for as ``zipfile`` looks: without a comment first."""
    plain = len(tail) - _END.size
    if plain >= 0 and tail.startswith(_END_MAGIC, plain) and tail.endswith(b"\x00\x00"):
        return plain
    return tail.rfind(_END_MAGIC)


def _checked(members: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    """Members by name.

    Raises:
        DrugArchiveTooLargeError, DrugArchiveError.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        if member.filename in found:
            raise DrugArchiveError
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise DrugArchiveError
        too_tight = member.file_size > RATIO_LIMIT * max(1, member.compress_size)
        if member.file_size > MEMBER_LIMIT_BYTES or too_tight:
            raise DrugArchiveTooLargeError
        found[member.filename] = member
    if len(found) > MEMBERS_LIMIT or sum(member.file_size for member in members) > UNPACKED_LIMIT_BYTES:
        raise DrugArchiveTooLargeError
    return found

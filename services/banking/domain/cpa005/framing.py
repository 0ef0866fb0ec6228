"""Cuts a stream into logical records, whatever separates them: CRLF, LF or nothing.

A separator is recognised by the first line feed within the first 45 records. With one, a record is a line, so
that a line of the wrong length is one wrong record and the next one is read well; without one, records are
blocks of 1464 bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from services.banking.domain.cpa005.layout import RECORD_LENGTH

_CHUNK = 45 * (RECORD_LENGTH + 2)
_LONGEST_LINE = 1 << 20
"""A line beyond this is cut, so that a file which is no deposit file at all cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The bytes of one record and what followed them; nothing may follow the last one."""

    data: bytes
    separator: bytes


def split_records(source: BinaryIO) -> Iterator[RawRecord]:
    """Cut ``source``, read forward only, into records; an empty stream has none."""
    head = source.read(_CHUNK)
    chunks = chain([head], iter(lambda: source.read(_CHUNK), b""))
    return _lines(chunks) if b"\n" in head else _blocks(chunks)


def _lines(chunks: Iterator[bytes]) -> Iterator[RawRecord]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            data = line.removesuffix(b"\r")
            yield RawRecord(data, line[len(data) :] + b"\n")
        if len(rest) > _LONGEST_LINE:
            yield RawRecord(rest, b"")
            rest = b""
    if rest:
        yield RawRecord(rest, b"")


def _blocks(chunks: Iterator[bytes]) -> Iterator[RawRecord]:
    rest = b""
    for chunk in chunks:
        block = rest + chunk
        end = len(block) - len(block) % RECORD_LENGTH
        for start in range(0, end, RECORD_LENGTH):
            yield RawRecord(block[start : start + RECORD_LENGTH], b"")
        rest = block[end:]
    if rest:
        yield RawRecord(rest, b"")

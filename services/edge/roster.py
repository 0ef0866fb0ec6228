"""Loading a roster or register of any length in constant memory: slices of lines to identity, in order (REG-20)."""

import codecs
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from services.edge.bodies import RosterAnswer
from services.edge.ports import Rpc
from services.edge.problems import TooLarge
from shared.contracts import Actor, Command
from shared.contracts.identity import LoadRosterRows, RosterLineError, RosterReport
from shared.errors import Rejected
from shared.telemetry import current_trace

SLICE_LINES: Final = 500
LINE_LIMIT: Final = 4_096
REJECTED_SHOWN: Final = 1_000
_BYTE_ORDER_MARK: Final = "\ufeff"


class RosterEmpty(Rejected):
    """There is no header line."""

    def __init__(self) -> None:
        super().__init__("roster.empty")


class RosterNotUtf8(Rejected):
    """The file is in another encoding."""

    def __init__(self) -> None:
        super().__init__("roster.not_utf8")


class RosterLineTooLong(Rejected):
    """A line no roster has; the file is probably something else."""

    def __init__(self, line: int) -> None:
        super().__init__("roster.line_too_long", line=line, maximum=LINE_LIMIT)


@dataclass(frozen=True, slots=True)
class Slice:
    """Lines of a roster; ``first_line`` counts from 1 with the header."""

    first_line: int
    lines: tuple[str, ...]


async def lines_of(chunks: AsyncIterator[bytes], *, limit: int) -> AsyncIterator[str]:
    """Lines of a UTF-8 text without their ends; ``limit`` bytes at most.

    Raises:
        TooLarge, RosterNotUtf8, RosterLineTooLong.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest, received, number = "", 0, 1
    async for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise TooLarge(limit)
        *whole, rest = (rest + _decoded(decoder, chunk)).split("\n")
        for line in whole:
            yield _checked(line, number)
            number += 1
        _checked(rest, number)
    rest += _decoded(decoder, b"", final=True)
    if rest:
        yield _checked(rest, number)


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise RosterNotUtf8 from error


def _checked(line: str, number: int) -> str:
    if len(line) > LINE_LIMIT:
        raise RosterLineTooLong(number)
    return line.removesuffix("\r")


async def slices_of(lines: AsyncIterator[str], *, size: int = SLICE_LINES) -> AsyncIterator[Slice]:
    """Lines after the header, ``size`` at a time."""
    first_line, collected = 2, list[str]()
    async for line in lines:
        collected.append(line)
        if len(collected) == size:
            yield Slice(first_line, tuple(collected))
            first_line, collected = first_line + size, []
    if collected:
        yield Slice(first_line, tuple(collected))


SliceCommand = Callable[[str, Slice], Command]
"""The command that loads a slice under a header."""


def roster_rows(header: str, part: Slice) -> LoadRosterRows:
    """A slice of the roster."""
    return LoadRosterRows(header=header, first_line=part.first_line, lines=part.lines)


class RosterLoading:
    """Sends a roster to identity, slice by slice; what was loaded before an error stays loaded."""

    def __init__(self, rpc: Rpc, *, limit_bytes: int, slice_timeout_seconds: float) -> None:
        self._rpc = rpc
        self._limit_bytes = limit_bytes
        self._slice_timeout_seconds = slice_timeout_seconds

    async def load(
        self, chunks: AsyncIterator[bytes], *, actor: Actor, command: SliceCommand = roster_rows
    ) -> RosterAnswer:
        """Load a whole file, each slice by its ``command``.

        Raises:
            RosterEmpty, RosterNotUtf8, RosterLineTooLong, TooLarge: not a roster.
            AppError: what identity says; loading the same file again is harmless.
        """
        lines = lines_of(chunks, limit=self._limit_bytes)
        header = (await anext(lines, "")).removeprefix(_BYTE_ORDER_MARK)
        if not header.strip():
            raise RosterEmpty
        accepted = unchanged = rejected_total = 0
        rejected: list[RosterLineError] = []
        async for part in slices_of(lines):
            report = await self._load_slice(command(header, part), actor)
            accepted += report.accepted
            unchanged += report.unchanged
            rejected_total += len(report.rejected)
            rejected.extend(report.rejected[: REJECTED_SHOWN - len(rejected)])
        return RosterAnswer(
            accepted=accepted, unchanged=unchanged, rejected=tuple(rejected), rejected_total=rejected_total
        )

    async def _load_slice(self, command: Command, actor: Actor) -> RosterReport:
        return await self._rpc.request(
            command,
            RosterReport,
            actor=actor,
            trace=current_trace(),
            timeout_seconds=self._slice_timeout_seconds,
        )

"""A bank for local use and tests: takes deposit files, checks them, answers with settlements.

    python -m deploy.local.bank_simulator --incoming DIR --outgoing DIR [--clock FILE] [--once]

It reads the files with positions of its own, copied from the printed table of CPA Standard 005 and not from the
service, so that a mistake of the writer is found here and not read back the same way. A sound file is settled at once,
each payment on its own date; a broken one is refused as a whole. With a clock, a file that holds a day (YYYY-MM-DD) and
may be moved by writing another, a file is settled once its last date has come; while there is no such file, at once.
What comes back is ordered from ``bank_returns``. Files stay where they are; what was taken is
remembered in the folder `.taken` of the outgoing one. A report appears under its name when it is complete.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deploy.local.bank_returns import Returns, Taken

RECORD: Final = 1464
SEGMENT_STARTS: Final = (25, 265, 505, 745, 985, 1225)
SEGMENT: Final = 240
CENTURY: Final = 2000
SUFFIXES: Final = (".txt", ".aft")
REMEMBERED_NUMBERS: Final = 10

app = typer.Typer(add_completion=False, help="A bank for local use.")


class Refused(Exception):  # noqa: N818 - reads as the outcome
    """The file is not taken; the reason is shown to the originator and holds no account number."""


@dataclass(frozen=True, slots=True)
class Credit:
    """One payment of a file."""

    cross_reference: str
    amount_cents: int
    due_on: date


@dataclass(frozen=True, slots=True)
class DepositFile:
    """What a sound file says."""

    originator_id: str
    number: int
    created_on: date
    credits: tuple[Credit, ...]

    @property
    def total_cents(self) -> int:
        return sum(credit.amount_cents for credit in self.credits)


def cut(text: str, first: int, last: int) -> str:
    """Characters `first` to `last`, counted from 1, both included."""
    return text[first - 1 : last]


def digits(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refused(f"{what} is not a number")
    return int(text)


def day(text: str, what: str) -> date:
    """`0YYDDD`, of this century."""
    digits(text, what)
    year, ordinal = CENTURY + int(text[1:3]), int(text[3:])
    found = date(year, 1, 1) + timedelta(days=ordinal - 1)
    if text[0] != "0" or found.year != year:
        raise Refused(f"{what} is not a date")
    return found


def split(content: bytes) -> list[str]:
    """Records, whatever separates them; each of 1464 ASCII characters."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused("the file is not ASCII") from error
    separator = next((end for end in ("\r\n", "\n") if text[RECORD : RECORD + len(end)] == end), "")
    step = RECORD + len(separator)
    records = [text[start : start + step] for start in range(0, len(text), step)]
    for number, record in enumerate(records, 1):
        if len(record) != step or record[RECORD:] != separator or "\n" in record[:RECORD]:
            raise Refused(f"record {number} is not {RECORD} characters long")
    return [record[:RECORD] for record in records]


def read(content: bytes) -> DepositFile:
    """Read and check a file of credits.

    Raises:
        Refused: anything that a bank would send back.
    """
    records = split(content)
    letters = "".join(record[0] for record in records)
    if not re.fullmatch("AC+Z", letters):
        raise Refused("the file is not one A, then C, then one Z")
    header, *details, trailer = records
    control = cut(header, 11, 24)
    for number, record in enumerate(records, 1):
        if digits(cut(record, 2, 10), f"the count of record {number}") != number:
            raise Refused(f"record {number} has another count")
        if cut(record, 11, 24) != control:
            raise Refused(f"record {number} has other control data")
    credits_ = tuple(credit for number, detail in enumerate(details, 2) for credit in credits_of(detail, number))
    check_trailer(trailer, credits_)
    if len({credit.cross_reference for credit in credits_}) != len(credits_):
        raise Refused("a cross-reference occurs twice")
    if cut(header, 56, 58) != "CAD":
        raise Refused("the currency is not CAD")
    file_number = digits(cut(header, 21, 24), "the file creation number")
    if not file_number:
        raise Refused("the file creation number is zero")
    created_on = day(cut(header, 25, 30), "the creation date")
    return DepositFile(cut(header, 11, 20), file_number, created_on, credits_)


def check_trailer(trailer: str, credits_: tuple[Credit, ...]) -> None:
    stated = digits(cut(trailer, 47, 60), "the total value"), digits(cut(trailer, 61, 68), "the total number")
    if stated != (sum(credit.amount_cents for credit in credits_), len(credits_)):
        raise Refused("the trailer does not agree with the payments")
    others = cut(trailer, 25, 46) + cut(trailer, 69, 112)
    if others.strip("0") or cut(trailer, 113, RECORD).strip():
        raise Refused("the trailer holds something else than credits")


def credits_of(record: str, number: int) -> Iterator[Credit]:
    segments = [cut(record, start, start + SEGMENT - 1) for start in SEGMENT_STARTS]
    used = sum(1 for segment in segments if segment.strip())
    if not used or any(segment.strip() for segment in segments[used:]):
        raise Refused(f"record {number} has a blank segment before a used one")
    for place, segment in enumerate(segments[:used], 1):
        yield credit_of(segment, f"of record {number}, segment {place},")


def credit_of(segment: str, where: str) -> Credit:
    amount = digits(cut(segment, 4, 13), f"the amount {where}")
    account, reference = cut(segment, 29, 40), cut(segment, 151, 169).rstrip()
    institution = cut(segment, 20, 28)
    digits(cut(segment, 1, 3), f"the transaction type {where}")
    digits(institution, f"the institution {where}")
    digits(account.rstrip(), f"the account {where}")
    faults = {
        "the amount is zero": not amount,
        "the institution is unknown": institution[0] != "0" or institution[1:4] == "000",
        "the payee has no name": not cut(segment, 81, 110).strip(),
        "the cross-reference is blank": not reference,
        "the originating user is blank": not cut(segment, 141, 150).strip(),
    }
    for fault, is_present in faults.items():
        if is_present:
            raise Refused(f"{where.removeprefix('of ').rstrip(',')}: {fault}")
    return Credit(reference, amount, day(cut(segment, 14, 19), f"the date {where}"))


class Bank:
    """Takes each file of `incoming` once and reports on it in `outgoing`."""

    def __init__(self, incoming: Path, outgoing: Path, *, today: Callable[[], date] = lambda: date.max) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._today = today
        self._taken = outgoing / ".taken"
        self._waiting = outgoing / ".waiting"
        for folder in (incoming, outgoing, self._taken, self._waiting):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.returns = Returns(outgoing)

    def run_once(self) -> int:
        """Take what is new, settle and send back what is due; returns how many files were new."""
        names = sorted(path.name for path in self._incoming.iterdir() if path.suffix in SUFFIXES)
        fresh = [name for name in names if not name.startswith(".") and not (self._taken / name).exists()]
        for name in fresh:
            self._take(name)
        for path in sorted(self._waiting.iterdir()):
            self._settle_when_due(path.name)
        if self.returns.are_ordered:
            self.returns.carry_out(self.payments(), today=self._today())
        return len(fresh)

    def payments(self) -> list[Taken]:
        """All payments of the sound files that were taken."""
        told = [(path.name, json.loads(path.read_text())) for path in sorted(self._taken.iterdir())]
        return [
            Taken(header, segment)
            for name, about in told
            if "file_number" in about
            for header, segment in segments_in((self._incoming / name).read_bytes())
        ]

    def _settle_when_due(self, name: str) -> None:
        """Without what came back before its day."""
        content = (self._incoming / name).read_bytes()
        file = read(content)
        if max(credit.due_on for credit in file.credits) > self._today():
            return
        left = tuple(one for one in file.credits if not self.returns.was_returned(one.cross_reference))
        if left:
            about = {"file_name": name, "file_sha256": hashlib.sha256(content).hexdigest()}
            publish(self._outgoing / f"{name}.settlement.json", settlement(replace(file, credits=left), about))
        (self._waiting / name).unlink()

    def _take(self, name: str) -> None:
        content = (self._incoming / name).read_bytes()
        about = {"file_name": name, "file_sha256": hashlib.sha256(content).hexdigest()}
        try:
            file = read(content)
            self._check_number(file)
        except Refused as refusal:
            report = {"format": "rejection/1", **about, "reasons": [str(refusal)]}
            publish(self._outgoing / f"{name}.rejected.json", report)
            publish(self._taken / name, about)
            return
        publish(self._waiting / name, about)
        publish(self._taken / name, about | {"originator_id": file.originator_id, "file_number": file.number})

    def _check_number(self, file: DepositFile) -> None:
        taken = sorted(self._taken.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        known = [json.loads(path.read_text()) for path in taken]
        mine = [one.get("file_number") for one in known if one.get("originator_id") == file.originator_id]
        if file.number in mine[-REMEMBERED_NUMBERS:]:
            raise Refused("the file creation number was used by a recent file")


def settlement(file: DepositFile, about: dict[str, str]) -> dict[str, Any]:
    """The report on a sound file: no account, no name."""
    return {
        "format": "settlement/1",
        "originator_id": file.originator_id,
        **about,
        "file_number": file.number,
        "count": len(file.credits),
        "total_cents": file.total_cents,
        "items": [
            {
                "cross_reference": credit.cross_reference,
                "amount_cents": credit.amount_cents,
                "settled_on": credit.due_on.isoformat(),
            }
            for credit in file.credits
        ],
    }


def segments_in(content: bytes) -> Iterator[tuple[str, str]]:
    """The payments of a sound file, each as its 240 characters, with the header."""
    header, *details, _ = split(content)
    for detail in details:
        for start in SEGMENT_STARTS:
            segment = cut(detail, start, start + SEGMENT - 1)
            if segment.strip():
                yield header, segment


def clock_in(path: Path) -> Callable[[], date]:
    """The day that the file holds at that moment; the last of all days while there is none."""

    def today() -> date:
        return date.fromisoformat(path.read_text().strip()) if path.exists() else date.max

    return today


def publish(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON document so that it appears whole under its name."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w") as out:
        json.dump(document, out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


@app.command()
def main(
    *,
    incoming: Annotated[Path, typer.Option(help="folder into which originators put their files")],
    outgoing: Annotated[Path, typer.Option(help="folder for the bank's reports")],
    clock: Annotated[Path | None, typer.Option(help="file with the bank's day; everything is due at once")] = None,
    once: Annotated[bool, typer.Option("--once", help="take what is there, then end")] = False,
    poll_seconds: Annotated[float, typer.Option(min=0.01, help="pause between looks into the folder")] = 0.2,
) -> None:
    """Take deposit files and settle them until told to stop."""
    bank = Bank(incoming, outgoing) if clock is None else Bank(incoming, outgoing, today=clock_in(clock))
    bank.run_once()
    while not once:
        time.sleep(poll_seconds)
        bank.run_once()


if __name__ == "__main__":
    app()

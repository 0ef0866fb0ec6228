"""Returns of the simulated bank: payments of files that it took come back as a file of I records.

    python -m deploy.local.bank_returns --outgoing DIR --batch 10000042 --reason 905 [--on 2026-11-25] [--misbehave …]

That leaves an order, which the bank carries out as soon as its clock has come to the day. Like ``bank_simulator`` this
module has positions of its own, copied from the printed table of CPA Standard 005. On request the bank misbehaves:

* ``duplicate``: the file comes twice, and the same returns once more under another file creation number;
* ``unknown``: one item more, which nobody ever sent;
* ``truncated``: the file ends in the middle of a record.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import typer

Misbehaviour = Literal["duplicate", "unknown", "truncated"]
RECORD: Final = 1464
PER_RECORD: Final = 6
SUFFIX: Final = ".returns.txt"
ORDERS: Final = ".orders"
NOBODYS: Final = "NOBODYSPAYMENT00001"
MISBEHAVIOURS: Final[tuple[Misbehaviour, ...]] = get_args(Misbehaviour)

app = typer.Typer(add_completion=False, help="Have the simulated bank send a payment back.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment of a file that the bank took: the header of the file and the payment's 240 characters."""

    header: str
    segment: str

    @property
    def cross_reference(self) -> str:
        return self.segment[150:169].rstrip()

    @property
    def batch_number(self) -> str:
        return self.segment[190:205].rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the bank shall send back, and when: at once without a day."""

    batch_number: str
    reason: int
    on: date | None = None
    misbehave: Misbehaviour | None = None


def day_text(day: date) -> str:
    """``0YYDDD``."""
    return f"0{day:%y%j}"


def returned(payment: Taken, *, reason: int, on: date, trace: int) -> str:
    """The segment of a credit that comes back: where it came from and where it went change places."""
    text = payment.segment
    return "".join(
        (
            f"{reason:03}",
            text[3:13],
            day_text(on),
            text[169:178],
            text[178:190],
            f"{trace:022}",
            text[0:3],
            text[65:169],
            text[19:28],
            text[28:40],
            text[190:205],
            text[40:62],
            "  ",
            "0" * 11,
        )
    )


def nobodys(segment: str) -> str:
    """The same return of a payment that nobody sent."""
    return segment[:150] + NOBODYS.ljust(19) + segment[169:]


def file_of(header: str, segments: Sequence[str], *, number: int, on: date) -> bytes:
    """A whole file of returns to the originator of ``header``."""
    control = f"{header[10:20]}{number:04}"
    records = [f"A000000001{control}{day_text(on)}{header[30:58]}"]
    for start in range(0, len(segments), PER_RECORD):
        records.append(f"I{len(records) + 1:09}{control}{''.join(segments[start : start + PER_RECORD])}")
    value = sum(int(segment[3:13]) for segment in segments)
    totals = f"{0:014}{0:08}{value:014}{len(segments):08}{0:014}{0:08}{0:014}{0:08}"
    records.append(f"Z{len(records) + 1:09}{control}{totals}")
    return "".join(f"{record:<{RECORD}}\r\n" for record in records).encode("ascii")


class Returns:
    """Writes files of returns into the bank's outgoing folder; numbers and traces rise for ever."""

    def __init__(self, outgoing: Path) -> None:
        self._outgoing = outgoing
        self._orders = outgoing / ORDERS
        self._counter = outgoing / ".returns-counter"
        self._gone = outgoing / ".returned"
        for folder in (self._orders, self._gone):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def order(self, order: Order) -> None:
        """Leave an order for the bank."""
        on = None if order.on is None else order.on.isoformat()
        document = {"batch_number": order.batch_number, "reason": order.reason, "on": on, "misbehave": order.misbehave}
        _publish(self._orders / f"{order.batch_number}.json", json.dumps(document).encode())

    @property
    def are_ordered(self) -> bool:
        """Whether anything waits to be sent back."""
        return any(self._orders.glob("*.json"))

    def was_returned(self, cross_reference: str) -> bool:
        """Whether the payment was sent back."""
        return (self._gone / cross_reference).exists()

    def carry_out(self, payments: Sequence[Taken], *, today: date) -> int:
        """Send back what was ordered and is due; returns how many payments that was."""
        done = 0
        for path in sorted(self._orders.glob("*.json")):
            order = _order(path)
            payment = next((one for one in payments if one.batch_number == order.batch_number), None)
            if payment is None or (order.on is not None and order.on > today):
                continue
            self.send({payment.cross_reference: order.reason}, [payment], on=order.on, misbehave=order.misbehave)
            path.unlink()
            done += 1
        return done

    def send(
        self,
        reasons: dict[str, int],
        payments: Sequence[Taken],
        *,
        on: date | None = None,
        misbehave: Misbehaviour | None = None,
    ) -> Path:
        """Write one file with the payments that ``reasons`` names by cross-reference; where the (first) file is."""
        chosen = [payment for payment in payments if payment.cross_reference in reasons]
        number = self._next()
        day = on or _creation_day(chosen[0].header)
        segments = [
            returned(payment, reason=reasons[payment.cross_reference], on=day, trace=number * 1_000 + place)
            for place, payment in enumerate(chosen, 1)
        ]
        if misbehave == "unknown":
            segments.append(nobodys(segments[0]))
        content = file_of(chosen[0].header, segments, number=number, on=day)
        if misbehave == "truncated":
            content = content[: len(content) - RECORD // 2]
        path = self._write(content, number)
        if misbehave == "duplicate":
            _publish(path.with_name(f"again-{path.name}"), content)
            another = self._next()
            self._write(file_of(chosen[0].header, segments, number=another, on=day), another)
        for payment in chosen:
            (self._gone / payment.cross_reference).touch()
        return path

    def _write(self, content: bytes, number: int) -> Path:
        path = self._outgoing / f"returns-{number:04}{SUFFIX}"
        _publish(path, content)
        return path

    def _next(self) -> int:
        last = int(self._counter.read_text()) if self._counter.exists() else 0
        _publish(self._counter, str(last + 1).encode())
        return last + 1


def _order(path: Path) -> Order:
    told = json.loads(path.read_text())
    on = None if told["on"] is None else date.fromisoformat(told["on"])
    return Order(batch_number=told["batch_number"], reason=told["reason"], on=on, misbehave=told["misbehave"])


def _creation_day(header: str) -> date:
    return date(2000 + int(header[25:27]), 1, 1) + timedelta(days=int(header[27:30]) - 1)


def _publish(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole under its name."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


@app.command()
def main(
    *,
    outgoing: Annotated[Path, typer.Option(help="folder for the bank's reports")],
    batch: Annotated[str, typer.Option(help="batch number of the payment")],
    reason: Annotated[int, typer.Option(min=900, max=999, help="return reason of Standard 007")] = 905,
    on: Annotated[str | None, typer.Option(help="day on which it comes back, YYYY-MM-DD; at once")] = None,
    misbehave: Annotated[str | None, typer.Option(help=" | ".join(MISBEHAVIOURS))] = None,
) -> None:
    """Order the return of a payment."""
    wanted = next((one for one in MISBEHAVIOURS if one == misbehave), None)
    if misbehave is not None and wanted is None:
        raise typer.BadParameter(f"one of {', '.join(MISBEHAVIOURS)}", param_hint="--misbehave")
    day = None if on is None else date.fromisoformat(on)
    Returns(outgoing).order(Order(batch_number=batch, reason=reason, on=day, misbehave=wanted))


if __name__ == "__main__":
    app()

"""Measures and reports. Every figure of ours stands beside its raw floor, taken in turns in the same run."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local.environment import PROJECT
from loadtests.bench import growth
from loadtests.bench.latency import decision_latency
from loadtests.bench.payload import DOSSIERS
from loadtests.bench.rig import INTAKE_QUEUE, Rig
from loadtests.bench.worker import RAW_QUEUE

LANES = 64
PREFETCH = 200
WARM_UP = 600
PENDING = {"pending": True, "written_at": {"$gt": datetime(2026, 1, 1, tzinfo=UTC)}}
"""Found by the outbox's own index, so that looking does not cost more the more is stored."""
ROOT = PROJECT / ".local" / "bench"
REPORT = PROJECT / ".local" / "bench.json"


@dataclass
class Figures:
    """What is written to ``.local/bench.json``; rates per second.

    A ``raw`` floor is aio-pika as it comes, on Python's own event loop. ``growth_…`` is the rate with
    ``growth_stored`` claims in the database ÷ the rate with a hundredth of them: 1 is flat.
    """

    intake_ratio: float = 0.0
    intake_per_s: float = 0.0
    raw_publish_per_s: float = 0.0
    decided_ratio: float = 0.0
    decided_per_s: float = 0.0
    raw_consume_per_s: float = 0.0
    query_ratio: float = 0.0
    growth_stored: int = 0
    growth_decided: float = 0.0
    growth_query: float = 0.0
    query_per_s: float = 0.0
    raw_request_per_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    latency_rate_per_s: float = 0.0
    rss_mb: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians of a measure, of its floor, and of the ratios of each turn."""

    ours: float
    floor: float
    ratio: float


def in_turns(rounds: int, floor: Callable[[], float], ours: Callable[[int], float]) -> Pair:
    """Measured in turns, each compared with its own floor, so that a slow minute of the machine hits both alike."""
    turns = [(floor(), ours(turn)) for turn in range(rounds)]
    return Pair(
        ours=median(rate for _, rate in turns),
        floor=median(raw for raw, _ in turns),
        ratio=median(rate / raw for raw, rate in turns),
    )


def measure_intake(rig: Rig, figures: Figures, *, rounds: int, count: int) -> None:
    """Accepted by one edge process ÷ raw publish with confirms."""
    tokens = rig.tokens()

    def floor() -> float:
        rate = rig.measure("raw_publish", count=count, lanes=LANES)["per_second"]
        asyncio.run(rig.empty(RAW_QUEUE))
        return float(rate)

    def ours(turn: int) -> float:
        options = {"port": rig.stack.http_port, "tokens": tokens, "lanes": LANES, "count": count}
        outcome = rig.measure("http_intake", run=f"intake-{turn}", **options)
        if outcome["statuses"] != {"202": count} or asyncio.run(rig.empty(INTAKE_QUEUE)) != count:
            raise RuntimeError(f"not every claim was accepted: {outcome['statuses']}")
        return float(outcome["per_second"])

    with rig.service("edge"):
        ours(-1)
        pair = in_turns(rounds, floor, ours)
        figures.rss_mb["edge"] = rig.memory_mb("edge")
    figures.intake_per_s = pair.ours
    figures.raw_publish_per_s, figures.intake_ratio = pair.floor, pair.ratio


def measure_decided(rig: Rig, figures: Figures, *, rounds: int, count: int) -> None:
    """Decided by one claims process, events published ÷ raw consume and acknowledge."""

    def floor() -> float:
        rig.measure("raw_publish", count=count, lanes=200)
        return float(rig.measure("raw_consume", count=count, prefetch=PREFETCH)["per_second"])

    def ours(turn: int) -> float:
        return _decide(rig, figures, first=turn * count, count=count)

    pair = in_turns(rounds, floor, ours)
    figures.decided_per_s = pair.ours
    figures.raw_consume_per_s, figures.decided_ratio = pair.floor, pair.ratio


def _decide(rig: Rig, figures: Figures, *, first: int, count: int) -> float:
    """Claims decided per second by a claims process that starts with a full queue."""
    before = rig.claims["claims"].count_documents({})
    edge = rig.stack.rabbitmq_url("edge")
    rig.measure("load_intake", url=edge, count=count, first=first, run=f"decide-{time.time()}")
    with rig.service("claims"):
        rate = _rate_of_growth(rig, before, count)
        figures.rss_mb["claims"] = rig.memory_mb("claims")
    return rate


def _rate_of_growth(rig: Rig, before: int, count: int) -> float:
    """Claims decided *and* announced per second, since a quarter of them was: the process is warm by then."""
    log, first = rig.claims["message_log"], None
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        decided = rig.claims["claims"].estimated_document_count() - before
        now = time.perf_counter()
        if first is None and decided >= count // 4:
            first = (now, decided)
        if first is not None and decided >= count and log.count_documents(PENDING) == 0:
            return float((decided - first[1]) / (now - first[0]))
        time.sleep(0.05)
    raise TimeoutError("claims were not decided in time")


def measure_query(rig: Rig, figures: Figures, *, rounds: int, count: int) -> None:
    """GET through edge and bus ÷ the bare multiplexed request with the same answer."""
    claims = _numbers(rig)
    with rig.service("claims"), rig.service("edge"):
        answer = rig.get(f"/claims/{claims[0][0]}", token=claims[0][1])

    def floor() -> float:
        asyncio.run(rig.declare_floors())
        with rig.responder(answer):
            rate = float(rig.measure("ask", count=count, lanes=LANES)["per_second"])
        asyncio.run(rig.undeclare_echo())
        return rate

    def ours(_turn: int) -> float:
        return _ask(rig, claims, count=count)

    pair = in_turns(rounds, floor, ours)
    figures.query_per_s = pair.ours
    figures.raw_request_per_s, figures.query_ratio = pair.floor, pair.ratio


def _numbers(rig: Rig) -> list[tuple[str, str]]:
    """Numbers of stored claims, each with a token of its member."""
    tokens = rig.tokens()
    rows = rig.claims["claims"].find({}, {"number": 1, "dossier_id": 1}).limit(DOSSIERS)
    return [(row["number"], tokens[int(row["dossier_id"].rpartition("-")[2]) % DOSSIERS]) for row in rows]


def _ask(rig: Rig, claims: list[tuple[str, str]], *, count: int) -> float:
    options = {"port": rig.stack.http_port, "claims": claims, "lanes": LANES, "count": count}
    with rig.service("claims"), rig.service("edge"):
        rig.measure("http_query", **{**options, "count": WARM_UP})
        outcome = rig.measure("http_query", **options)
    if outcome["statuses"] != {"200": count}:
        raise RuntimeError(f"not every query was answered: {outcome['statuses']}")
    return float(outcome["per_second"])


def measure_growth(rig: Rig, figures: Figures, *, count: int) -> None:
    """Whether deciding and asking slow down when a hundred times as many claims are stored."""
    stored = count // 4

    def rates() -> tuple[float, float]:
        asked = median(_ask(rig, _numbers(rig), count=count) for _ in range(3))
        firsts = range(stored, stored + 3 * count, count)
        return asked, median(_decide(rig, figures, first=first, count=count) for first in firsts)

    growth.clear(rig.claims)
    _decide(rig, figures, first=0, count=stored)
    few_asked, few_decided = rates()
    growth.clear(rig.claims)
    _decide(rig, figures, first=0, count=stored)
    figures.growth_stored = growth.multiply(rig.claims)
    many_asked, many_decided = rates()
    figures.growth_query, figures.growth_decided = many_asked / few_asked, many_decided / few_decided
    growth.clear(rig.claims)


def measure_latency(rig: Rig, figures: Figures, *, seconds: float) -> None:
    """Submission to announced decision at a third of what decides or accepts least."""
    rate = min(figures.decided_per_s, figures.intake_per_s) / 3
    run = f"latency-{time.time()}"
    rig.claims["fingerprints"].delete_many({})
    url, port = rig.stack.servers.rabbitmq_admin_url, rig.stack.http_port
    with rig.service("claims"), rig.service("edge"):
        asyncio.run(decision_latency(url, port, rig.tokens(), rate=rate / 4, seconds=2, run=f"warm-{run}"))
        latencies = asyncio.run(decision_latency(url, port, rig.tokens(), rate=rate, seconds=seconds, run=run))
    hundredths = quantiles(latencies, n=100)
    figures.p50_ms, figures.p99_ms = hundredths[49] * 1_000, hundredths[98] * 1_000
    figures.latency_rate_per_s = rate


def report(figures: Figures, console: Console) -> None:
    """The table, and the JSON beside it."""
    table = Table(title="Acquit beside its raw floors (one run, same payload, per second)")
    for column in ("measure", "ours", "raw floor", "ratio"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    f = figures
    for name, ours, floor, ratio in (
        ("claims accepted ÷ publish with confirm", f.intake_per_s, f.raw_publish_per_s, f.intake_ratio),
        ("claims decided ÷ consume and ack", f.decided_per_s, f.raw_consume_per_s, f.decided_ratio),
        ("GET through edge and bus ÷ bare request", f.query_per_s, f.raw_request_per_s, f.query_ratio),
    ):
        table.add_row(name, f"{ours:,.0f}", f"{floor:,.0f}", f"{ratio:.2f}")
    console.print(table)
    console.print(
        f"submit → decision at {figures.latency_rate_per_s:,.0f} claims/s: "
        f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms"
    )
    console.print(
        f"with {figures.growth_stored:,} claims stored instead of a hundredth of them: "
        f"decisions × {figures.growth_decided:.2f}, queries × {figures.growth_query:.2f}"
    )
    console.print("memory: " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in sorted(figures.rss_mb.items())))
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(figures).items()}
    REPORT.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {REPORT.relative_to(Path.cwd())}" if REPORT.is_relative_to(Path.cwd()) else "")


def main(
    rounds: Annotated[int, typer.Option(help="How often each pair is measured; medians count.")] = 5,
    count: Annotated[int, typer.Option(help="Messages per measurement.")] = 4_000,
    latency_seconds: Annotated[float, typer.Option(help="How long the steady load lasts.")] = 12.0,
) -> None:
    """Measure ratios to the raw floors on this machine."""
    console = Console(highlight=False)
    started = time.monotonic()
    shutil.rmtree(ROOT, ignore_errors=True)
    figures = Figures()
    with Rig(ROOT) as rig:
        asyncio.run(rig.declare_floors())
        asyncio.run(rig.undeclare_echo())
        with console.status("measuring intake"):
            measure_intake(rig, figures, rounds=rounds, count=count)
        with console.status("measuring decisions"):
            measure_decided(rig, figures, rounds=rounds, count=count)
        with console.status("measuring queries"):
            measure_query(rig, figures, rounds=rounds, count=count // 2)
        with console.status("measuring growth"):
            measure_growth(rig, figures, count=count // 2)
        with console.status("measuring latency"):
            measure_latency(rig, figures, seconds=latency_seconds)
    figures.seconds = time.monotonic() - started
    report(figures, console)


if __name__ == "__main__":
    typer.run(main)

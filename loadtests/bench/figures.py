"""What is measured, how it is compared with its floor, and how it is told."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from rich.console import Console
from rich.table import Table

from deploy.local.environment import PROJECT

REPORT = PROJECT / ".local" / "bench.json"


@dataclass
class Figures:
    """What is written to ``.local/bench.json``; rates per second.

    A ``raw`` floor is aio-pika as it comes, on Python's own event loop. ``growth_…`` is the rate with
    ``growth_stored`` claims in the database ÷ the rate with a hundredth of them: 1 is flat; ``history_slope`` is the
    time per decided claim with ``history_stored`` ÷ that with a hundredth. ``intake_with_sign_ins`` is the rate of
    intake with forty sign-ins waiting for their password to be hashed ÷ the rate without. ``adjudications_per_s`` are
    claims adjudicated in one process, and nothing else done with them. ``run_…`` are about a run of
    100 000 payables, from open to the file; ``run_slope`` is its seconds per payable ÷ those of a run of 1 000.
    """

    intake_ratio: float = 0.0
    intake_per_s: float = 0.0
    raw_publish_per_s: float = 0.0
    decided_ratio: float = 0.0
    decided_per_s: float = 0.0
    raw_consume_per_s: float = 0.0
    adjudications_per_s: float = 0.0
    adjudicated_lines_per_s: float = 0.0
    query_ratio: float = 0.0
    history_stored: int = 0
    history_slope: float = 0.0
    history_fill_seconds: float = 0.0
    growth_stored: int = 0
    growth_decided: float = 0.0
    growth_query: float = 0.0
    query_per_s: float = 0.0
    raw_request_per_s: float = 0.0
    sign_in_ratio: float = 0.0
    sign_in_per_s: float = 0.0
    raw_verify_per_s: float = 0.0
    intake_with_sign_ins: float = 0.0
    drug_products: int = 0
    dpd_import_seconds: float = 0.0
    drug_search_p99_ms: float = 0.0
    drug_search_bus_p99_ms: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    latency_rate_per_s: float = 0.0
    run_seconds_100k: float = 0.0
    run_peak_mb: float = 0.0
    run_slope: float = 0.0
    statements_per_s: float = 0.0
    webhooks_per_s: float = 0.0
    rss_mb: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians of a measure, of its floor, and of the ratios of each turn."""

    ours: float
    floor: float
    ratio: float


def in_turns(rounds: int, floor: Callable[[], float], ours: Callable[[int], float]) -> Pair:
    """Measured in turns, each compared with the mean of the floors before and after it, so that a slow minute of the
    machine hits both alike.
    """
    floors, rates = [floor()], list[float]()
    for turn in range(rounds):
        rates.append(ours(turn))
        floors.append(floor())
    around = [mean(pair) for pair in pairwise(floors)]
    ratios = [rate / raw for rate, raw in zip(rates, around, strict=True)]
    return Pair(ours=median(rates), floor=median(floors), ratio=median(ratios))


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
        ("sign-ins, both steps ÷ passwords verified", f.sign_in_per_s, f.raw_verify_per_s, f.sign_in_ratio),
    ):
        table.add_row(name, f"{ours:,.0f}", f"{floor:,.0f}", f"{ratio:.2f}")
    console.print(table)
    console.print(
        f"submit → decision at {figures.latency_rate_per_s:,.0f} claims/s: "
        f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms"
    )
    console.print(
        f"with {figures.history_stored:,} claims stored instead of a hundredth of them: "
        f"time per decision × {figures.history_slope:.2f}, queries per second × {figures.growth_query:.2f}"
    )
    console.print(
        f"adjudication alone, one core: {f.adjudications_per_s:,.0f} claims/s, {f.adjudicated_lines_per_s:,.0f} lines/s"
    )
    console.print(
        f"drug list of {f.drug_products:,}: imported in {f.dpd_import_seconds:.1f} s on one core; "
        f"search p99 {f.drug_search_p99_ms:.1f} ms, over the bus {f.drug_search_bus_p99_ms:.1f} ms"
    )
    console.print(
        f"a run of 100,000 payables, to the file at the bank: {f.run_seconds_100k:.0f} s, {f.run_peak_mb:.0f} MB; "
        f"per payable × {f.run_slope:.2f} of a run of 1,000"
    )
    console.print(f"webhooks delivered by one payments process: {f.webhooks_per_s:,.0f}/s")
    console.print(f"with forty sign-ins queued: claims accepted × {f.intake_with_sign_ins:.2f}")
    console.print(f"statements as PDF, a process per core: {f.statements_per_s:,.1f}/s")
    console.print("memory: " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in sorted(figures.rss_mb.items())))
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(figures).items()}
    REPORT.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {REPORT.relative_to(Path.cwd())}" if REPORT.is_relative_to(Path.cwd()) else "")

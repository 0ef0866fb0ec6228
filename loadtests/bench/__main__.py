"""Measures and reports. Every figure of ours stands beside its raw floor, taken in turns in the same run."""

import asyncio
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.environment import PROJECT
from deploy.sample.drugs import whole_extract
from loadtests.bench import adjudication, drugs, history, runs, sign_ins, statements, webhooks
from loadtests.bench.figures import Figures, in_turns, report
from loadtests.bench.latency import decision_latency
from loadtests.bench.payload import DOSSIERS
from loadtests.bench.rig import INTAKE_QUEUE, Rig
from loadtests.bench.worker import RAW_QUEUE

LANES = 64
SIGNING_IN = 16
"""People at a time: the hashing pool takes two, the others wait."""
QUEUED = 40
"""Passwords that wait all at once while claims are taken."""
PREFETCH = 200
WARM_UP = 600
ORIGINALS = 2_500
"""Claims that are decided, of which history is made."""
GROWTH = 100
"""How many times more are stored where there are many."""
PENDING = {"pending": True, "written_at": {"$gt": datetime(2026, 1, 1, tzinfo=UTC)}}
"""Found by the outbox's own index, so that looking does not cost more the more is stored."""
ROOT = PROJECT / ".local" / "bench"


def measure_intake(rig: Rig, figures: Figures, *, rounds: int, count: int) -> None:
    """Accepted by one edge process ÷ raw publish with confirms."""

    def floor() -> float:
        rate = rig.measure("raw_publish", count=count, lanes=LANES)["per_second"]
        asyncio.run(rig.empty(RAW_QUEUE))
        return float(rate)

    def ours(turn: int) -> float:
        return _accept(rig, run=f"intake-{turn}", count=count)

    with rig.service("edge"):
        ours(-1)
        pair = in_turns(rounds, floor, ours)
        figures.rss_mb["edge"] = rig.memory_mb("edge")
    figures.intake_per_s = pair.ours
    figures.raw_publish_per_s, figures.intake_ratio = pair.floor, pair.ratio


def _accept(rig: Rig, *, run: str, count: int) -> float:
    options = {"port": rig.stack.http_port, "tokens": rig.tokens(), "lanes": LANES, "count": count}
    outcome = rig.measure("http_intake", run=run, **options)
    if outcome["statuses"] != {"202": count} or asyncio.run(rig.empty(INTAKE_QUEUE)) != count:
        raise RuntimeError(f"not every claim was accepted: {outcome['statuses']}")
    return float(outcome["per_second"])


def measure_sign_ins(rig: Rig, figures: Figures, *, rounds: int, count: int, claims: int) -> None:
    """Both steps of signing in ÷ verifications of a pool of the same size; and whether claims are taken meanwhile."""
    accounts = sign_ins.Accounts(rig.stack, rig.identity, count=(count + 2 * QUEUED) * (rounds + 1))

    def floor() -> float:
        return float(rig.measure("raw_verify", count=count, lanes=SIGNING_IN)["per_second"])

    def ours(_turn: int) -> float:
        outcome = rig.measure("sign_in", **accounts.next(count), lanes=SIGNING_IN)
        if outcome["statuses"] != {"200": count}:
            raise RuntimeError(f"not every sign-in went through: {outcome['statuses']}")
        return float(outcome["per_second"])

    with rig.service("identity"), rig.service("edge"):
        ours(-1)
        pair = in_turns(rounds, floor, ours)
        figures.rss_mb["identity"] = rig.memory_mb("identity")
        figures.intake_with_sign_ins = _beside_sign_ins(rig, accounts, pairs=rounds, count=claims)
    figures.sign_in_per_s = pair.ours
    figures.raw_verify_per_s, figures.sign_in_ratio = pair.floor, pair.ratio


def _beside_sign_ins(rig: Rig, accounts: sign_ins.Accounts, *, pairs: int, count: int) -> float:
    """Rate of intake while passwords wait ÷ the rate without: the median of turns side by side."""
    options = {"port": rig.stack.http_port, "tokens": rig.tokens(), "lanes": LANES, "count": count, "pairs": pairs}
    crowd = {**accounts.next(2 * pairs * QUEUED), "queued": QUEUED}
    outcome = rig.measure("intake_beside_sign_ins", run=f"beside-{time.time()}", **{**crowd, **options})
    if outcome["passwords"] != {"200": 2 * pairs * QUEUED}:
        raise RuntimeError(f"not every password was looked at: {outcome['passwords']}")
    asyncio.run(rig.empty(INTAKE_QUEUE))
    return median(
        float(beside) / float(alone) for alone, beside in zip(outcome["alone"], outcome["beside"], strict=True)
    )


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
    with rig.service("claims", ready=False):
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
        elif first is not None and decided >= count and log.count_documents(PENDING) == 0:
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
    measured = {"dossier_id": {"$in": [f"dossier-{number}" for number in range(DOSSIERS)]}}
    rows = rig.claims["claims"].find(measured, {"number": 1, "dossier_id": 1}).limit(DOSSIERS)
    return [(row["number"], tokens[int(row["dossier_id"].rpartition("-")[2]) % DOSSIERS]) for row in rows]


def _ask(rig: Rig, claims: list[tuple[str, str]], *, count: int) -> float:
    options = {"port": rig.stack.http_port, "claims": claims, "lanes": LANES, "count": count}
    with rig.service("claims"), rig.service("edge"):
        rig.measure("http_query", **{**options, "count": WARM_UP})
        outcome = rig.measure("http_query", **options)
    if outcome["statuses"] != {"200": count}:
        raise RuntimeError(f"not every query was answered: {outcome['statuses']}")
    return float(outcome["per_second"])


def measure_history(rig: Rig, figures: Figures, *, rounds: int, count: int, stored: int) -> None:
    """Whether deciding and asking slow down among a hundred times as many claims, in turns of many and few."""
    history.clear(rig.claims)
    _decide(rig, figures, first=0, count=ORIGINALS)
    history.fill(rig.claims, claims=stored // GROWTH)
    history.set_aside(rig.claims)
    started = time.monotonic()
    figures.history_stored = history.fill(rig.claims, claims=stored)
    figures.history_fill_seconds = time.monotonic() - started
    decided, asked = list[float](), list[float]()
    for turn in range(rounds):
        first = ORIGINALS + turn * count
        many = _ask(rig, _numbers(rig), count=count), _decide(rig, figures, first=first, count=count)
        history.exchange(rig.claims)
        few = _ask(rig, _numbers(rig), count=count), _decide(rig, figures, first=first, count=count)
        history.exchange(rig.claims)
        asked.append(many[0] / few[0])
        decided.append(many[1] / few[1])
    figures.growth_stored = figures.history_stored
    figures.growth_query, figures.growth_decided = median(asked), median(decided)
    figures.history_slope = 1 / figures.growth_decided


def measure_drugs(rig: Rig, figures: Figures, *, extract: Path | None) -> None:
    """Loading the drug list, and searching it: the extract given, else an invented one of the same size."""
    if extract is None:
        extract = ROOT / "extract.zip"
        extract.write_bytes(whole_extract())
    measured = drugs.measure(rig, extract)
    figures.drug_products = measured.products
    figures.dpd_import_seconds = measured.dpd_import_seconds
    figures.drug_search_p99_ms = measured.drug_search_p99_ms
    figures.drug_search_bus_p99_ms = measured.drug_search_bus_p99_ms


def measure_latency(rig: Rig, figures: Figures, *, seconds: float) -> None:
    """Submission to announced decision at a third of what edge and claims do when they share these cores: each claim
    takes the time of both.
    """
    rate = 1 / (1 / figures.decided_per_s + 1 / figures.intake_per_s) / 3
    run = f"latency-{time.time()}"
    rig.claims["fingerprints"].delete_many({})
    url, port = rig.stack.servers.rabbitmq_admin_url, rig.stack.http_port
    with rig.service("claims"), rig.service("edge"):
        asyncio.run(decision_latency(url, port, rig.tokens(), rate=rate / 4, seconds=2, run=f"warm-{run}"))
        latencies = asyncio.run(decision_latency(url, port, rig.tokens(), rate=rate, seconds=seconds, run=run))
    hundredths = quantiles(latencies, n=100)
    figures.p50_ms, figures.p99_ms = hundredths[49] * 1_000, hundredths[98] * 1_000
    figures.latency_rate_per_s = rate


def main(
    rounds: Annotated[int, typer.Option(help="How often each pair is measured; medians count.")] = 5,
    count: Annotated[int, typer.Option(help="Messages per measurement.")] = 4_000,
    latency_seconds: Annotated[float, typer.Option(help="How long the steady load lasts.")] = 12.0,
    stored: Annotated[int, typer.Option("--history", help="Claims stored where there are many.")] = 1_000_000,
    extract: Annotated[
        Path | None, typer.Option(exists=True, help="Health Canada's extract; else an invented one.")
    ] = None,
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
        with console.status("measuring sign-ins"):
            measure_sign_ins(rig, figures, rounds=rounds, count=count // 40, claims=count)
        with console.status("measuring decisions"):
            measure_decided(rig, figures, rounds=rounds, count=2 * count)
        with console.status("measuring queries"):
            measure_query(rig, figures, rounds=rounds, count=count // 2)
        with console.status("measuring latency"):
            measure_latency(rig, figures, seconds=latency_seconds)
        with console.status("measuring adjudication"):
            adjudicated = adjudication.measure()
            figures.adjudications_per_s, figures.adjudicated_lines_per_s = adjudicated.claims, adjudicated.lines
        with console.status("measuring statements"):
            figures.statements_per_s = statements.measure()
        with console.status("measuring runs"):
            run = runs.measure(rig.stack.servers.mongodb_admin_url)
            figures.run_seconds_100k, figures.run_peak_mb = run.run_seconds_100k, run.run_peak_mb
            figures.run_slope = run.run_slope
        with console.status("measuring the drug list"):
            measure_drugs(rig, figures, extract=extract)
        with console.status("measuring webhooks"):
            figures.webhooks_per_s = webhooks.measure(rig, count=count)
        with console.status("measuring among the claims of years"):
            measure_history(rig, figures, rounds=rounds, count=count // 2, stored=stored)
    figures.seconds = time.monotonic() - started
    report(figures, console)


if __name__ == "__main__":
    typer.run(main)

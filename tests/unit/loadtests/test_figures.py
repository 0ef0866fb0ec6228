"""How turns are compared with their floors, and what is written down."""

import io
import json
from dataclasses import fields
from pathlib import Path

import pytest
from rich.console import Console

from loadtests.bench import figures
from loadtests.bench.figures import Figures, in_turns, report


def test_a_turn_is_compared_with_the_floors_before_and_after_it() -> None:
    floors, rates, order = iter((100.0, 300.0, 500.0)), iter((20.0, 120.0)), list[str]()

    def floor() -> float:
        order.append("floor")
        return next(floors)

    def ours(turn: int) -> float:
        order.append(f"ours {turn}")
        return next(rates)

    pair = in_turns(2, floor, ours)
    assert order == ["floor", "ours 0", "floor", "ours 1", "floor"]
    assert (pair.ours, pair.floor) == (70.0, 300.0)
    assert pair.ratio == pytest.approx((20 / 200 + 120 / 400) / 2)


def test_a_slow_minute_that_hits_both_does_not_move_the_ratio() -> None:
    speed = iter((1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0))
    pair = in_turns(5, lambda: 8_000 * next(speed), lambda _turn: 1_200 * next(speed))
    assert pair.ratio == pytest.approx(0.15)


def test_every_figure_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "REPORT", tmp_path / "bench.json")
    told = io.StringIO()
    report(Figures(decided_per_s=901.23456, decided_ratio=0.15678, rss_mb={"claims": 200.0}), Console(file=told))
    written = json.loads((tmp_path / "bench.json").read_text())
    assert set(written) == {each.name for each in fields(Figures)}
    assert (written["decided_per_s"], written["decided_ratio"]) == (901.235, 0.157)
    assert "0.16" in told.getvalue()

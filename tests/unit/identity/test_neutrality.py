"""R1: until a mailbox is proved, every case asks and writes the same, in the same order, and takes the same time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import pytest

from services.identity.domain.roster import Dossier
from tests.support import identity_builders as build
from tests.support.identity_enrolment import Desk, credentials_email, facts, sealed

SAMPLES = 60
"""Per case; more would only slow the tests: a difference of one look-up shows in the sequence of calls already."""
TOLERATED_SECONDS = 0.010
REPOSITORIES = ("dossiers", "accounts", "flows", "checks", "recoveries")


class Calls:
    """Which methods of a repository were called, in order; never with what."""

    def __init__(self, name: str, repository: object, log: list[str]) -> None:
        self._name, self._repository, self._log = name, repository, log

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._repository, method)
        if not callable(found):
            return found

        def called(*arguments: Any, **named: Any) -> Any:
            self._log.append(f"{self._name}.{method}")
            return found(*arguments, **named)

        return called


def watched() -> tuple[Desk, list[str]]:
    """A desk whose every query and write is noted."""
    desk, log = Desk(), list[str]()
    fields: Any = {name: Calls(name, getattr(desk, name), log) for name in REPOSITORIES}
    return replace(desk, **fields), log


async def case(desk: Desk, name: str) -> tuple[Dossier, dict[str, str]]:
    """A dossier, and what is typed about it."""
    dossier = build.dossier() if name in {"unknown contract", "wrong certificate"} else await desk.on_roster()
    if name == "already registered":
        await desk.registered(dossiers=(dossier.number,))
    if name == "known address":
        return dossier, {"email": (await desk.registered()).email}
    return dossier, {"birth_date": "1931-01-01"} if name == "wrong birth date" else {}


CASES = (
    "right",
    "unknown contract",
    "wrong certificate",
    "wrong birth date",
    "already registered",
    "known address",
)


async def by_email(desk: Desk, name: str, log: list[str]) -> list[object]:
    """What the browser sees of the path by e-mail up to the code, and what is kept and sent."""
    dossier, changes = await case(desk, name)
    log.clear()
    enrolment_id = await desk.start("member_email")
    first, work = await desk.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
    second, mailed = await desk.submit(enrolment_id, "credentials_email", **credentials_email(enrolment_id, **changes))
    again = await desk.resend(enrolment_id)
    return _seen(enrolment_id, (first, second), (work, mailed, again))


async def by_user_code(desk: Desk, name: str, log: list[str]) -> list[object]:
    """The same for the path by user code."""
    dossier, changes = await case(desk, name)
    log.clear()
    enrolment_id = await desk.start("member_mobile")
    first, work = await desk.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
    second, _ = await desk.submit(enrolment_id, "display_name", display_name="Béa")
    email = changes.get("email") or build.random_email()
    third, mailed = await desk.submit(enrolment_id, "mailbox", email=email)
    again = await desk.resend(enrolment_id)
    return _seen(enrolment_id, (first, second, third), (work, mailed, again))


def _seen(enrolment_id: str, views: Sequence[Any], works: Sequence[Any]) -> list[object]:
    bodies = [view.model_dump_json().replace(enrolment_id, "id") for view in views]
    return [*bodies, *(len(work.outgoing) for work in works)]


@pytest.mark.req("REG-21", "R1")
@pytest.mark.parametrize("walk", [by_email, by_user_code], ids=["email", "user code"])
async def test_r1_answers_queries_and_writes_are_the_same_whatever_is_known(walk: Callable[..., Any]) -> None:
    outcomes = {}
    for name in CASES:
        desk, log = watched()
        seen = await walk(desk, name, log)
        outcomes[name] = (seen, tuple(log))
    assert outcomes["right"][1], "nothing was watched"
    for name in CASES:
        assert outcomes[name] == outcomes["right"], name


@pytest.mark.req("REG-21", "REG-9", "R1")
async def test_r1_linking_looks_the_same_whatever_is_known() -> None:
    outcomes = {}
    for name in ("right", "unknown contract", "wrong birth date", "wrong password", "unknown user code"):
        desk, log = watched()
        dossier, changes = await case(desk, name)
        await desk.registered(user_name="beatrice84", password=await build.hashing().hash(build.PASSWORD))
        log.clear()
        enrolment_id = await desk.start("member_link")
        first, _ = await desk.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
        typed = "Autre-Tortue-99" if name == "wrong password" else build.PASSWORD
        second, _ = await desk.submit(
            enrolment_id,
            "existing_account",
            user_name="nobody84" if name == "unknown user code" else "BEATRICE84",
            password=sealed(typed, enrolment_id, use="password"),
        )
        await desk.resend(enrolment_id)
        outcomes[name] = (_seen(enrolment_id, (first, second), ()), tuple(log))
    for name, outcome in outcomes.items():
        assert outcome == outcomes["right"], name


def kolmogorov_smirnov(first: Sequence[float], second: Sequence[float]) -> float:
    """Largest distance between the two samples' distribution functions."""
    points = sorted({*first, *second})
    return max(abs(_below(first, point) - _below(second, point)) for point in points)


def _below(sample: Sequence[float], point: float) -> float:
    return sum(value <= point for value in sample) / len(sample)


def test_the_statistic_tells_samples_apart_that_differ() -> None:
    quick, slow = [n / 1000 for n in range(100)], [0.2 + n / 1000 for n in range(100)]
    assert kolmogorov_smirnov(quick, quick) == 0
    assert kolmogorov_smirnov(quick, slow) == 1


@pytest.mark.wide
@pytest.mark.req("REG-21", "R1")
async def test_r1_the_time_to_answer_tells_nothing() -> None:
    """Samples of all cases are taken in turns, so that a busy machine slows them all alike. The statistic is compared
    with its critical value at a level of one in a million, or the medians with what nobody can tell over a network.
    """
    seconds: dict[str, list[float]] = {name: [] for name in CASES}
    desk = Desk()
    for _ in range(SAMPLES):
        for name in CASES:
            dossier, changes = await case(desk, name)
            started = time.perf_counter()
            await desk.walk_member_email(dossier, **changes)
            seconds[name].append(time.perf_counter() - started)
    critical = 2.694 * (2 / SAMPLES) ** 0.5
    for name in CASES[1:]:
        gap = abs(median(seconds[name]) - median(seconds["right"]))
        assert gap < TOLERATED_SECONDS, name
        assert kolmogorov_smirnov(seconds[name], seconds["right"]) < critical or gap < TOLERATED_SECONDS / 10, name

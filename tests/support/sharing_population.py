"""An invented population that shares nothing, for thirty days: how many of them look as if they did (LOG-8)?

Nobody's real habits are known here. The figures below are meant to be on the side of many devices and much moving
about; a seed makes every run the same.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from services.edge.auth.sharing import Activity, SharingFigures, Suspicion, Verdict, judge, signals

DAYS: Final = 30
START: Final = datetime(2026, 3, 1, tzinfo=UTC)
VISITS_A_DAY: Final = {"member": 0.25, "provider": 1.5}
DEVICES: Final = ((1, 0.55), (2, 0.35), (3, 0.10))
MOVES_ON: Final = 0.05
"""Visits that go on in another browser of the same person: the receipt is on the telephone."""
COMES_BACK: Final = 0.25
"""Of those, how many return to the first browser."""
FRESH_BROWSER: Final = 0.02
"""Visits in a private window, after clearing cookies, or on a borrowed computer."""


@dataclass
class Person:
    """Somebody with some browsers; telephones leave the house."""

    number: int
    kind: str
    devices: int
    rng: random.Random
    days: int = DAYS
    fresh: int = 0

    def place(self, device: int) -> str:
        """A network: at home, or somewhere else with a telephone (device 1)."""
        away = device == 1 and self.rng.random() < 0.5
        return f"mobile-{self.rng.randrange(40)}" if away else f"home-{self.number}"

    def visits(self) -> Iterator[list[Activity]]:
        """Visits of all its days, each as its sign-ins and refreshes in order."""
        at = START + timedelta(days=self.rng.expovariate(VISITS_A_DAY[self.kind]))
        while at < START + timedelta(days=self.days):
            visit = list(self.visit(at))
            yield visit
            at = visit[-1].at + timedelta(days=self.rng.expovariate(VISITS_A_DAY[self.kind]))

    def visit(self, at: datetime) -> Iterator[Activity]:
        device, places = self.rng.randrange(self.devices), [self.place(n) for n in range(self.devices)]
        name, network = f"{device}", places[device]
        if self.rng.random() < FRESH_BROWSER:
            self.fresh += 1
            name, network = f"fresh-{self.fresh}", self.place(1)
        last = at
        for last in self.use(at):
            yield Activity(at=last, device_id=name, network=network)
        if self.devices == 1 or self.rng.random() >= MOVES_ON:
            return
        other = (device + 1) % self.devices
        moved = last + self.a_moment()
        for last in self.use(moved):
            yield Activity(at=last, device_id=f"{other}", network=places[other])
        if self.rng.random() < COMES_BACK:
            yield Activity(at=last + self.a_moment(), device_id=name, network=network)

    def a_moment(self) -> timedelta:
        """Between one browser and the next."""
        return timedelta(minutes=self.rng.uniform(0.5, 15))

    def use(self, at: datetime) -> Iterator[datetime]:
        """A sign-in, and a refresh about every nine minutes."""
        end = at + timedelta(minutes=self.rng.expovariate(1 / 12))
        while True:
            yield at
            at += timedelta(minutes=self.rng.uniform(8, 10))
            if at > end:
                return


@dataclass
class Outcome:
    """What became of the accounts."""

    people: int
    asked: int = 0
    disabled: int = 0
    signals: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.people} people in {DAYS} days: {self.asked / self.people:.2%} asked for an extra code, "
            f"{self.disabled / self.people:.3%} disabled; signals {self.signals}"
        )


def population(size: int, *, seed: int, days: int = DAYS) -> Iterator[Person]:
    rng = random.Random(seed)  # noqa: S311 - the same people at every run
    for number in range(size):
        devices = rng.choices([count for count, _ in DEVICES], [share for _, share in DEVICES])[0]
        kind = "provider" if rng.random() < 0.2 else "member"
        yield Person(number, kind, devices, random.Random(rng.random()), days)  # noqa: S311


def live(size: int, *, seed: int, answers_yes: float, figures: SharingFigures, days_before: int = 0) -> Outcome:
    """Thirty days, of accounts that were opened ``days_before`` them; ``answers_yes`` is the share of the asked who
    answer the mail.
    """
    outcome, begin = Outcome(size), START + timedelta(days=days_before)
    for person in population(size, seed=seed, days=days_before + DAYS):
        told = _verdicts(person, answers_yes, figures, outcome.signals, begin=begin)
        verdicts = [verdict for at, verdict in told if at >= begin]
        outcome.asked += Verdict.FIRST in verdicts
        outcome.disabled += Verdict.AGAIN in verdicts
    return outcome


def _verdicts(
    person: Person, answers_yes: float, figures: SharingFigures, counted: dict[str, int], *, begin: datetime
) -> Iterator[tuple[datetime, Verdict]]:
    history: list[Activity] = []
    vouched: set[str] = set()
    earlier: Suspicion | None = None
    seen: dict[tuple[str, str], datetime] = {}
    for visit in person.visits():
        browser = ""
        for activity in visit:
            if activity.device_id != browser:  # a sign-in; others are refreshes
                seen[activity.device_id, activity.network] = activity.at
            browser = activity.device_id
            history = [each for each in history if activity.at - each.at <= figures.devices_window]
            history.append(activity)
            found = signals(
                history,
                live_sessions=1,
                vouched=frozenset(vouched),
                figures=figures,
                places=_places(seen, activity.at, figures) if len({each.device_id for each in history}) > 1 else {},
            )
            verdict = judge(found, earlier, device_id=activity.device_id, now=activity.at, figures=figures)
            yield activity.at, verdict
            if verdict not in {Verdict.FIRST, Verdict.AGAIN}:
                continue
            for signal in found if activity.at >= begin else ():
                counted[signal.value] = counted.get(signal.value, 0) + 1
            devices = tuple({each.device_id for each in history})
            earlier = Suspicion(
                suspicion_id="s", account_id="a", at=activity.at, signals=found, devices=devices, cleared=devices
            )
            if person.rng.random() < answers_yes:
                vouched |= set(devices)


def _places(
    seen: Mapping[tuple[str, str], datetime], now: datetime, figures: SharingFigures
) -> dict[str, frozenset[str]]:
    lately: dict[str, set[str]] = {}
    for (device, network), at in seen.items():
        if now - at <= figures.places:
            lately.setdefault(device, set()).add(network)
    return {device: frozenset(networks) for device, networks in lately.items()}

"""Whether an account looks shared (LOG-8): the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.auth.sharing import Activity, SharingFigures, Signal, Suspicion, Verdict, judge, signals
from tests.support.sharing_population import live

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
FIGURES = SharingFigures()
MINUTE = timedelta(minutes=1)


def used(minutes: float, device: str, network: str = "home") -> Activity:
    return Activity(at=NOW + minutes * MINUTE, device_id=device, network=network)


def found(*history: Activity, live_sessions: int = 1, vouched: frozenset[str] = frozenset()) -> set[Signal]:
    return set(signals(history, live_sessions=live_sessions, vouched=vouched, figures=FIGURES))


@pytest.mark.req("LOG-8")
def test_two_browsers_in_turns_within_five_minutes_overlap() -> None:
    assert found(used(0, "a"), used(2, "b"), used(5, "a")) == {Signal.OVERLAP}


@pytest.mark.req("LOG-8")
@pytest.mark.parametrize(
    "history",
    [
        (used(0, "a"), used(2, "b")),  # moving on is not taking turns
        (used(0, "a"), used(2, "b"), used(5.1, "a")),
        (used(0, "b"), used(2, "a"), used(4, "a")),
        (used(0, "a"), used(1, "a"), used(2, "a")),
        (used(0, "a"),),
        (),
    ],
    ids=["moved on", "too late", "moved on and stayed", "one browser", "first use", "nothing"],
)
def test_one_person_who_moves_on_does_not_overlap(history: tuple[Activity, ...]) -> None:
    assert found(*history) == set()


@pytest.mark.req("LOG-8")
def test_the_fourth_browser_within_a_day_is_one_too_many_and_says_so_once() -> None:
    three = [used(n * 100, device) for n, device in enumerate("abc")]
    assert found(*three) == set()
    assert found(*three, used(400, "d")) == {Signal.MANY_DEVICES}
    assert found(*three, used(400, "d"), used(500, "d")) == set()
    assert found(*three, used(24 * 60 + 1, "d")) == set()


@pytest.mark.req("LOG-8")
def test_another_browser_in_another_network_within_ten_minutes_is_a_jump() -> None:
    assert found(used(0, "a", "home"), used(10, "b", "far")) == {Signal.NETWORK_JUMP}
    assert found(used(0, "a", "home"), used(10.1, "b", "far")) == set()
    assert found(used(0, "a", "home"), used(5, "a", "mobile")) == set()  # one telephone that leaves the house
    assert found(used(0, "a", "practice"), used(5, "b", "practice")) == set()


@pytest.mark.req("LOG-8")
def test_two_browsers_that_were_in_one_network_lately_do_not_jump() -> None:
    """The telephone that leaves the house, beside the computer that stays."""
    history = (used(0, "computer", "home"), used(5, "telephone", "mobile"))

    def found_with(**places: str) -> set[Signal]:
        known = {device: frozenset(names.split()) for device, names in places.items()}
        return set(signals(history, live_sessions=1, vouched=frozenset(), figures=FIGURES, places=known))

    assert found_with(computer="home", telephone="mobile home") == set()
    assert found_with(computer="home", telephone="mobile") == {Signal.NETWORK_JUMP}
    assert found_with(computer="home", other="home") == {Signal.NETWORK_JUMP}


@pytest.mark.req("LOG-8")
def test_more_sessions_than_allowed_count_when_several_browsers_have_them() -> None:
    assert found(used(0, "a"), used(60, "b"), live_sessions=6) == {Signal.MANY_SESSIONS}
    assert found(used(0, "a"), used(60, "b"), live_sessions=5) == set()
    assert found(used(0, "a"), used(60, "a"), live_sessions=6) == set()


@pytest.mark.req("LOG-8")
def test_browsers_for_which_the_owner_answered_raise_nothing_among_themselves() -> None:
    history = (used(0, "a", "home"), used(2, "b", "far"), used(4, "a", "home"))
    assert found(*history, vouched=frozenset("ab")) == set()
    assert found(*history, vouched=frozenset("a")) == {Signal.OVERLAP, Signal.NETWORK_JUMP}
    assert found(*history, vouched=frozenset("b")) == {Signal.OVERLAP, Signal.NETWORK_JUMP}


activities = st.builds(used, st.floats(0, 2_000), st.sampled_from("abcd"), st.sampled_from(["x", "y"]))


@pytest.mark.req("LOG-8")
@given(st.lists(activities.map(lambda each: (each.at, each.network)), max_size=30))
def test_one_browser_is_never_suspicious_wherever_it_is(moves: list[tuple[datetime, str]]) -> None:
    history = [Activity(at=at, device_id="a", network=network) for at, network in sorted(moves)]
    assert signals(history, live_sessions=99, vouched=frozenset(), figures=FIGURES) == ()


@pytest.mark.req("LOG-8")
@given(st.lists(activities, max_size=30))
def test_a_network_in_common_never_adds_a_signal(history: list[Activity]) -> None:
    """Behind one address there is never more suspicion than behind several."""
    in_order = sorted(history, key=lambda each: each.at)
    together = [Activity(at=each.at, device_id=each.device_id, network="one") for each in in_order]
    assert found(*together) <= found(*in_order)


def suspicion(*, minutes_ago: float, cleared: tuple[str, ...] = ()) -> Suspicion:
    return Suspicion(
        suspicion_id="s",
        account_id="a",
        at=NOW - minutes_ago * MINUTE,
        signals=(Signal.OVERLAP,),
        devices=("a", "b"),
        cleared=cleared,
    )


@pytest.mark.req("LOG-8")
@pytest.mark.parametrize(
    ("signs", "earlier", "verdict"),
    [
        ((), None, Verdict.FINE),
        ((Signal.OVERLAP,), None, Verdict.FIRST),
        ((Signal.OVERLAP,), suspicion(minutes_ago=30), Verdict.SAME_INCIDENT),
        ((), suspicion(minutes_ago=30), Verdict.SAME_INCIDENT),  # signing in anew is no way around the code
        ((Signal.OVERLAP,), suspicion(minutes_ago=30, cleared=("a",)), Verdict.FINE),
        ((), suspicion(minutes_ago=61), Verdict.FINE),
        ((Signal.OVERLAP,), suspicion(minutes_ago=61), Verdict.AGAIN),
        ((Signal.OVERLAP,), suspicion(minutes_ago=30 * 24 * 60), Verdict.AGAIN),
        ((Signal.OVERLAP,), suspicion(minutes_ago=30 * 24 * 60 + 1), Verdict.FIRST),
    ],
)
def test_what_follows_from_a_look(signs: tuple[Signal, ...], earlier: Suspicion | None, verdict: Verdict) -> None:
    assert judge(signs, earlier, device_id="a", now=NOW, figures=FIGURES) is verdict


@pytest.mark.wide
@pytest.mark.req("LOG-8")
@pytest.mark.parametrize(("days_before", "answers_yes", "asked"), [(0, 0.0, 0.04), (60, 0.0, 0.02), (60, 0.8, 0.02)])
def test_few_of_those_who_share_nothing_are_bothered(days_before: int, answers_yes: float, asked: float) -> None:
    """The measured rates stand in docs/security.md; the bounds here are a little above them."""
    outcome = live(2_000, seed=7, answers_yes=answers_yes, figures=FIGURES, days_before=days_before)
    print(f"{days_before} days before, answering {answers_yes:.0%}: {outcome}")  # noqa: T201 - what this test is for

    assert 0 < outcome.asked < asked * outcome.people
    assert outcome.disabled < 0.01 * outcome.people

"""What holds for every claim under a plan with every kind of rule (CLM-8, CLM-10)."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.domain.accumulators import LIFETIME, Accumulators
from services.claims.domain.adjudication import (
    Decision,
    adjudicate,
    apply,
    benefit_years,
    decision_from_document,
    decision_to_document,
    explain,
)
from services.claims.domain.catalogue import Ask
from services.claims.domain.circumstances import (
    Circumstances,
    Custody,
    HeldAs,
    Holding,
    OtherCoverage,
    ProviderStanding,
)
from services.claims.domain.facts import ClaimFacts, ClaimLine, Provider, Ruling
from services.claims.handlers.records import record_of, replay
from tests.support.claims_builders import CHILD, SELF, SPOUSE, TODAY, accumulators, coverage, wording
from tests.support.claims_rules_plan import rules_plan

pytestmark = pytest.mark.req("CLM-8", "CLM-10")

PLAN, COVERAGE = rules_plan(), coverage()
FEW = settings(max_examples=30)
"""Each example is a whole history."""
PERSONS = (SELF, SPOUSE, CHILD)
FIRST_DAY = date(2024, 7, 1)

ON_A_TOOTH = {code for code, terms in PLAN.services.items() if Ask.TOOTH in terms.asks}


def line(
    code: str, days: int, amount: int, *, units: int, tooth: str, lab_fee: int, others_paid: int | None
) -> ClaimLine:
    """A line that nothing but the rules of the plan stands against."""
    return ClaimLine(
        code=code,
        service_date=FIRST_DAY + timedelta(days=days),
        units=units,
        submitted_cents=amount,
        answers={"extraction_date": "2025-03-01"} if code == "bridge" else {},
        tooth=tooth if code in ON_A_TOOTH else "",
        lab_fee_cents=lab_fee if code == "crown" else 0,
        others_paid_cents=others_paid,
    )


lines = st.builds(
    line,
    code=st.sampled_from(sorted(PLAN.services)),
    days=st.integers(0, 700),
    amount=st.sampled_from([999, 6100, 20_001, 99_999, 450_003]),
    units=st.integers(1, 3),
    tooth=st.sampled_from(["16", "11"]),
    lab_fee=st.sampled_from([0, 700]),
    others_paid=st.sampled_from([None, None, 0, 3333, 60_000]),
)
rulings = st.builds(
    Ruling,
    waived=st.sampled_from([frozenset[str](), frozenset({"coordination.others_statement", "checks.predetermined"})]),
    denied_for=st.sampled_from(["", "", "", "work_accident"]),
    allowed_cents=st.one_of(st.none(), st.integers(0, 20_000)),
)
claims = st.builds(
    ClaimFacts,
    claim_id=st.just("claim-1"),
    person_id=st.sampled_from([SELF, SELF, SPOUSE, CHILD]),
    provider=st.sampled_from([Provider(id="provider-1"), Provider(name="Dr Roy")]),
    claim_type=st.just("physio"),
    lines=st.lists(lines, min_size=1, max_size=6).map(tuple),
    received_on=st.just(TODAY),
    rulings=st.dictionaries(st.integers(1, 4), rulings, max_size=1),
)
histories = st.lists(claims, min_size=1, max_size=9)
holdings = st.builds(
    Holding,
    held_as=st.sampled_from(HeldAs),
    since=st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2026, 1, 1))),
    birthday=st.one_of(st.none(), st.tuples(st.integers(1, 12), st.integers(1, 28))),
    first_name=st.sampled_from(["", "Anne", "Marc"]),
    custody=st.sampled_from(Custody),
)
another = st.builds(
    OtherCoverage,
    id=st.just("o-1"),
    insurer=st.just("Other"),
    person_ids=st.sampled_from([frozenset(PERSONS), frozenset({SELF}), frozenset({CHILD})]),
    ours=holdings,
    theirs=holdings,
    effective_from=st.just(date(2020, 1, 1)),
)
other_coverages = st.lists(another, max_size=2).map(tuple)
providers = st.one_of(st.none(), st.just(ProviderStanding("provider-1", "hygienist", agreement_from=FIRST_DAY)))
surroundings = st.tuples(other_coverages, providers)


def around(
    years: dict[int, Accumulators],
    known: tuple[tuple[OtherCoverage, ...], ProviderStanding | None] = ((), None),
    seen: frozenset[str] = frozenset(),
) -> Circumstances:
    others, provider = known
    return Circumstances(TODAY, COVERAGE, years, seen, other_coverages=others, provider=provider)


def play(
    history: Iterable[ClaimFacts], known: tuple[tuple[OtherCoverage, ...], ProviderStanding | None] = ((), None)
) -> tuple[list[Decision], dict[int, Accumulators]]:
    years: dict[int, Accumulators] = {}
    seen: frozenset[str] = frozenset()
    decisions = []
    for facts in history:
        for year in benefit_years(facts, PLAN):
            years.setdefault(year, accumulators(year))
        looked_at = {year: years[year] for year in benefit_years(facts, PLAN)}
        decision = adjudicate(facts, PLAN, around(looked_at, known, seen))
        years = {year: apply(each, decision) for year, each in years.items()}
        seen |= frozenset(decision.fingerprints)
        decisions.append(decision)
    return decisions, years


@FEW
@given(histories, surroundings)
def test_a_benefit_is_never_negative_nor_above_what_is_allowed(history: list[ClaimFacts], known):
    for decision in play(history, known)[0]:
        for line in decision.lines:
            assert 0 <= line.benefit_cents <= line.eligible_cents - line.deductible_cents
            assert line.eligible_cents <= line.allowed_cents <= line.submitted_cents
            assert 0 <= line.coinsurance_bp <= 10_000


@FEW
@given(claims, st.tuples(another))
def test_all_insurers_together_never_pay_more_than_the_eligible_expense(facts: ClaimFacts, others):
    """What others paid is either ignored, because we pay first, or leaves us the rest at the most."""
    unpaid = tuple(replace(each, others_paid_cents=None) for each in facts.lines)
    alone = adjudicate(replace(facts, lines=unpaid), PLAN, around({}))
    decision = adjudicate(facts, PLAN, around({}, (others, None)))
    for line, submitted, by_itself in zip(decision.lines, facts.lines, alone.lines, strict=True):
        if line.delta is None or not submitted.others_paid_cents:
            continue
        ignored = any("others_paid_ignored_cents" in dict(step.figures) for step in line.trace)
        if not ignored:
            assert line.benefit_cents <= max(0, line.eligible_cents - submitted.others_paid_cents)
        if len(facts.lines) == 1 and by_itself.delta is not None:
            assert line.benefit_cents <= by_itself.benefit_cents


@pytest.mark.wide
@FEW
@given(histories, surroundings)
def test_no_maximum_of_any_kind_is_exceeded_whatever_the_order(history: list[ClaimFacts], known):
    for order in (history, history[::-1]):
        years = play(order, known)[1]
        for year, used in years.items():
            if year == LIFETIME:
                _check_lifetime(used)
            else:
                _check_year(used)
        for first in (2023, 2025):
            both = [years[year] for year in (first, first + 1) if year in years]
            for person in PERSONS:
                assert sum(used.paid_cents(person, "glasses_two_years") for used in both) <= 27_500
            assert sum(used.family_paid_cents("glasses_two_years") for used in both) <= 60_000
        _check_spans([used for year, used in years.items() if year != LIFETIME])


def _check_year(used: Accumulators) -> None:
    for person in PERSONS:
        assert used.paid_cents(person, "physio") <= 50_000
        assert used.paid_cents(person, "gear") <= 100_000
        assert used.paid_cents(person, "insoles_yearly") <= 30_000
        assert used.expense_cents(person, "catastrophe") <= 300_000
        assert used.deductible_cents(person, "health") <= 5000
        polish = used.service_use(person, "polish")
        assert polish is None or all(visit.units <= 1 for visit in polish.by_day.values())
    assert used.family_paid_cents("physio") <= 70_000
    assert used.family_expense_cents("catastrophe") <= 450_000


def _check_lifetime(used: Accumulators) -> None:
    for person in PERSONS:
        assert used.paid_cents(person, "braces_for_life") <= 200_000
        assert used.paid_cents(person, "mouth_for_life") <= 250_000
        complete, bridge = used.service_use(person, "complete"), used.service_use(person, "bridges#16")
        assert complete is None or complete.visits <= 1
        assert bridge is None or bridge.units <= 1


def _check_spans(years: list[Accumulators]) -> None:
    """In no span of twelve months, whichever day it begins on."""
    for person in PERSONS:
        for name, most in (("planing", 3), ("recalls", 2)):
            uses = [use for used in years if (use := used.service_use(person, name))]
            visits = {at: visit for use in uses for at, visit in use.by_day.items()}
            for start, _ in visits:
                end = date(start.year + 1, start.month, min(start.day, 28) if start.month == 2 else start.day)
                within = [visit for (day, _), visit in visits.items() if start <= day < end]
                assert (sum(visit.units for visit in within) if name == "planing" else len(within)) <= most


@pytest.mark.wide
@FEW
@given(histories, surroundings)
def test_undoing_every_decision_leaves_nothing_behind(history: list[ClaimFacts], known):
    decisions, years = play(history, known)
    for year, used in years.items():
        for decision in decisions:
            used = used.with_deltas((), undone=decision.deltas)  # noqa: PLW2901 - peeled off one by one
        assert replace(used, version=0) == accumulators(year)


@FEW
@given(histories, surroundings)
def test_undoing_one_decision_gives_the_figures_without_it(history: list[ClaimFacts], known):
    decisions, years = play(history, known)
    for year, used in years.items():
        others = accumulators(year)
        for decision in decisions[1:]:
            others = others.with_deltas(decision.deltas)
        without = used.with_deltas((), undone=decisions[0].deltas)
        assert replace(without, version=0) == replace(others, version=0)


@pytest.mark.wide
@FEW
@given(histories, surroundings)
def test_a_replay_gives_the_same_decision_byte_for_byte(history: list[ClaimFacts], known):
    _, years = play(history[:-1], known)
    facts = history[-1]
    looked_at = {year: used for year, used in years.items() if year in benefit_years(facts, PLAN)}
    surrounding = around(looked_at, known)
    decision = adjudicate(facts, PLAN, surrounding)
    again = replay(record_of(facts, surrounding, PLAN), PLAN)
    written, rewritten = (json.dumps(decision_to_document(each)) for each in (decision, again))
    assert written == rewritten
    assert decision_from_document(json.loads(written)) == decision


@FEW
@given(claims, surroundings)
def test_the_years_to_load_hold_every_year_that_is_moved(facts: ClaimFacts, known):
    decision = adjudicate(facts, PLAN, around({}, known))
    moved = {year for delta in decision.deltas for year in delta.years}
    assert moved <= set(benefit_years(facts, PLAN))


@pytest.mark.wide
@FEW
@given(histories, surroundings)
def test_every_decision_can_be_told_in_both_languages(history: list[ClaimFacts], known):
    for decision in play(history, known)[0]:
        for language in ("fr", "en"):
            told = explain(decision, language, wording=wording())
            assert not any("{" in sentence for sentence in told)

"""What holds for every claim, whatever was submitted (CLM-8)."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.accumulator_documents import accumulators_from_document, accumulators_to_document
from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import (
    Decision,
    Outcome,
    adjudicate,
    apply,
    benefit_years,
    decision_from_document,
    decision_to_document,
    explain,
)
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.facts import ClaimFacts, ClaimLine, DocumentKind, Provider
from tests.support.claims_builders import (
    CHILD,
    SELF,
    SPOUSE,
    TODAY,
    accumulators,
    catalogue,
    claim_facts,
    coverage,
    plan,
    wording,
)

pytestmark = pytest.mark.req("CLM-8")

PLAN = plan()
COVERAGE = coverage()
SERVICES = [*PLAN.services, "NO-SUCH"]
FIRST_DAY = date(2025, 7, 1)

lines = st.builds(
    ClaimLine,
    code=st.sampled_from(SERVICES),
    service_date=st.integers(0, 360).map(lambda days: FIRST_DAY + timedelta(days=days)),
    units=st.integers(0, 9),
    submitted_cents=st.integers(-10, 60_000),
    answers=st.sampled_from([{}, {"accident": "no"}, {"accident": "yes"}]),
)
claims = st.builds(
    ClaimFacts,
    claim_id=st.just("claim-1"),
    person_id=st.sampled_from([SELF, SPOUSE, CHILD, "stranger"]),
    provider=st.sampled_from([Provider(id="provider-1"), Provider(name="Dr Roy"), Provider()]),
    claim_type=st.just("physio"),
    lines=st.lists(lines, min_size=1, max_size=4).map(tuple),
    received_on=st.just(TODAY),
    documents=st.sampled_from([frozenset(), frozenset(DocumentKind)]),
)
histories = st.lists(claims, min_size=1, max_size=12)


def play(history: list[ClaimFacts]) -> tuple[list[Decision], dict[int, Accumulators]]:
    """Adjudicate one after the other, as the service does: accumulators and fingerprints carried along."""
    years: dict[int, Accumulators] = {}
    seen: frozenset[str] = frozenset()
    decisions = []
    for facts in history:
        for year in benefit_years(facts, PLAN):
            years.setdefault(year, accumulators(year))
        decision = adjudicate(facts, PLAN, Circumstances(TODAY, COVERAGE, years, seen))
        years = {year: apply(each, decision) for year, each in years.items()}
        seen |= frozenset(decision.fingerprints)
        decisions.append(decision)
    return decisions, years


@given(histories)
def test_a_benefit_is_never_negative_nor_above_what_is_allowed(history: list[ClaimFacts]):
    for decision in play(history)[0]:
        for line in decision.lines:
            assert 0 <= line.benefit_cents <= line.eligible_cents - line.deductible_cents
            assert line.eligible_cents <= line.allowed_cents <= max(0, line.submitted_cents)


@given(histories)
def test_no_maximum_is_ever_exceeded_whatever_the_order(history: list[ClaimFacts]):
    for order in (history, history[::-1]):
        for used in play(order)[1].values():
            for person in (SELF, SPOUSE, CHILD):
                for benefit in PLAN.benefits.values():
                    if benefit.annual_maximum_cents is not None:
                        assert used.paid_cents(person, benefit.code) <= benefit.annual_maximum_cents
                assert used.paid_cents(person, "body") <= 60_000
                assert used.deductible_cents(person, "health") <= 5000
                scaling = used.service_use(person, "scaling_units")
                assert scaling is None or scaling.units <= 6
                massages = used.service_use(person, "massages")
                assert massages is None or massages.visits <= 3
            assert used.family_paid_cents("body") <= 100_000
            assert used.family_deductible_cents("health") <= 8000


@given(claims)
def test_adjudicating_twice_gives_the_same_decision(facts: ClaimFacts):
    decisions = [adjudicate(facts, PLAN, Circumstances(TODAY, COVERAGE, {2026: accumulators()})) for _ in range(2)]

    assert decisions[0] == decisions[1]


@pytest.mark.wide
@given(histories)
def test_decisions_and_accumulators_survive_being_stored_as_json(history: list[ClaimFacts]):
    decisions, years = play(history)

    for decision in decisions:
        stored = json.dumps(decision_to_document(decision))
        assert decision_from_document(json.loads(stored)) == decision
    for used in years.values():
        assert accumulators_from_document(json.loads(json.dumps(accumulators_to_document(used)))) == used


@given(histories)
def test_the_accumulators_are_the_sum_of_what_was_decided(history: list[ClaimFacts]):
    decisions, years = play(history)

    benefits = PLAN.benefits.keys()
    paid = sum(cents for used in years.values() for (_, name), cents in used.paid.items() if name in benefits)
    deductibles = sum(cents for used in years.values() for cents in used.deductibles.values())
    assert paid == sum(decision.totals.benefit_cents for decision in decisions)
    assert deductibles == sum(decision.totals.deductible_cents for decision in decisions)


@given(histories)
def test_a_claim_submitted_again_is_never_paid_again(history: list[ClaimFacts]):
    decisions, _ = play([*history, *history])

    for first, again in zip(decisions[: len(history)], decisions[len(history) :], strict=True):
        for before, after in zip(first.lines, again.lines, strict=True):
            if before.outcome is not Outcome.DENIED:
                assert after.outcome is Outcome.DENIED


@given(histories)
def test_every_decision_can_be_told_in_both_languages(history: list[ClaimFacts]):
    for decision in play(history)[0]:
        for language in ("fr", "en"):
            told = explain(decision, language, wording=wording())
            assert len(told) > len(decision.lines)
            assert not any("{" in sentence for sentence in told)


@given(claims)
def test_the_benefit_years_to_load_hold_every_year_that_is_changed(facts: ClaimFacts):
    decision = adjudicate(facts, PLAN, Circumstances(TODAY, COVERAGE))

    assert {delta.year for delta in decision.deltas} <= set(benefit_years(facts, PLAN))


def test_the_services_drawn_are_those_of_the_catalogue():
    assert set(catalogue().types) <= set(SERVICES)
    assert claim_facts().claim_type in SERVICES

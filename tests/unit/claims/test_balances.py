"""What is used and what is left, from the same figures that decide claims (COV-5)."""

from datetime import date

import pytest
from hypothesis import given

from services.claims.domain.balances import BenefitBalance, LimitKind, Scope, balances, years_needed
from services.claims.domain.facts import ClaimFacts
from tests.support.claims_builders import CHILD, SELF, SPOUSE, TODAY, accumulators, plan, plan_document, service_use
from tests.unit.claims.test_adjudication_properties import PLAN, histories, play

pytestmark = pytest.mark.req("COV-5")


def of(benefit: str, found: tuple[BenefitBalance, ...]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    balance = next(each for each in found if each.benefit == benefit)
    return {(each.kind, each.name, each.scope): (each.limit, each.used, each.remaining) for each in balance.limits}


def test_every_limit_of_a_benefit_is_told_with_what_is_left():
    used = accumulators(
        paid={(SELF, "physio"): 30_000, (SELF, "body"): 35_000, (SPOUSE, "body"): 20_000},
        deductibles={(SELF, "health"): 1_000, (SPOUSE, "health"): 2_500},
    )

    assert of("physio", balances(plan(), SELF, {2026: used}, on=TODAY)) == {
        (LimitKind.DEDUCTIBLE, "health", Scope.PERSON): (5_000, 1_000, 4_000),
        (LimitKind.DEDUCTIBLE, "health", Scope.FAMILY): (8_000, 3_500, 4_500),
        (LimitKind.MAXIMUM, "physio", Scope.PERSON): (50_000, 30_000, 20_000),
        (LimitKind.MAXIMUM, "body", Scope.PERSON): (60_000, 35_000, 25_000),
        (LimitKind.MAXIMUM, "body", Scope.FAMILY): (100_000, 55_000, 45_000),
    }


def test_visits_units_and_intervals_are_counted():
    used = accumulators(
        services={
            (SELF, "massages"): service_use(2),
            (SELF, "scaling_units"): service_use(1, units=4),
            (SELF, "recall_exams"): service_use(1, last_date=date(2026, 2, 2)),
        }
    )
    found = balances(plan(), SELF, {2026: used}, on=TODAY)

    assert of("massage", found)[LimitKind.VISITS, "massages", Scope.PERSON] == (3, 2, 1)
    assert of("dental", found)[LimitKind.UNITS, "scaling_units", Scope.PERSON] == (6, 4, 2)
    dental = next(each for each in found if each.benefit == "dental")
    assert [each.next_day for each in dental.limits if each.kind is LimitKind.INTERVAL] == [date(2026, 11, 2)]


def test_an_interval_that_is_over_names_no_day():
    used = accumulators(2025, services={(SELF, "recall_exams"): service_use(1, last_date=date(2025, 3, 1))})

    dental = next(each for each in balances(plan(), SELF, {2025: used}, on=TODAY) if each.benefit == "dental")

    assert [each.next_day for each in dental.limits if each.kind is LimitKind.INTERVAL] == [None]


def test_a_benefit_that_is_not_covered_has_no_limits():
    travel = next(each for each in balances(plan(), SELF, {}, on=TODAY) if each.benefit == "travel")

    assert (travel.covered, travel.limits) == (False, ())


def test_the_period_is_the_benefit_year_that_holds_the_day():
    july = plan(**plan_document(year_starts_month=7))

    limit = balances(july, SELF, {}, on=TODAY)[0].limits[0]

    assert (limit.period.first_day, limit.period.last_day) == (date(2025, 7, 1), date(2026, 6, 30))


def test_the_years_to_load_reach_back_as_far_as_an_interval():
    assert years_needed(plan(), TODAY) == (0, 2025, 2026)


@given(histories)
def test_used_and_remaining_add_up_to_the_limit_whatever_was_claimed(history: list[ClaimFacts]):
    years = play(history)[1]
    for person in (SELF, SPOUSE, CHILD):
        for benefit in balances(PLAN, person, years, on=TODAY):
            for limit in benefit.limits:
                if limit.kind is not LimitKind.INTERVAL:
                    assert limit.used + limit.remaining == limit.limit
                    assert limit.remaining >= 0

"""Maxima of every period, as a person sees them (COV-5)."""

from datetime import date

import pytest

from services.claims.domain.accumulators import LIFETIME
from services.claims.domain.balances import LimitBalance, Period, Scope, balances, years_needed
from tests.support.claims_builders import SELF, SPOUSE, accumulators
from tests.support.claims_rules_plan import rules_plan

pytestmark = pytest.mark.req("COV-5")

ON = date(2026, 6, 15)
USED = {
    LIFETIME: accumulators(LIFETIME, paid={(SELF, "braces_for_life"): 150_000}),
    2025: accumulators(2025, paid={(SELF, "glasses_two_years"): 20_000}),
    2026: accumulators(
        paid={(SELF, "glasses_two_years"): 500, (SPOUSE, "glasses_two_years"): 1000, (SPOUSE, "physio"): 700}
    ),
}


@pytest.mark.parametrize(
    ("name", "scope", "used", "limit", "period"),
    [
        ("glasses_two_years", Scope.PERSON, 20_500, 27_500, Period(date(2025, 1, 1), date(2026, 12, 31))),
        ("glasses_two_years", Scope.FAMILY, 21_500, 60_000, Period(date(2025, 1, 1), date(2026, 12, 31))),
        ("braces_for_life", Scope.PERSON, 150_000, 200_000, Period(None, None)),
        ("insoles_yearly", Scope.PERSON, 0, 30_000, Period(date(2026, 1, 1), date(2026, 12, 31))),
        ("physio", Scope.FAMILY, 700, 70_000, Period(date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_a_maximum_shows_what_is_left_of_its_period(name: str, scope: Scope, used: int, limit: int, period: Period):
    assert {2025, 2026, LIFETIME} <= set(years_needed(rules_plan(), ON))
    shown: list[LimitBalance] = [each for found in balances(rules_plan(), SELF, USED, on=ON) for each in found.limits]
    (balance,) = [each for each in shown if (each.name, each.scope) == (name, scope)]
    assert (balance.used, balance.limit, balance.remaining, balance.period) == (used, limit, limit - used, period)


def test_a_limit_per_tooth_is_no_balance_of_the_person():
    shown = {each.name for found in balances(rules_plan(), SELF, USED, on=ON) for each in found.limits}
    assert not {"crowns", "bridges"} & shown

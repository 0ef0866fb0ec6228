"""What a family has used, moved by decisions and by nothing else (CLM-8)."""

from datetime import date

import pytest

from services.claims.domain.accumulator_documents import accumulators_from_document, accumulators_to_document
from services.claims.domain.adjudication import apply, benefit_years
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.facts import Provider
from tests.support.claims_builders import (
    SELF,
    SPOUSE,
    accumulators,
    claim_facts,
    decide,
    dental,
    line,
    massage,
    physio,
    plan,
    vision,
)

pytestmark = pytest.mark.req("CLM-8")


def test_a_decision_moves_every_count_that_it_touched():
    decision = decide(claim_facts(line("MA-A", 6000), line("PH-TRT", 9000)))

    after = apply(accumulators(), decision)

    assert after.version == 1
    assert after.paid == {(SELF, "massage"): 4500, (SELF, "physio"): 3200, (SELF, "body"): 7700}
    assert after.deductibles == {(SELF, "health"): 5000}
    assert {name: use.visits for (_, name), use in after.services.items()} == {
        "massage": 1,
        "massages": 1,
    }


def test_applying_leaves_the_figures_before_it_alone():
    before = accumulators()

    apply(before, decide())

    assert before == accumulators()


def test_a_decision_of_another_year_changes_nothing():
    before = accumulators(2025)

    assert apply(before, decide()) is before


def test_a_denied_line_uses_nothing():
    decision = decide(used=accumulators(paid={(SELF, "physio"): 50_000}))

    assert decision.deltas == ()
    assert apply(accumulators(), decision) == accumulators()


def test_a_line_that_only_meets_the_deductible_counts_as_a_visit():
    capped = plan(
        benefits=[
            physio(per_visit_cap_cents=9000), massage(), dental(), vision(), {"code": "travel", "covered": False},
        ]
    )  # fmt: skip
    after = apply(accumulators(), decide(claim_facts(line("PH-TRT", 1000)), under=capped))

    use = after.service_use(SELF, "physio")
    assert use is not None
    assert (use.visits, after.paid_cents(SELF, "physio"), after.deductible_cents(SELF, "health")) == (1, 0, 1000)


def test_two_lines_of_a_visit_are_one_visit_and_two_days_are_two():
    facts = claim_facts(
        line("MA-A", 1000, units=2), line("MA-B", 1000), line("MA-A", 1000, service_date=date(2026, 5, 3))
    )

    use = apply(accumulators(), decide(facts)).service_use(SELF, "massage")

    assert use is not None
    assert (use.visits, use.units, use.days[-1]) == (2, 4, date(2026, 5, 4))


def test_family_figures_are_the_sum_over_the_persons():
    used = accumulators(
        paid={(SELF, "body"): 100, (SPOUSE, "body"): 20, (SELF, "physio"): 100},
        deductibles={(SELF, "health"): 7, (SPOUSE, "health"): 3},
    )

    assert (used.family_paid_cents("body"), used.family_deductible_cents("health")) == (120, 10)


def test_the_years_to_load_reach_as_far_as_the_limits_look():
    assert benefit_years(claim_facts(line("PH-TRT")), plan()) == (2026,)
    assert benefit_years(claim_facts(line("DX-RCL")), plan()) == (2025, 2026, 2027)
    assert benefit_years(claim_facts(line("NO-SUCH", service_date=date(2024, 1, 1))), plan()) == (2024,)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"services": [{"person_id": "p", "name": "n"}]}, "is missing"),
        ({"paid": None}, "not iterable"),
    ],
)
def test_a_stored_document_that_is_not_whole_is_refused(change: dict[str, object], problem: str):
    document = {**accumulators_to_document(accumulators()), **change}

    with pytest.raises(InvalidDocumentError, match=problem):
        accumulators_from_document(document)


def test_rows_are_stored_in_the_same_order_whatever_the_order_of_decisions():
    first, second = decide(claim_facts(line("MA-A"))), decide(claim_facts(line("PH-TRT")))
    one_way = accumulators_to_document(apply(apply(accumulators(), first), second))
    other_way = accumulators_to_document(apply(apply(accumulators(), second), first))

    assert one_way == other_way


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        (Provider(name="Dre Éva  Roy", phone="514 555-0101", id="p-1"), "p-1"),
        (Provider(name="Dre Éva  Roy", phone="(514) 555-0101"), "5145550101"),
        (Provider(name="Dre Éva  Roy"), "dre eva roy"),
        (Provider(), ""),
    ],
)
def test_a_provider_is_known_by_id_else_phone_else_name(provider: Provider, key: str):
    assert provider.key == key

"""Claims worked out by hand: facts on the left, every intermediate figure on the right (CLM-8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from services.claims.domain.accumulators import Accumulators, Key
from services.claims.domain.adjudication import LineDecision, Outcome
from services.claims.domain.facts import ClaimLine
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import (
    CHILD,
    SELF,
    SPOUSE,
    accumulators,
    claim_facts,
    coverage,
    decide,
    dental,
    line,
    massage,
    physio,
    plan,
    service_use,
    vision,
)

MET: Mapping[Key, int] = {(SELF, "health"): 5000}


@dataclass(frozen=True)
class Case:
    """One line; ``share_e4`` is the plan's share before rounding (cents × basis points), None when never reached."""

    name: str
    line: ClaimLine
    allowed: int
    eligible: int
    deductible: int
    share_e4: int | None
    benefit: int
    outcome: Outcome = Outcome.APPROVED
    reasons: tuple[ReasonCode, ...] = ()
    used: Accumulators | Mapping[int, Accumulators] = field(default_factory=accumulators)
    province: str = "ON"


def denied(name: str, claimed: ClaimLine, reason: ReasonCode, used: Accumulators | Mapping[int, Accumulators]) -> Case:
    return Case(name, claimed, 0, 0, 0, None, 0, Outcome.DENIED, (reason,), used)


REDUCED = Outcome.REDUCED
CASES = [
    Case("the agreed share", line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 7200, used=accumulators(deductibles=MET)),
    Case(
        "a charge above the customary one",
        line("PH-TRT", 12_000), 9000, 9000, 0, 72_000_000, 7200,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,), accumulators(deductibles=MET),
    ),
    Case(
        "the customary charge of the province",
        line("PH-TRT", 9000), 8500, 8500, 0, 68_000_000, 6800,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,), accumulators(deductibles=MET), province="QC",
    ),
    Case(
        "a service with a charge of its own",
        line("PH-EVA", 13_000), 12_000, 12_000, 0, 96_000_000, 9600,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,), accumulators(deductibles=MET),
    ),
    Case(
        "two units below twice the customary charge",
        line("PH-TRT", 17_000, units=2), 17_000, 17_000, 0, 136_000_000, 13_600, used=accumulators(deductibles=MET),
    ),
    Case(
        "no charge set: all that was submitted",
        line("crutches", 7000, answers={"accident": "no"}), 7000, 7000, 0, 56_000_000, 5600,
    ),
    Case(
        "the whole deductible",
        line("PH-TRT", 9000), 9000, 9000, 5000, 32_000_000, 3200, REDUCED, (ReasonCode.DEDUCTIBLE_APPLIED,),
    ),
    Case(
        "the rest of the deductible",
        line("PH-TRT", 9000), 9000, 9000, 2000, 56_000_000, 5600,
        REDUCED, (ReasonCode.DEDUCTIBLE_APPLIED,), accumulators(deductibles={(SELF, "health"): 3000}),
    ),
    Case(
        "a deductible that takes all",
        line("PH-TRT", 4000), 4000, 4000, 4000, 0, 0, REDUCED, (ReasonCode.DEDUCTIBLE_APPLIED,),
    ),
    Case(
        "what the family still has to pay",
        line("PH-TRT", 9000), 9000, 9000, 1500, 60_000_000, 6000,
        REDUCED, (ReasonCode.DEDUCTIBLE_APPLIED,),
        accumulators(deductibles={(SPOUSE, "health"): 5000, (CHILD, "health"): 1500}),
    ),
    Case(
        "a family that has paid its deductible",
        line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 7200,
        used=accumulators(deductibles={(SPOUSE, "health"): 5000, (CHILD, "health"): 3000}),
    ),
    Case(
        "customary charge, then deductible",
        line("PH-TRT", 20_000, units=2), 18_000, 18_000, 5000, 104_000_000, 10_400,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE, ReasonCode.DEDUCTIBLE_APPLIED),
    ),
    Case(
        "the cap per visit before co-insurance",
        line("MA-A", 9500), 8000, 8000, 0, 60_000_000, 6000, REDUCED, (ReasonCode.ABOVE_VISIT_CAP,),
    ),
    Case("three quarters of a cent are rounded up", line("MA-A", 7777), 7777, 7777, 0, 58_327_500, 5833),
    Case("half a cent is rounded up", line("MA-A", 6666), 6666, 6666, 0, 49_995_000, 5000),
    Case("less than half a cent is dropped", line("DX-RCL", 1003), 1003, 1003, 0, 8_024_000, 802),
    Case(
        "the cap that an earlier claim of the same visit left",
        line("MA-B", 5000), 2000, 2000, 0, 15_000_000, 1500, REDUCED, (ReasonCode.ABOVE_VISIT_CAP,),
        accumulators(services={(SELF, "massage"): service_use(last_date=date(2026, 5, 4), eligible_cents=6000)}),
    ),
    Case(
        "another provider on the same day is another visit",
        line("MA-B", 5000), 5000, 5000, 0, 37_500_000, 3750,
        used=accumulators(
            services={
                (SELF, "massage"): service_use(last_date=date(2026, 5, 4), provider_key="other", eligible_cents=6000)
            }
        ),
    ),
    denied(
        "a visit whose cap is used up", line("MA-C", 1000), ReasonCode.VISIT_CAP_REACHED,
        accumulators(services={(SELF, "massage"): service_use(last_date=date(2026, 5, 4), eligible_cents=8000)}),
    ),
    denied(
        "one visit too many", line("MA-A", 5000), ReasonCode.VISITS_REACHED,
        accumulators(services={(SELF, "massages"): service_use(3)}),
    ),
    Case(
        "another line of the last visit covered",
        line("MA-B", 1000), 1000, 1000, 0, 7_500_000, 750,
        used=accumulators(services={(SELF, "massages"): service_use(3, last_date=date(2026, 5, 4))}),
    ),
    Case(
        "units that are left",
        line("DS-1", 18_300, units=3), 18_300, 12_200, 0, 97_600_000, 9760, REDUCED, (ReasonCode.UNITS_LIMITED,),
        accumulators(services={(SELF, "scaling_units"): service_use(1, units=4)}),
    ),
    Case(
        "the share of the units that are left is cut to the cent",
        line("DS-1", 10_000, units=3), 10_000, 6666, 0, 53_328_000, 5333, REDUCED, (ReasonCode.UNITS_LIMITED,),
        accumulators(services={(SELF, "scaling_units"): service_use(1, units=4)}),
    ),
    Case(
        "the customary charge again for the units that are left",
        line("DS-1", 30_000, units=3), 18_300, 6100, 0, 48_800_000, 4880,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE, ReasonCode.UNITS_LIMITED),
        accumulators(services={(SELF, "scaling_units"): service_use(1, units=5)}),
    ),
    denied(
        "no unit left", line("DS-1", 6100), ReasonCode.UNITS_REACHED,
        accumulators(services={(SELF, "scaling_units"): service_use(1, units=6)}),
    ),
    denied(
        "an exam one day too soon, last year's counting", line("DX-RCL", 4500), ReasonCode.TOO_SOON,
        {2025: accumulators(2025, services={(SELF, "recall_exams"): service_use(last_date=date(2025, 8, 5))})},
    ),
    Case(
        "an exam on the first day allowed",
        line("DX-RCL", 4500), 4500, 4500, 0, 36_000_000, 3600,
        used={2025: accumulators(2025, services={(SELF, "recall_exams"): service_use(last_date=date(2025, 8, 4))})},
    ),
    denied(
        "months end with the month", line("DX-RCL", 4500, service_date=date(2026, 2, 27)), ReasonCode.TOO_SOON,
        {2025: accumulators(2025, services={(SELF, "recall_exams"): service_use(last_date=date(2025, 5, 31))})},
    ),
    denied(
        "an exam claimed after a later one", line("DX-RCL", 4500), ReasonCode.TOO_SOON,
        accumulators(services={(SELF, "recall_exams"): service_use(last_date=date(2026, 5, 20))}),
    ),
    Case(
        "what is left of the annual maximum",
        line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 3000, REDUCED, (ReasonCode.ANNUAL_MAXIMUM_LIMITED,),
        accumulators(deductibles=MET, paid={(SELF, "physio"): 47_000}),
    ),
    denied(
        "an annual maximum reached", line("PH-TRT", 9000), ReasonCode.ANNUAL_MAXIMUM_REACHED,
        accumulators(deductibles=MET, paid={(SELF, "physio"): 50_000}),
    ),
    Case(
        "what is left of the maximum shared with other benefits",
        line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 2000, REDUCED, (ReasonCode.COMBINED_MAXIMUM_LIMITED,),
        accumulators(deductibles=MET, paid={(SELF, "physio"): 20_000, (SELF, "body"): 58_000}),
    ),
    Case(
        "what the family has left",
        line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 1000, REDUCED, (ReasonCode.COMBINED_MAXIMUM_LIMITED,),
        accumulators(deductibles=MET, paid={(SPOUSE, "body"): 59_000, (CHILD, "body"): 40_000}),
    ),
    denied(
        "a shared maximum reached", line("MA-A", 5000), ReasonCode.COMBINED_MAXIMUM_REACHED,
        accumulators(paid={(SELF, "body"): 60_000}),
    ),
    Case(
        "the tighter of two maxima, both limiting",
        line("PH-TRT", 9000), 9000, 9000, 0, 72_000_000, 1500,
        REDUCED, (ReasonCode.ANNUAL_MAXIMUM_LIMITED, ReasonCode.COMBINED_MAXIMUM_LIMITED),
        accumulators(deductibles=MET, paid={(SELF, "physio"): 47_000, (SELF, "body"): 58_500}),
    ),
]  # fmt: skip


def figure(decided: LineDecision, rule_id: str, name: str) -> int | None:
    for step in decided.trace:
        if step.rule_id == rule_id:
            return dict(step.figures).get(name)
    return None


@pytest.mark.req("CLM-8", "CLM-9")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_claim_worked_out_by_hand_gives_the_same_figures(case: Case):
    decided = decide(claim_facts(case.line), used=case.used, by=coverage(province=case.province)).lines[0]

    assert (decided.outcome, decided.reason_codes) == (case.outcome, case.reasons)
    assert decided.submitted_cents == case.line.submitted_cents
    assert decided.allowed_cents == case.allowed
    assert decided.eligible_cents == case.eligible
    assert decided.deductible_cents == case.deductible
    assert decided.benefit_cents == case.benefit
    if case.share_e4 is not None:
        assert figure(decided, "coinsurance.plan_share", "share_e4") == case.share_e4
        assert figure(decided, "benefit.rounded", "benefit_cents") == case.benefit


@pytest.mark.req("CLM-8")
def test_lines_of_one_visit_share_its_cap_and_count_as_one_visit():
    facts = claim_facts(line("MA-A", 6000), line("MA-B", 5000), line("MA-C", 1000))

    decision = decide(facts)

    assert [each.benefit_cents for each in decision.lines] == [4500, 1500, 0]
    assert [each.outcome for each in decision.lines] == [Outcome.APPROVED, Outcome.REDUCED, Outcome.DENIED]
    assert decision.outcome is Outcome.REDUCED
    assert decision.totals.benefit_cents == 6000


@pytest.mark.req("CLM-8")
def test_lines_in_different_years_use_the_figures_of_their_own_year():
    facts = claim_facts(
        line("PH-TRT", 9000, service_date=date(2025, 12, 29)), line("PH-TRT", 9000, service_date=date(2026, 1, 5))
    )

    decision = decide(facts, used={2025: accumulators(2025, deductibles=MET), 2026: accumulators(2026)})

    assert [each.deductible_cents for each in decision.lines] == [0, 5000]
    assert [each.benefit_cents for each in decision.lines] == [7200, 3200]
    assert [delta.year for delta in decision.deltas] == [2025, 2026]


@pytest.mark.req("CLM-8")
def test_the_deductible_of_one_line_is_not_asked_again_on_the_next():
    decision = decide(claim_facts(line("PH-TRT", 4000), line("PH-EVA", 4000)))

    assert [each.deductible_cents for each in decision.lines] == [4000, 1000]
    assert [each.benefit_cents for each in decision.lines] == [0, 2400]


@pytest.mark.req("CLM-8")
def test_the_cap_per_visit_holds_again_for_the_units_that_are_left():
    limited = massage(frequency=[{"group": "massage_units", "max_units": 2}])
    under = plan(benefits=[physio(), limited, dental(), vision(), {"code": "travel", "covered": False}])

    decided = decide(claim_facts(line("MA-A", 20_000, units=4)), under=under).lines[0]

    assert decided.allowed_cents == 8000
    assert decided.eligible_cents == 8000  # half of 20 000 is 10 000, above the cap
    assert decided.benefit_cents == 6000

"""Claims worked out by hand, rule by rule: charges, limits, shares, maxima and other insurers (CLM-8).

The plan is that of ``tests/support/claims_rules_plan.py``. ``figures`` are those of the trace, by rule and name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from services.claims.domain.accumulators import LIFETIME, Accumulators
from services.claims.domain.adjudication import LineDecision, Outcome
from services.claims.domain.circumstances import Estimate, HeldAs, Holding, OtherCoverage, ProviderStanding
from services.claims.domain.facts import ClaimKind, ClaimLine, PayTo, Ruling
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import (
    CHILD,
    SELF,
    SPOUSE,
    TODAY,
    accumulators,
    claim_facts,
    coverage,
    decide,
    line,
    service_use,
)
from tests.support.claims_rules_plan import rules_plan

REDUCED, DENIED, PENDED = Outcome.REDUCED, Outcome.DENIED, Outcome.PENDED
DAY = date(2026, 5, 4)


@dataclass(frozen=True)
class Case:
    """One line; ``share_e4`` is what the plan pays before rounding (cents × basis points)."""

    name: str
    line: ClaimLine
    allowed: int = 0
    eligible: int = 0
    deductible: int = 0
    share_e4: int = 0
    benefit: int = 0
    outcome: Outcome = Outcome.APPROVED
    reasons: tuple[ReasonCode, ...] = ()
    used: Accumulators | Mapping[int, Accumulators] = field(default_factory=accumulators)
    figures: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    province: str = "ON"


def refused(name: str, claimed: ClaimLine, reason: ReasonCode, outcome: Outcome = DENIED, **more: object) -> Case:
    return Case(name, claimed, outcome=outcome, reasons=(reason,), **more)  # type: ignore[arg-type]


def provider(kind: str = "dentist", **more: object) -> dict[str, object]:
    return {"provider": ProviderStanding("provider-1", kind, **more)}  # type: ignore[arg-type]


def of_years(name: str, by_year: Mapping[int, int], person: str = SELF) -> dict[int, Accumulators]:
    return {year: accumulators(year, paid={(person, name): cents}) for year, cents in by_year.items()}


def ever(**paid: int) -> dict[int, Accumulators]:
    return {LIFETIME: accumulators(LIFETIME, paid={(SELF, name): cents for name, cents in paid.items()})}


def counted(name: str, *days: date, units: int = 1, year: int = 2026) -> dict[int, Accumulators]:
    """A visit of so many units on each day, all in that benefit year."""
    use = [service_use(units=units, last_date=day) for day in days]
    by_day = {at: visit for each in use for at, visit in each.by_day.items()}
    return {year: accumulators(year, services={(SELF, name): type(use[0])(by_day)})}


def spent(name: str, cents: int, person: str = SELF) -> Accumulators:
    return accumulators(expenses={(person, name): cents})


def estimate(**overrides: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "number": "E-1",
        "person_id": SELF,
        "codes": frozenset({"bridge", "crown"}),
        "valid_through": date(2026, 5, 4),
        **overrides,
    }
    return {"estimates": {"E-1": Estimate(**fields)}}  # type: ignore[arg-type]


def others(theirs: HeldAs, ours: HeldAs, **more: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": "o-1",
        "insurer": "Other",
        "person_ids": frozenset({SELF}),
        "ours": Holding(ours),
        "theirs": Holding(theirs),
        "effective_from": date(2024, 1, 1),
        **more,
    }
    return {"other_coverages": (OtherCoverage(**fields),)}  # type: ignore[arg-type]


SECOND = others(HeldAs.MEMBER_FULL_TIME, HeldAs.DEPENDANT)
FIRST = others(HeldAs.DEPENDANT, HeldAs.MEMBER_FULL_TIME)
QUOTED = {"predetermination": "E-1"}
LOST = {"extraction_date": "2025-03-01"}

CHARGES = [
    Case(
        "a dentist charges up to the general charge",
        line("DS-1", 6500), 6100, 6100, 0, 48_800_000, 4880, REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,),
        around=provider("dentist"), figures={"allowed.customary_charge/unit_cents": 6100},
    ),
    Case(
        "a hygienist has a charge of her own",
        line("DS-1", 6500), 5000, 5000, 0, 40_000_000, 4000, REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,),
        around=provider("hygienist"), figures={"allowed.customary_charge/unit_cents": 5000},
    ),
    Case(
        "whoever is not registered has the general charge",
        line("DS-1", 6500), 6100, 6100, 0, 48_800_000, 4880, REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,),
    ),
    Case(
        "a white filling on a molar is allowed as a grey one",
        line("F-WHITE", 14_000, tooth="16"), 10_000, 10_000, 0, 80_000_000, 8000,
        REDUCED, (ReasonCode.ALTERNATE_BENEFIT,),
        figures={"allowed.customary_charge/allowed_cents": 14_000, "allowed.alternate_benefit/unit_cents": 10_000},
    ),
    Case(
        "on a front tooth it is allowed as it is",
        line("F-WHITE", 14_000, tooth="11"), 14_000, 14_000, 0, 112_000_000, 11_200,
    ),
    Case(
        "the charge of the other treatment is that of the province",
        line("F-WHITE", 14_000, tooth="26"), 9000, 9000, 0, 72_000_000, 7200,
        REDUCED, (ReasonCode.ALTERNATE_BENEFIT,), province="QC",
    ),
    Case(
        "a white filling for less than a grey one costs what was charged",
        line("F-WHITE", 9500, tooth="16"), 9500, 9500, 0, 76_000_000, 7600,
        figures={"allowed.alternate_benefit/allowed_cents": 9500},
    ),
    Case(
        "professional and laboratory fee within their limits",
        line("crown", 95_000, tooth="16", lab_fee_cents=20_000), 95_000, 95_000, 0, 475_000_000, 47_500,
        figures={"allowed.customary_charge/professional_cents": 75_000, "allowed.laboratory_fee/allowed_cents": 95_000},
    ),
    Case(
        "the customary charge holds for the professional part",
        line("crown", 100_000, tooth="16", lab_fee_cents=10_000), 90_000, 90_000, 0, 450_000_000, 45_000,
        REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE,),
        figures={"allowed.customary_charge/allowed_cents": 80_000, "allowed.laboratory_fee/allowed_cents": 90_000},
    ),
    Case(
        "a laboratory fee above half of the professional fee",
        line("crown", 70_000, tooth="16", lab_fee_cents=29_999), 60_001, 60_001, 0, 300_005_000, 30_001,
        REDUCED, (ReasonCode.LABORATORY_FEE_LIMITED,),
        figures={"allowed.laboratory_fee/allowed_laboratory_cents": 20_000},  # half of 40 001 is 20 000.5
    ),
    Case(
        "a laboratory fee above its cap",
        line("crown", 98_000, tooth="16", lab_fee_cents=35_000), 93_000, 93_000, 0, 465_000_000, 46_500,
        REDUCED, (ReasonCode.LABORATORY_FEE_LIMITED,),
        figures={"allowed.laboratory_fee/allowed_laboratory_cents": 30_000},
    ),
    Case(
        "a reviewer allows less",
        line("PH-TRT", 9000), 7000, 7000, 0, 56_000_000, 5600, REDUCED, (ReasonCode.LIMITED_BY_REVIEW,),
        facts={"rulings": {1: Ruling(allowed_cents=7000)}}, figures={"review.allowed/ruled_cents": 7000},
    ),
    Case(
        "a reviewer allows no more than the rules",
        line("DS-1", 6100), 6100, 6100, 0, 48_800_000, 4880, facts={"rulings": {1: Ruling(allowed_cents=9000)}},
    ),
    refused(
        "a reviewer refuses", line("PH-TRT", 9000), ReasonCode.WORK_ACCIDENT,
        facts={"rulings": {1: Ruling(denied_for="work_accident")}},
    ),
]  # fmt: skip
CHECKS = [
    refused("a dentist's service by another kind", line("DS-1", 6100), ReasonCode.PROVIDER_KIND_NOT_RECOGNISED,
            around=provider("pharmacy")),
    refused("a provider that is suspended", line("PH-TRT", 9000), ReasonCode.PROVIDER_NOT_ACTIVE,
            around=provider("other", active=False)),
    refused("the day before the agreement", line("DS-1", 6100), ReasonCode.BEFORE_AGREEMENT,
            around=provider("dentist", agreement_from=DAY + timedelta(days=1)), facts={"pay_to": PayTo.PROVIDER}),
    Case("the first day of the agreement", line("DS-1", 6100), 6100, 6100, 0, 48_800_000, 4880,
         around=provider("dentist", agreement_from=DAY), facts={"pay_to": PayTo.PROVIDER}),
    Case("before the agreement, when the member is paid", line("DS-1", 6100), 6100, 6100, 0, 48_800_000, 4880,
         around=provider("dentist", agreement_from=DAY + timedelta(days=1))),
    refused("a kind that needs an agreement has none", line("DS-1", 5000), ReasonCode.BEFORE_AGREEMENT,
            around=provider("hygienist"), facts={"pay_to": PayTo.PROVIDER}),
    Case("a kind that needs no agreement has none", line("DS-1", 6100), 6100, 6100, 0, 48_800_000, 4880,
         around=provider("dentist"), facts={"pay_to": PayTo.PROVIDER}),
    refused("a tooth lost before the coverage began", line("bridge", 50_000, tooth="16",
            answers={"extraction_date": "2023-12-31"}), ReasonCode.TOOTH_LOST_BEFORE_COVERAGE,
            figures={"checks.tooth_lost_while_insured/covered_from_date": 20240101}),
    Case("a tooth lost on the first day of coverage", line("bridge", 50_000, tooth="16",
         answers={"extraction_date": "2024-01-01"}), 50_000, 50_000, 0, 250_000_000, 25_000),
    refused("nobody says when the tooth was lost", line("bridge", 50_000, tooth="16"), ReasonCode.ANSWER_MISSING,
            PENDED),
    Case("treatment at the threshold", line("bridge", 100_000, tooth="16", answers=LOST), 100_000, 100_000, 0,
         500_000_000, 50_000, figures={"checks.predetermined/amount_cents": 100_000}),
    refused("treatment above the threshold", line("bridge", 100_001, tooth="16", answers=LOST),
            ReasonCode.PREDETERMINATION_NEEDED, PENDED),
    Case("treatment above the threshold that was estimated", line("bridge", 120_000, tooth="16", answers=LOST),
         120_000, 120_000, 0, 600_000_000, 60_000, facts=QUOTED, around=estimate()),
    refused("an estimate that has expired", line("bridge", 120_000, tooth="16", answers=LOST),
            ReasonCode.PREDETERMINATION_EXPIRED, PENDED, facts=QUOTED, around=estimate(valid_through=date(2026, 5, 3))),
    refused("an estimate of somebody else", line("bridge", 120_000, tooth="16", answers=LOST),
            ReasonCode.PREDETERMINATION_NEEDED, PENDED, facts=QUOTED, around=estimate(person_id=SPOUSE)),
    refused("an estimate of another treatment", line("bridge", 120_000, tooth="16", answers=LOST),
            ReasonCode.PREDETERMINATION_NEEDED, PENDED, facts=QUOTED, around=estimate(codes=frozenset({"crown"}))),
    Case("an estimate needs none, and its service is to come", line("bridge", 120_000, tooth="16", answers=LOST,
         service_date=TODAY + timedelta(days=30)), 120_000, 120_000, 0, 600_000_000, 60_000,
         facts={"kind": ClaimKind.PREDETERMINATION}),
    Case("a question that a reviewer waived", line("bridge", 120_000, tooth="16", answers=LOST), 120_000, 120_000, 0,
         600_000_000, 60_000, facts={"rulings": {1: Ruling(waived=frozenset({"checks.predetermined"}))}},
         figures={"checks.predetermined/waived": 1}),
]  # fmt: skip
FREQUENCY = [
    Case("units that twelve months have left", line("DS-1", 12_200, units=2), 12_200, 6100, 0, 48_800_000, 4880,
         REDUCED, (ReasonCode.UNITS_LIMITED,), counted("planing", date(2025, 5, 5), units=2, year=2025),
         {"frequency.units_in_months/used_units": 2, "frequency.units_in_months/permitted_units": 1}),
    Case("units of twelve months ago no longer count", line("DS-1", 12_200, units=2), 12_200, 12_200, 0, 97_600_000,
         9760, used=counted("planing", date(2025, 5, 4), units=3, year=2025)),
    refused("no unit is left in twelve months", line("DS-1", 6100), ReasonCode.UNITS_REACHED,
            used=counted("planing", date(2025, 5, 5), units=3, year=2025)),
    refused("later services count as well", line("DS-1", 6100), ReasonCode.UNITS_REACHED,
            used=counted("planing", date(2026, 6, 1), units=3)),
    Case("twelve months before and twelve after are not one span", line("DS-1", 6100), 6100, 6100, 0, 48_800_000, 4880,
         used=counted("planing", date(2026, 1, 5), units=2) | counted("planing", date(2027, 1, 6), units=1, year=2027),
         figures={"frequency.units_in_months/used_units": 2}),
    refused("two visits of twelve months", line("DX-RCL", 5000), ReasonCode.VISITS_REACHED,
            used=counted("recalls", date(2025, 6, 1), year=2025) | counted("recalls", date(2026, 2, 2))),
    Case("another line of a visit that counts", line("DX-RCL", 5000), 5000, 5000, 0, 40_000_000, 4000,
         used=counted("recalls", date(2026, 2, 2), DAY)),
    Case("one unit at each visit", line("DS-2", 12_200, units=2), 12_200, 6100, 0, 48_800_000, 4880,
         REDUCED, (ReasonCode.UNITS_LIMITED,)),
    refused("the unit of the visit is used", line("DS-2", 6100), ReasonCode.UNITS_REACHED, used=counted("polish", DAY)),
    Case("another visit has a unit of its own", line("DS-2", 6100), 6100, 6100, 0, 48_800_000, 4880,
         used=counted("polish", date(2026, 5, 3))),
    refused("once in a lifetime", line("DX-CMP", 9000), ReasonCode.VISITS_REACHED,
            used=counted("complete", date(2019, 1, 1), year=LIFETIME)),
    refused("the same tooth too soon", line("crown", 60_000, tooth="16"), ReasonCode.TOO_SOON,
            used=counted("crowns#16", date(2021, 5, 5), year=2021)),
    Case("another tooth", line("crown", 60_000, tooth="17"), 60_000, 60_000, 0, 300_000_000, 30_000,
         used=counted("crowns#16", date(2021, 5, 5), year=2021)),
    Case("the same tooth after sixty months", line("crown", 60_000, tooth="16"), 60_000, 60_000, 0, 300_000_000, 30_000,
         used=counted("crowns#16", date(2021, 5, 4), year=2021)),
    refused("a bridge on one tooth once in a lifetime", line("bridge", 50_000, tooth="16", answers=LOST),
            ReasonCode.UNITS_REACHED, used=counted("bridges#16", date(2015, 5, 5), year=LIFETIME)),
]  # fmt: skip
SHARES = [
    Case("all within the first tier", line("medicine", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         figures={"coinsurance.plan_share/tier_1_cents": 10_000, "coinsurance.plan_share/coinsurance_bp": 8000}),
    Case("a line that straddles two tiers", line("medicine", 20_000), 20_000, 20_000, 0, 170_000_000, 17_000,
         figures={"coinsurance.plan_share/tier_1_cents": 15_000, "coinsurance.plan_share/tier_2_cents": 5000}),
    Case("what was spent before counts", line("medicine", 10_001), 10_001, 10_001, 0, 98_010_000, 9801,
         used=spent("medicine", 14_000),
         figures={"coinsurance.plan_share/tier_1_cents": 1000, "coinsurance.plan_share/tier_2_cents": 9001}),
    Case("all above the first tier", line("medicine", 10_000), 10_000, 10_000, 0, 100_000_000, 10_000,
         used=spent("medicine", 15_000), figures={"coinsurance.plan_share/coinsurance_bp": 10_000}),
    Case("what another person spent does not count", line("medicine", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         used=spent("medicine", 15_000, SPOUSE)),
    Case("below the out-of-pocket limit", line("nursing", 100_000), 100_000, 100_000, 0, 800_000_000, 80_000,
         figures={"coinsurance.out_of_pocket_limit/own_share_e4": 200_000_000}),
    Case("a line that reaches the out-of-pocket limit", line("nursing", 100_000), 100_000, 100_000, 0, 950_000_000,
         95_000, used=spent("catastrophe", 295_000),
         figures={"coinsurance.out_of_pocket_limit/own_share_e4": 50_000_000}),
    Case("above the out-of-pocket limit", line("nursing", 100_000), 100_000, 100_000, 0, 1_000_000_000, 100_000,
         used=spent("catastrophe", 300_000)),
    Case("the family's out-of-pocket limit", line("nursing", 100_000), 100_000, 100_000, 0, 999_000_000, 99_900,
         used=spent("catastrophe", 449_900, SPOUSE), figures={"coinsurance.out_of_pocket_limit/limit_cents": 450_000}),
    Case("a service that the deductible leaves alone", line("insoles", 10_000), 10_000, 10_000, 0, 80_000_000, 8000),
    Case("another service of the benefit pays the deductible", line("crutches", 10_000), 10_000, 10_000, 5000,
         40_000_000, 4000, REDUCED, (ReasonCode.DEDUCTIBLE_APPLIED,)),
]  # fmt: skip
MAXIMA = [
    Case("what a service has left within its benefit", line("insoles", 40_000), 40_000, 40_000, 0, 320_000_000, 25_000,
         REDUCED, (ReasonCode.SERVICE_MAXIMUM_LIMITED,), accumulators(paid={(SELF, "insoles_yearly"): 5000}),
         {"maximum.service/left_cents": 25_000}),
    refused("the maximum of a service reached", line("insoles", 40_000), ReasonCode.SERVICE_MAXIMUM_REACHED,
            used=accumulators(paid={(SELF, "insoles_yearly"): 30_000})),
    Case("other services leave the maximum of a service alone", line("insoles", 10_000), 10_000, 10_000, 0, 80_000_000,
         8000, used=accumulators(paid={(SELF, "gear"): 60_000})),
    Case("what the family has left of a benefit", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 5000,
         REDUCED, (ReasonCode.FAMILY_MAXIMUM_LIMITED,),
         accumulators(paid={(SPOUSE, "physio"): 45_000, (CHILD, "physio"): 20_000})),
    refused("the family's maximum reached", line("PH-TRT", 10_000), ReasonCode.FAMILY_MAXIMUM_REACHED,
            used=accumulators(paid={(SPOUSE, "physio"): 50_000, (CHILD, "physio"): 20_000})),
    Case("the first year of two counts in the second", line("glasses", 10_000), 10_000, 10_000, 0, 100_000_000, 7500,
         REDUCED, (ReasonCode.SEVERAL_YEARS_MAXIMUM_LIMITED,), of_years("glasses_two_years", {2025: 20_000}),
         {"maximum.several_years/used_cents": 20_000, "maximum.several_years/years": 2}),
    Case("the second year of two counts in the first", line("glasses", 10_000, service_date=date(2025, 12, 31)),
         10_000, 10_000, 0, 100_000_000, 500, REDUCED, (ReasonCode.SEVERAL_YEARS_MAXIMUM_LIMITED,),
         of_years("glasses_two_years", {2026: 27_000})),
    refused("two years used up", line("glasses", 10_000), ReasonCode.SEVERAL_YEARS_MAXIMUM_REACHED,
            used=of_years("glasses_two_years", {2025: 20_000, 2026: 7500})),
    Case("the two years before are over", line("glasses", 10_000), 10_000, 10_000, 0, 100_000_000, 10_000,
         used=of_years("glasses_two_years", {2024: 27_500})),
    Case("the family's maximum of two years", line("glasses", 10_000), 10_000, 10_000, 0, 100_000_000, 5000,
         REDUCED, (ReasonCode.SEVERAL_YEARS_MAXIMUM_LIMITED,), of_years("glasses_two_years", {2025: 55_000}, SPOUSE)),
    Case("what is left for life", line("braces", 300_000), 300_000, 300_000, 0, 1_500_000_000, 50_000,
         REDUCED, (ReasonCode.LIFETIME_MAXIMUM_LIMITED,), ever(braces_for_life=150_000)),
    refused("a lifetime maximum reached", line("braces", 300_000), ReasonCode.LIFETIME_MAXIMUM_REACHED,
            used=ever(braces_for_life=200_000)),
    Case("a lifetime maximum that benefits share", line("braces", 100_000), 100_000, 100_000, 0, 500_000_000, 10_000,
         REDUCED, (ReasonCode.LIFETIME_MAXIMUM_LIMITED,), ever(mouth_for_life=240_000, braces_for_life=100_000),
         {"maximum.lifetime/maximum_cents": 250_000}),
]  # fmt: skip
OTHERS = [
    Case("the second plan pays what is left", line("PH-TRT", 10_000, others_paid_cents=7500), 10_000, 10_000, 0,
         80_000_000, 2500, REDUCED, (ReasonCode.PAID_BY_OTHER_INSURER,), around=SECOND,
         figures={"coordination.after_others/room_cents": 2500, "coordination.after_others/alone_e4": 80_000_000}),
    Case("the second plan pays no more than it would alone", line("PH-TRT", 10_000, others_paid_cents=1000), 10_000,
         10_000, 0, 80_000_000, 8000, around=SECOND, figures={"coordination.after_others/room_cents": 9000}),
    Case("the first plan paid all", line("PH-TRT", 10_000, others_paid_cents=10_000), 10_000, 10_000, 0, 80_000_000, 0,
         REDUCED, (ReasonCode.PAID_BY_OTHER_INSURER,), around=SECOND),
    Case("the first plan paid more than we find eligible", line("DS-1", 8000, others_paid_cents=7000), 6100, 6100, 0,
         48_800_000, 0, REDUCED, (ReasonCode.ABOVE_CUSTOMARY_CHARGE, ReasonCode.PAID_BY_OTHER_INSURER), around=SECOND),
    Case("the first plan paid nothing", line("PH-TRT", 10_000, others_paid_cents=0), 10_000, 10_000, 0, 80_000_000,
         8000, around=SECOND, figures={"coordination.others_statement/insurers_before": 1}),
    refused("nobody says what the first plan paid", line("PH-TRT", 10_000), ReasonCode.OTHER_INSURER_STATEMENT_MISSING,
            PENDED, around=SECOND),
    Case("a statement that a reviewer waived", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         around=SECOND, facts={"rulings": {1: Ruling(waived=frozenset({"coordination.others_statement"}))}}),
    Case("an estimate is made as if we were alone", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         around=SECOND, facts={"kind": ClaimKind.PREDETERMINATION}),
    Case("the first plan pays as if it were alone", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         around=FIRST, figures={"coordination.others_statement/insurers_before": 0}),
    Case("what others paid is ignored when we are first", line("PH-TRT", 10_000, others_paid_cents=9000), 10_000,
         10_000, 0, 80_000_000, 8000, around=FIRST,
         figures={"coordination.after_others/others_paid_ignored_cents": 9000}),
    Case("what a plan paid that nobody declared counts", line("PH-TRT", 10_000, others_paid_cents=9000), 10_000,
         10_000, 0, 80_000_000, 1000, REDUCED, (ReasonCode.PAID_BY_OTHER_INSURER,)),
    Case("another plan that had ended", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         around=others(HeldAs.MEMBER_FULL_TIME, HeldAs.DEPENDANT, effective_to=date(2026, 5, 3))),
    Case("another plan of another person", line("PH-TRT", 10_000), 10_000, 10_000, 0, 80_000_000, 8000,
         around=others(HeldAs.MEMBER_FULL_TIME, HeldAs.DEPENDANT, person_ids=frozenset({SPOUSE}))),
    Case("a declared insurer needs no review", line("PH-TRT", 10_000, others_paid_cents=7500,
         answers={"other_insurance": "yes"}), 10_000, 10_000, 0, 80_000_000, 2500, REDUCED,
         (ReasonCode.PAID_BY_OTHER_INSURER,), around=SECOND),
    refused("an insurer that nobody declared is looked at", line("PH-TRT", 10_000, answers={"other_insurance": "yes"}),
            ReasonCode.OTHER_INSURER, PENDED),
    Case("the maximum first, then what is left", line("PH-TRT", 10_000, others_paid_cents=4000), 10_000, 10_000, 0,
         80_000_000, 5000, REDUCED, (ReasonCode.ANNUAL_MAXIMUM_LIMITED,), accumulators(paid={(SELF, "physio"): 45_000}),
         around=SECOND, figures={"coordination.after_others/alone_e4": 50_000_000}),
]  # fmt: skip


def figure(decided: LineDecision, path: str) -> int | None:
    rule_id, _, name = path.rpartition("/")
    return next((dict(step.figures).get(name) for step in decided.trace if step.rule_id == rule_id), None)


@pytest.mark.req("CLM-8", "CLM-9", "CLM-10", "CLM-12")
@pytest.mark.parametrize("case", [*CHARGES, *CHECKS, *FREQUENCY, *SHARES, *MAXIMA, *OTHERS], ids=lambda case: case.name)
def test_a_claim_worked_out_by_hand_gives_the_same_figures(case: Case):
    facts = claim_facts(case.line, **case.facts)
    decision = decide(facts, under=rules_plan(), used=case.used, by=coverage(province=case.province), **case.around)
    decided = decision.lines[0]

    assert (decided.outcome, decided.reason_codes) == (case.outcome, case.reasons)
    assert (decided.allowed_cents, decided.eligible_cents) == (case.allowed, case.eligible)
    assert (decided.deductible_cents, decided.benefit_cents) == (case.deductible, case.benefit)
    if case.outcome in {Outcome.APPROVED, REDUCED}:
        limited = figure(decided, "coinsurance.out_of_pocket_limit/share_e4")
        share = figure(decided, "coinsurance.plan_share/share_e4") if limited is None else limited
        assert share == case.share_e4
        assert figure(decided, "benefit.rounded/benefit_cents") == case.benefit
    for path, value in case.figures.items():
        assert figure(decided, path) == value, path

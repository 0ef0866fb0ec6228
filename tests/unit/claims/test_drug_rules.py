"""Drugs worked out by hand: which are paid, and how much of them (CLM-8, CLM-5, COV-2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from services.claims.domain.accumulators import Accumulators, ServiceUse, Visit
from services.claims.domain.adjudication import Decision, Outcome, apply
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.circumstances import DrugFacts, Estimate
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.facts import ClaimLine, DocumentKind, DrugSupply
from services.claims.domain.plan import Plan
from services.claims.domain.plan_loading import plan_from_document
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import SELF, accumulators, both, claim_facts, decide, line, named

pytestmark = pytest.mark.req("CLM-8", "CLM-5")

PILLS, BRAND, BIOLOGIC, VITAMIN, OPIOID, EXCLUDED, ODD = (f"9900000{n}" for n in range(1, 8))
DRUGS = {
    PILLS: DrugFacts(PILLS, "Pills", ("C09AA05",), frozenset({"prescription"}), group="g1"),
    BRAND: DrugFacts(BRAND, "Brand", ("C09AA02",), frozenset({"prescription"}), group="g2"),
    BIOLOGIC: DrugFacts(BIOLOGIC, "Biologic", ("L04AB02",), frozenset({"schedule_d"})),
    VITAMIN: DrugFacts(VITAMIN, "Vitamin", ("A11CC05",), frozenset({"non_prescription"})),
    OPIOID: DrugFacts(OPIOID, "Opioid", ("N02AA01",), frozenset({"narcotic"})),
    EXCLUDED: DrugFacts(EXCLUDED, "Lifestyle", ("L04AX",), frozenset({"prescription"})),
}
DAY = date(2026, 5, 4)


@cache
def drug_plan(**formulary: object) -> Plan:
    catalogue = catalogue_from_document(
        {
            "version": 1,
            "categories": [named("care")],
            "benefits": [named("drugs")],
            "questions": [],
            "claim_types": [{"code": "drug", "benefit": "drugs", "category": "care", "names": both("drug")}],
        }
    )
    benefit = {"code": "drugs", "covered": True, "coinsurance_bp": 5000, "formulary": formulary_document(**formulary)}
    return plan_from_document(
        {
            "code": "DRUGS",
            "version": 1,
            "names": both("Drugs"),
            "year_starts_month": 1,
            "claim_deadline_months": 12,
            "dependant_age": {"limit": 21, "student_limit": 25},
            "benefits": [benefit],
        },
        catalogue,
    )


def formulary_document(**overrides: object) -> dict[str, object]:
    return {
        "tiers": [{"id": "generic", "share_bp": 8000}, {"id": "brand", "share_bp": 7000, "copay_cents": 200}],
        "default_tier": "generic",
        "entries": [
            {"din": [BRAND], "tier": "brand"},
            {"atc": ["L04"], "tier": "generic", "prior_authorization": True, "max_days_supply": 30},
            {"atc": ["L04AX"], "excluded": True},
            {"schedule": ["non_prescription"], "excluded": True},
        ],
        "fee_cap_cents": 1000,
        "max_days_supply": 90,
        "refill_after_bp": 6667,
        "unit_prices_e4": {"g1": 250_000},
        "prescription_for": ["narcotic"],
        **overrides,
    }


def supply(din: str = PILLS, *, units: int = 30, days: int = 30, cost: int = 700, fee: int = 900) -> DrugSupply:
    return DrugSupply(din, quantity_e3=units * 1_000, days_supplied=days, ingredient_cents=cost, fee_cents=fee)


def drug(supplied: DrugSupply, *, day: date = DAY, **overrides: object) -> ClaimLine:
    submitted = supplied.ingredient_cents + supplied.fee_cents
    return line("drug", submitted, drug=supplied, service_date=day, **overrides)


def decided(claimed: ClaimLine, *, used: Accumulators | None = None, **facts: object) -> Decision:
    estimates = facts.pop("estimates", {})
    submitted = claim_facts(claimed, claim_type="drug", **facts)
    return decide(submitted, under=drug_plan(), used=used, drugs=DRUGS, estimates=estimates)


CASES: list[tuple[str, ClaimLine, tuple[int, int, int], Outcome, tuple[str, ...]]] = [
    ("cost and fee below every limit", drug(supply()), (1600, 8000, 1280), Outcome.APPROVED, ()),
    ("fee above its cap", drug(supply(fee=1399)), (1700, 8000, 1360), Outcome.REDUCED, ("fee_above_cap",)),
    (
        # 30 units at 25 cents
        "cost above the lowest of the group",
        drug(supply(cost=1200)), (750 + 900, 8000, 1320), Outcome.REDUCED, ("above_lowest_cost",),
    ),
    (
        "the prescriber forbids substitution",
        drug(supply(cost=1200), answers={"no_substitution": "yes"}), (2100, 8000, 1680), Outcome.APPROVED, (),
    ),
    (
        # 12 000 of 120 days: 90 days are 9 000
        "a supply for longer than permitted",
        drug(supply(BRAND, days=120, units=120, cost=12_000)), (9900, 7000, 6730), Outcome.REDUCED, ("supply_limited",),
    ),
    ("a tier with a copayment", drug(supply(BRAND, cost=10_000, fee=0)), (10_000, 7000, 6800), Outcome.APPROVED, ()),
    ("a copayment above the share", drug(supply(BRAND, cost=100, fee=0)), (100, 7000, 0), Outcome.APPROVED, ()),
    (
        # 700 × 30 ÷ 90 = 233.33…, cut; the longest ATC prefix decides, the schedule does not count
        "all at once",
        drug(supply(days=91, cost=9_100, units=91, fee=2_000)),
        (2_275 * 90 // 91 + 1000, 8000, 2600), Outcome.REDUCED,
        ("above_lowest_cost", "supply_limited", "fee_above_cap"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claimed", "figures", "outcome", "reasons"), [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)  # fmt: skip
def test_a_drug_is_paid_as_worked_out_by_hand(
    claimed: ClaimLine, figures: tuple[int, int, int], outcome: Outcome, reasons: tuple[str, ...]
):
    """Figures: allowed, share in basis points, benefit."""
    result = decided(claimed).lines[0]

    assert (result.allowed_cents, result.coinsurance_bp, result.benefit_cents) == figures
    assert (result.outcome, tuple(code.value for code in result.reason_codes)) == (outcome, reasons)


@pytest.mark.parametrize(
    ("claimed", "outcome", "reason"),
    [
        (line("drug", 1600), Outcome.PENDED, ReasonCode.DRUG_NOT_STATED),
        (drug(supply(ODD)), Outcome.DENIED, ReasonCode.DIN_UNKNOWN),
        (drug(supply(VITAMIN)), Outcome.DENIED, ReasonCode.DRUG_NOT_ON_FORMULARY),
        (drug(supply(EXCLUDED)), Outcome.DENIED, ReasonCode.DRUG_NOT_ON_FORMULARY),
        (drug(supply(BIOLOGIC)), Outcome.PENDED, ReasonCode.PRIOR_AUTHORIZATION_NEEDED),
        (drug(supply(OPIOID)), Outcome.PENDED, ReasonCode.PRESCRIPTION_MISSING),
    ],
)
def test_a_drug_that_is_not_paid_says_why(claimed: ClaimLine, outcome: Outcome, reason: ReasonCode):
    result = decided(claimed).lines[0]

    assert (result.outcome, result.reason_codes, result.benefit_cents) == (outcome, (reason,), 0)


def test_the_prescription_itself_opens_a_narcotic():
    decision = decided(drug(supply(OPIOID)), documents=frozenset({DocumentKind.PRESCRIPTION}))

    assert decision.outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.APPROVED),
        ({"person_id": "somebody-else"}, Outcome.PENDED),
        ({"codes": frozenset({"drug", f"din:{PILLS}"})}, Outcome.PENDED),
        ({"valid_through": date(2026, 5, 3)}, Outcome.PENDED),
    ],
)
def test_an_estimate_for_the_drug_is_its_authorization(change: Mapping[str, object], outcome: Outcome):
    quoted = replace(Estimate("P-1", SELF, frozenset({"drug", f"din:{BIOLOGIC}"}), DAY), **change)  # type: ignore[arg-type]

    decision = decided(drug(supply(BIOLOGIC)), predetermination="P-1", estimates={"P-1": quoted})

    assert decision.outcome is outcome


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        # 30 days from 4 April; two thirds, rounded up to 21 days, are over on 25 April
        (date(2026, 4, 24), Outcome.DENIED),
        (date(2026, 4, 25), Outcome.APPROVED),
        # a claim for 13 March comes late: its 30 days are due on 3 April
        (date(2026, 3, 15), Outcome.DENIED),
        (date(2026, 3, 14), Outcome.APPROVED),
    ],
)
def test_a_refill_comes_when_enough_of_the_last_supply_is_used(day: date, outcome: Outcome):
    last = ServiceUse({(date(2026, 4, 4), "provider-1"): Visit(1, 30, 1600)})
    used = accumulators(services={(SELF, f"din:{PILLS}"): last})

    assert decided(drug(supply(), day=day), used=used).outcome is outcome


def test_a_supply_of_another_drug_is_no_refill():
    used = apply(accumulators(), decided(drug(supply())))

    assert decided(drug(supply(BRAND)), used=used).outcome is Outcome.APPROVED
    assert used.services[SELF, f"din:{PILLS}"].units == 30


def test_two_drugs_of_one_day_are_no_repetition():
    submitted = claim_facts(drug(supply()), drug(supply(BRAND)), drug(supply()), claim_type="drug")

    decision = decide(submitted, under=drug_plan(), drugs=DRUGS)

    assert [each.reason_codes for each in decision.lines] == [(), (), (ReasonCode.REPEATED_IN_CLAIM,)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"entries": [{"din": [PILLS], "atc": ["A"], "tier": "generic"}]}, "exactly one of din, atc, schedule"),
        ({"entries": [{"tier": "generic"}]}, "exactly one of din, atc, schedule"),
        ({"entries": [{"din": [PILLS, PILLS], "tier": "generic"}]}, "stands here twice"),
        ({"entries": [{"din": [PILLS], "tier": "gold"}]}, "'gold' is not one of"),
        ({"tiers": [{"id": "generic", "share_bp": 1}, {"id": "generic", "share_bp": 2}]}, "stands here twice"),
        ({"default_tier": "gold"}, "'gold' is not one of"),
        ({"unit_prices_e4": {"g1": 0}}, "must be at least 1"),
        ({"fee_cap": 3}, "is not a known key here"),
    ],
)
def test_a_mistake_in_a_formulary_is_named(change: dict[str, object], problem: str):
    with pytest.raises(InvalidDocumentError, match=problem):
        drug_plan.__wrapped__(**change)

"""The rules in the order of calculation (CLM-8).

To add a rule, write a function from ``LineWork`` to ``Finding`` and put it where it belongs in ``PIPELINE``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.claims.domain.adjudication import amounts, checks, dental_checks, drugs, eligibility, sharing
from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; the id is what traces, explanations and statements quote, and never changes its meaning."""

    id: str
    run: Callable[[LineWork], Finding]


PIPELINE: tuple[Rule, ...] = (
    Rule("claim.not_voided", eligibility.not_voided),
    Rule("eligibility.person_in_dossier", eligibility.person_in_dossier),
    Rule("eligibility.covered_on_service_date", eligibility.covered_on_service_date),
    Rule("eligibility.dependant_age", eligibility.dependant_age),
    Rule("duplicate.not_claimed_before", eligibility.not_claimed_before),
    Rule("duplicate.not_repeated_in_claim", eligibility.not_repeated_in_claim),
    Rule("checks.service_known", checks.service_known),
    Rule("checks.benefit_covered", checks.benefit_covered),
    Rule("checks.figures_valid", checks.figures_valid),
    Rule("checks.service_not_in_future", checks.service_not_in_future),
    Rule("checks.within_claim_deadline", checks.within_claim_deadline),
    Rule("checks.age_within_limits", checks.age_within_limits),
    Rule("checks.waiting_period_over", checks.waiting_period_over),
    Rule("checks.provider_identified", checks.provider_identified),
    Rule("checks.documents_present", checks.documents_present),
    Rule("checks.questions_answered", checks.questions_answered),
    Rule("checks.tooth_given", dental_checks.tooth_given),
    Rule("checks.tooth_valid", dental_checks.tooth_valid),
    Rule("checks.surfaces_valid", dental_checks.surfaces_valid),
    Rule("checks.lab_fee_expected", dental_checks.lab_fee_expected),
    Rule("checks.answers_need_no_review", checks.answers_need_no_review),
    Rule("drug.supply_stated", drugs.supply_stated),
    Rule("drug.din_known", drugs.din_known),
    Rule("drug.on_formulary", drugs.on_formulary),
    Rule("drug.prior_authorization", drugs.prior_authorization),
    Rule("drug.prescription_present", drugs.prescription_present),
    Rule("drug.refill_due", drugs.refill_due),
    Rule("allowed.customary_charge", amounts.customary_charge),
    Rule("allowed.per_visit_cap", amounts.per_visit_cap),
    Rule("allowed.drug_ingredient", drugs.ingredient_cost),
    Rule("allowed.drug_supply", drugs.days_supply),
    Rule("allowed.drug_fee", drugs.dispensing_fee),
    Rule("frequency.months_since_last", amounts.months_since_last),
    Rule("frequency.visits_per_year", amounts.visits_per_year),
    Rule("frequency.units_per_year", amounts.units_per_year),
    Rule("deductible.person", sharing.person_deductible),
    Rule("deductible.family", sharing.family_deductible),
    Rule("coinsurance.plan_share", sharing.plan_share),
    Rule("coinsurance.copay", drugs.copay),
    Rule("maximum.annual", sharing.annual_maximum),
    Rule("maximum.combined", sharing.combined_maximum),
    Rule("benefit.rounded", sharing.benefit_rounded),
)

"""The rules in the order of calculation (CLM-8).

To add a rule, write a function from ``LineWork`` to ``Finding`` and put it where it belongs in ``PIPELINE``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.claims.domain.adjudication import (
    amounts,
    checks,
    coordination,
    dental_checks,
    drugs,
    eligibility,
    frequency,
    maxima,
    provider_checks,
    review,
    sharing,
    treatment_checks,
)
from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; the id is what traces, explanations and statements quote, and never changes its meaning."""

    id: str
    run: Callable[[LineWork], Finding]


PIPELINE: tuple[Rule, ...] = (
    Rule("claim.not_voided", eligibility.not_voided),
    Rule("review.ruling", review.ruled_against),
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
    Rule("checks.tooth_lost_while_insured", treatment_checks.tooth_lost_while_insured),
    Rule("checks.provider_identified", checks.provider_identified),
    Rule("checks.provider_active", provider_checks.provider_active),
    Rule("checks.provider_kind", provider_checks.provider_kind),
    Rule("checks.agreement_in_force", provider_checks.agreement_in_force),
    Rule("checks.documents_present", checks.documents_present),
    Rule("checks.questions_answered", checks.questions_answered),
    Rule("checks.tooth_given", dental_checks.tooth_given),
    Rule("checks.tooth_valid", dental_checks.tooth_valid),
    Rule("checks.surfaces_valid", dental_checks.surfaces_valid),
    Rule("checks.lab_fee_expected", dental_checks.lab_fee_expected),
    Rule("checks.answers_need_no_review", checks.answers_need_no_review),
    Rule("checks.predetermined", treatment_checks.predetermined),
    Rule("review.document_asked", review.document_asked),
    Rule("drug.supply_stated", drugs.supply_stated),
    Rule("drug.din_known", drugs.din_known),
    Rule("drug.on_formulary", drugs.on_formulary),
    Rule("drug.prior_authorization", drugs.prior_authorization),
    Rule("drug.prescription_present", drugs.prescription_present),
    Rule("drug.refill_due", drugs.refill_due),
    Rule("allowed.customary_charge", amounts.customary_charge),
    Rule("allowed.alternate_benefit", amounts.alternate_benefit),
    Rule("allowed.laboratory_fee", amounts.laboratory_fee),
    Rule("allowed.per_visit_cap", amounts.per_visit_cap),
    Rule("allowed.drug_ingredient", drugs.ingredient_cost),
    Rule("allowed.drug_supply", drugs.days_supply),
    Rule("allowed.drug_fee", drugs.dispensing_fee),
    Rule("review.allowed", review.allowed_by_review),
    Rule("frequency.months_since_last", frequency.months_since_last),
    Rule("frequency.visits_per_year", frequency.visits_per_year),
    Rule("frequency.visits_in_months", frequency.visits_in_months),
    Rule("frequency.visits_in_lifetime", frequency.visits_in_lifetime),
    Rule("frequency.units_per_year", frequency.units_per_year),
    Rule("frequency.units_in_months", frequency.units_in_months),
    Rule("frequency.units_in_lifetime", frequency.units_in_lifetime),
    Rule("frequency.units_per_visit", frequency.units_per_visit),
    Rule("deductible.person", sharing.person_deductible),
    Rule("deductible.family", sharing.family_deductible),
    Rule("coinsurance.plan_share", sharing.plan_share),
    Rule("coinsurance.copay", drugs.copay),
    Rule("coinsurance.out_of_pocket_limit", sharing.out_of_pocket_limit),
    Rule("maximum.service", maxima.service_maximum),
    Rule("maximum.annual", maxima.annual_maximum),
    Rule("maximum.annual_family", maxima.annual_family_maximum),
    Rule("maximum.combined", maxima.combined_maximum),
    Rule("maximum.several_years", maxima.several_years_maximum),
    Rule("maximum.lifetime", maxima.lifetime_maximum),
    Rule("coordination.others_statement", coordination.others_statement),
    Rule("coordination.after_others", coordination.after_others),
    Rule("benefit.rounded", sharing.benefit_rounded),
)

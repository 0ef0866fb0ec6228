"""Why a line was not paid as asked: the codes, their meanings after CDAnet's bilingual list, in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.claims.domain.bilingual import Bilingual, read_bilingual
from services.claims.domain.document_reader import DocumentReader


class ReasonCode(StrEnum):
    """Every reason a rule may give (CLM-9); the words stand in ``data/reasons.json``."""

    CLAIM_VOIDED = "claim_voided"
    DOSSIER_NOT_FOUND = "dossier_not_found"
    PERSON_NOT_IN_DOSSIER = "person_not_in_dossier"
    NOT_COVERED_ON_DATE = "not_covered_on_date"
    DEPENDANT_OVER_AGE = "dependant_over_age"
    ALREADY_CLAIMED = "already_claimed"
    REPEATED_IN_CLAIM = "repeated_in_claim"
    SERVICE_UNKNOWN = "service_unknown"
    BENEFIT_NOT_COVERED = "benefit_not_covered"
    FIGURES_NOT_VALID = "figures_not_valid"
    SERVICE_IN_FUTURE = "service_in_future"
    CLAIM_TOO_LATE = "claim_too_late"
    AGE_OUTSIDE_LIMITS = "age_outside_limits"
    WAITING_PERIOD = "waiting_period"
    TOOTH_LOST_BEFORE_COVERAGE = "tooth_lost_before_coverage"
    PROVIDER_NOT_IDENTIFIED = "provider_not_identified"
    PROVIDER_NOT_ACTIVE = "provider_not_active"
    PROVIDER_KIND_NOT_RECOGNISED = "provider_kind_not_recognised"
    BEFORE_AGREEMENT = "before_agreement"
    RECEIPT_MISSING = "receipt_missing"
    PRESCRIPTION_MISSING = "prescription_missing"
    REFERRAL_MISSING = "referral_missing"
    ANSWER_MISSING = "answer_missing"
    DESCRIPTION_TO_READ = "description_to_read"
    DRUG_NOT_EXPECTED = "drug_not_expected"
    TOOTH_MISSING = "tooth_missing"
    TOOTH_NOT_EXPECTED = "tooth_not_expected"
    TOOTH_UNKNOWN = "tooth_unknown"
    TOOTH_IS_AN_AREA = "tooth_is_an_area"
    SURFACES_MISSING = "surfaces_missing"
    SURFACES_NOT_EXPECTED = "surfaces_not_expected"
    SURFACES_NOT_VALID = "surfaces_not_valid"
    SURFACE_NOT_ON_TOOTH = "surface_not_on_tooth"
    SURFACES_OTHER_NUMBER = "surfaces_other_number"
    LAB_FEE_NOT_EXPECTED = "lab_fee_not_expected"
    WORK_ACCIDENT = "work_accident"
    OTHER_INSURER = "other_insurer"
    PREDETERMINATION_NEEDED = "predetermination_needed"
    PREDETERMINATION_EXPIRED = "predetermination_expired"
    DRUG_NOT_STATED = "drug_not_stated"
    DIN_UNKNOWN = "din_unknown"
    DRUG_NOT_ON_FORMULARY = "drug_not_on_formulary"
    PRIOR_AUTHORIZATION_NEEDED = "prior_authorization_needed"
    REFILL_TOO_SOON = "refill_too_soon"
    ABOVE_LOWEST_COST = "above_lowest_cost"
    SUPPLY_LIMITED = "supply_limited"
    FEE_ABOVE_CAP = "fee_above_cap"
    ABOVE_CUSTOMARY_CHARGE = "above_customary_charge"
    ALTERNATE_BENEFIT = "alternate_benefit"
    LABORATORY_FEE_LIMITED = "laboratory_fee_limited"
    ABOVE_VISIT_CAP = "above_visit_cap"
    VISIT_CAP_REACHED = "visit_cap_reached"
    LIMITED_BY_REVIEW = "limited_by_review"
    TOO_SOON = "too_soon"
    VISITS_REACHED = "visits_reached"
    UNITS_LIMITED = "units_limited"
    UNITS_REACHED = "units_reached"
    DEDUCTIBLE_APPLIED = "deductible_applied"
    SERVICE_MAXIMUM_LIMITED = "service_maximum_limited"
    SERVICE_MAXIMUM_REACHED = "service_maximum_reached"
    ANNUAL_MAXIMUM_LIMITED = "annual_maximum_limited"
    ANNUAL_MAXIMUM_REACHED = "annual_maximum_reached"
    FAMILY_MAXIMUM_LIMITED = "family_maximum_limited"
    FAMILY_MAXIMUM_REACHED = "family_maximum_reached"
    COMBINED_MAXIMUM_LIMITED = "combined_maximum_limited"
    COMBINED_MAXIMUM_REACHED = "combined_maximum_reached"
    SEVERAL_YEARS_MAXIMUM_LIMITED = "several_years_maximum_limited"
    SEVERAL_YEARS_MAXIMUM_REACHED = "several_years_maximum_reached"
    LIFETIME_MAXIMUM_LIMITED = "lifetime_maximum_limited"
    LIFETIME_MAXIMUM_REACHED = "lifetime_maximum_reached"
    OTHER_INSURER_STATEMENT_MISSING = "other_insurer_statement_missing"
    PAID_BY_OTHER_INSURER = "paid_by_other_insurer"
    REVIEW_DOCUMENT_ASKED = "review_document_asked"
    REVIEW_DENIED_NOT_NECESSARY = "review_denied_not_necessary"
    REVIEW_DENIED_NOT_PROVEN = "review_denied_not_proven"
    REVIEW_DENIED_DOCUMENT_UNUSABLE = "review_denied_document_unusable"
    REVIEW_DENIED_WORK_ACCIDENT = "review_denied_work_accident"
    REVIEW_DENIED_OTHER_INSURER = "review_denied_other_insurer"
    REVIEW_DENIED_NOT_CONFIRMED = "review_denied_not_confirmed"
    REVIEW_DENIED_NOT_INSURED = "review_denied_not_insured"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a person reads: the reason in plain words, and what to do next."""

    code: ReasonCode
    words: Bilingual
    next_step: Bilingual


def reasons_from_document(document: object) -> Mapping[ReasonCode, Reason]:
    """The reasons of ``{"reasons": [{code, words, next_step}]}``; each code of ``ReasonCode`` exactly once."""
    root = DocumentReader(document)
    reasons: dict[ReasonCode, Reason] = {}
    for entry in root.children("reasons"):
        code = entry.member("code", ReasonCode)
        if code in reasons:
            entry.report("code", f"{code.value!r} stands here twice")
        reasons[code] = Reason(code, read_bilingual(entry, "words"), read_bilingual(entry, "next_step"))
        entry.close()
    for missing in [code for code in ReasonCode if code not in reasons]:
        root.report("reasons", f"{missing.value!r} is missing")
    root.close()
    root.raise_if_invalid("reasons")
    return reasons

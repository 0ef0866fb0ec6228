"""Drugs: is this one paid, and how much of it is allowed? (CLM-8, COV-2; domain.md §6.4)

A line of a benefit that has a formulary; of every other line it is only asked whether a drug belongs to it.
"""

from datetime import date, timedelta
from typing import Final

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, day_figure, denied, passed, pended, reduced
from services.claims.domain.catalogue import Ask
from services.claims.domain.facts import DocumentKind, DrugSupply
from services.claims.domain.plan import drug_count
from services.claims.domain.reasons import ReasonCode
from shared.money import BASIS_POINTS

NO_SUBSTITUTION: Final = "no_substitution"
"""Question id: the prescriber wrote that the brand must not be replaced."""
_UNITS_E3: Final = 1_000
_E4: Final = 10_000


def supply_stated(work: LineWork) -> Finding:
    """Without DIN, quantity, days, cost and fee there is nothing to decide on (CLM-5).

    A drug on a service that is none is refused: the service could be claimed once more with every DIN.
    """
    asked = work.terms.benefit.formulary is not None or Ask.DRUG in work.terms.asks
    if work.line.drug is None:
        return pended(ReasonCode.DRUG_NOT_STATED) if asked else PASSED
    return PASSED if asked else denied(ReasonCode.DRUG_NOT_EXPECTED)


def din_known(work: LineWork) -> Finding:
    """Looks the drug up for the rules after it."""
    formulary, supply = work.terms.benefit.formulary, work.line.drug
    if formulary is None or supply is None:
        return PASSED
    drug = work.claim.around.drugs.get(supply.din)
    if drug is None:
        return denied(ReasonCode.DIN_UNKNOWN)
    work.drug, work.drug_terms = drug, formulary.terms_of(drug)
    return PASSED


def on_formulary(work: LineWork) -> Finding:
    """The tier of the drug says its share; a drug without a tier is not paid."""
    terms = work.drug_terms
    if terms is None:
        return PASSED
    if terms.tier is None:
        return denied(ReasonCode.DRUG_NOT_ON_FORMULARY)
    work.share_bp, work.copay_cents = terms.tier.share_bp, terms.tier.copay_cents
    return passed(("tier", terms.tier.number), ("coinsurance_bp", terms.tier.share_bp))


def prior_authorization(work: LineWork) -> Finding:
    """An estimate of ours for the same person and drug is the authorization; else a reviewer gives it."""
    terms = work.drug_terms
    if terms is None or not terms.prior_authorization or _authorized(work):
        return PASSED
    return pended(ReasonCode.PRIOR_AUTHORIZATION_NEEDED)


def prescription_present(work: LineWork) -> Finding:
    """Some schedules are paid only with the prescription itself, not with the pharmacy's receipt alone."""
    formulary, drug = work.terms.benefit.formulary, work.drug
    if formulary is None or drug is None or not drug.schedules & formulary.prescription_for:
        return PASSED
    present = DocumentKind.PRESCRIPTION in work.claim.facts.documents
    return PASSED if present else pended(ReasonCode.PRESCRIPTION_MISSING)


def refill_due(work: LineWork) -> Finding:
    """A supply of the same drug must have been used up to a share before, and this one before a later one."""
    formulary, supply = work.terms.benefit.formulary, work.line.drug
    if formulary is None or supply is None or formulary.refill_after_bp is None:
        return PASSED
    day, name = work.line.service_date, drug_count(supply.din)
    for accumulators in work.claim.accumulators_by_year.values():
        use = accumulators.service_use(work.claim.facts.person_id, name)
        for (other, _), visit in use.by_day.items() if use else ():
            if other == day:
                continue
            first, days = (other, visit.units) if other < day else (day, supply.days_supplied)
            due = _due(first, days, formulary.refill_after_bp)
            if max(other, day) < due:
                figures = ("days_supplied", days), day_figure("last_date", other), day_figure("due_date", due)
                return denied(ReasonCode.REFILL_TOO_SOON, *figures)
    return passed(("refill_after_bp", formulary.refill_after_bp))


def ingredient_cost(work: LineWork) -> Finding:
    """The lowest price of interchangeable products, unless the prescriber forbade to replace the brand."""
    formulary, drug, supply = work.terms.benefit.formulary, work.drug, work.line.drug
    if formulary is None or drug is None or supply is None:
        return PASSED
    work.ingredient_cents = supply.ingredient_cents
    price_e4 = formulary.unit_price_e4(drug)
    if price_e4 is None or work.line.answers.get(NO_SUBSTITUTION) == "yes":
        return passed(("ingredient_cents", work.ingredient_cents))
    lowest = price_e4 * supply.quantity_e3 // (_UNITS_E3 * _E4)
    work.ingredient_cents = min(supply.ingredient_cents, lowest)
    figures = (
        ("submitted_cents", supply.ingredient_cents),
        ("unit_price_e4", price_e4),
        ("quantity_e3", supply.quantity_e3),
        ("ingredient_cents", work.ingredient_cents),
    )
    if work.ingredient_cents < supply.ingredient_cents:
        return reduced(ReasonCode.ABOVE_LOWEST_COST, *figures)
    return passed(*figures)


def days_supply(work: LineWork) -> Finding:
    """Of a supply for more days than one dispensing may last, the share of the allowed days, cut to the cent."""
    formulary, terms, supply = work.terms.benefit.formulary, work.drug_terms, work.line.drug
    if formulary is None or terms is None or supply is None:
        return PASSED
    limit = formulary.days_supply_limit(terms)
    if limit is None or supply.days_supplied <= limit:
        return PASSED
    work.ingredient_cents = work.ingredient_cents * limit // supply.days_supplied
    return reduced(
        ReasonCode.SUPPLY_LIMITED,
        ("days_supplied", supply.days_supplied),
        ("max_days", limit),
        ("ingredient_cents", work.ingredient_cents),
    )


def dispensing_fee(work: LineWork) -> Finding:
    """The fee up to its cap; then ingredient and fee together are what is allowed."""
    formulary, supply = work.terms.benefit.formulary, work.line.drug
    if formulary is None or supply is None or work.drug is None:
        return PASSED
    fee = _capped_fee(supply, formulary.fee_cap_cents)
    allowed = min(work.allowed_cents, work.ingredient_cents + fee)
    work.allowed_cents = work.eligible_cents = allowed
    figures = ("fee_cents", supply.fee_cents), ("allowed_fee_cents", fee), ("allowed_cents", allowed)
    return reduced(ReasonCode.FEE_ABOVE_CAP, *figures) if fee < supply.fee_cents else passed(*figures)


def copay(work: LineWork) -> Finding:
    """What the person pays for each dispensing, taken from the plan's share."""
    if not work.copay_cents:
        return PASSED
    before = work.share_e4
    work.share_e4 = max(0, before - work.copay_cents * BASIS_POINTS)
    return passed(("copay_cents", work.copay_cents), ("share_e4", work.share_e4))


def _authorized(work: LineWork) -> bool:
    facts, drug = work.claim.facts, work.drug
    estimate = work.claim.around.estimates.get(facts.predetermination)
    if estimate is None or drug is None or estimate.person_id != facts.person_id:
        return False
    return drug_count(drug.din) in estimate.codes and work.line.service_date <= estimate.valid_through


def _capped_fee(supply: DrugSupply, cap: int | None) -> int:
    return supply.fee_cents if cap is None else min(supply.fee_cents, cap)


def _due(first: date, days: int, share_bp: int) -> date:
    """The first day on which the share of the supply has been used; a part of a day counts as a day."""
    return first + timedelta(days=-(-days * share_bp // BASIS_POINTS))

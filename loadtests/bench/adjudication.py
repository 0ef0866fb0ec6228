"""Adjudication alone, on one core: claims of every kind by the shipped plans, on facts that are at hand."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle, islice
from statistics import median
from typing import Any, Final

from loadtests.bench.cores import one_core
from services.claims.data import load_catalogue, load_plans
from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import Outcome, adjudicate, benefit_years
from services.claims.domain.circumstances import Circumstances, DrugFacts, HeldAs, Holding, OtherCoverage
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimFacts, ClaimLine, DocumentKind, DrugSupply, Provider
from services.claims.domain.plan import Plan

TODAY: Final = date(2026, 11, 2)
CASES: Final = 400
SECONDS: Final = 1.0
ROUNDS: Final = 5
_PHARMACY: Final = Provider("Pharmacie du Port", "418 555-0134")
_CLINIC: Final = Provider("Clinique du Parc", "418 555-0101")
_DRUGS: Final = {
    "02242903": DrugFacts("02242903", "ENBREL", ("L04AB01",), frozenset({"prescription", "schedule_d"}), "g-1"),
    "02213192": DrugFacts("02213192", "METFORMIN", ("A10BA02",), frozenset({"prescription"}), "g-2"),
    "02240606": DrugFacts("02240606", "TYLENOL", ("N02BE01",), frozenset({"non_prescription"}), "g-3"),
    "02229515": DrugFacts("02229515", "AMOXICILLIN", ("J01CA04",), frozenset({"prescription"}), "g-4"),
}
_SPOUSES: Final = OtherCoverage(
    "other-1",
    "Autre assureur",
    frozenset({"spouse", "child"}),
    Holding(HeldAs.DEPENDANT, birthday=(3, 4), first_name="Alex"),
    Holding(HeldAs.MEMBER_FULL_TIME, since=date(2018, 1, 1), birthday=(9, 12), first_name="Sam"),
    date(2018, 1, 1),
)
_PERSONS: Final = (
    CoveredPerson("self", Relationship.SELF, date(1980, 3, 4), date(2015, 1, 1)),
    CoveredPerson("spouse", Relationship.SPOUSE, date(1981, 9, 12), date(2015, 1, 1)),
    CoveredPerson("child", Relationship.CHILD, date(2014, 6, 1), date(2015, 1, 1)),
)


@dataclass(frozen=True, slots=True)
class Case:
    """The arguments of one adjudication."""

    claim: ClaimFacts
    plan: Plan
    around: Circumstances


@dataclass(frozen=True, slots=True)
class Rates:
    """Per second."""

    claims: float
    lines: float


def measure() -> Rates:
    """The median of several rounds over the same mixed claims."""
    prepared = cases()
    with one_core():
        _rate(prepared)
        rates = [_rate(prepared) for _ in range(ROUNDS)]
    claims = median(rates)
    return Rates(claims, claims * sum(len(case.claim.lines) for case in prepared) / len(prepared))


def _rate(prepared: list[Case]) -> float:
    done, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < SECONDS:
        for case in prepared:
            adjudicate(case.claim, case.plan, case.around)
        done += len(prepared)
    return done / seconds


def cases(count: int = CASES) -> list[Case]:
    """Claims of families under each plan, one after the other, each on what the ones before it used.

    Raises:
        RuntimeError: they do not show every outcome, so that they would measure less than they say.
    """
    plans = tuple(load_plans(load_catalogue()).values())
    used: dict[tuple[str, str, int], Accumulators] = {}
    made, outcomes = list[Case](), set[Outcome]()
    for number, (claim_type, lines) in enumerate(islice(cycle(_lines_of_kinds()), count)):
        plan, family = plans[number % len(plans)], f"family-{number // 20}"
        case = _case(number, claim_type, lines, plan=plan, family=family, used=used)
        decision = adjudicate(case.claim, case.plan, case.around)
        for year in {year for delta in decision.deltas for year in delta.years}:
            before = used.get((family, plan.code, year)) or Accumulators("900100", family, year)
            used[family, plan.code, year] = before.with_deltas(decision.deltas)
        outcomes |= {line.outcome for line in decision.lines}
        made.append(case)
    if outcomes != set(Outcome):
        raise RuntimeError(f"only {sorted(outcomes)} among the claims to adjudicate")
    return made


def _case(
    number: int,
    claim_type: str,
    lines: tuple[ClaimLine, ...],
    *,
    plan: Plan,
    family: str,
    used: dict[tuple[str, str, int], Accumulators],
) -> Case:
    person = _PERSONS[number % len(_PERSONS)].person_id
    drugs = {line.drug.din: _DRUGS[line.drug.din] for line in lines if line.drug and line.drug.din in _DRUGS}
    earlier = timedelta(days=number * 7 % 300)
    claim = ClaimFacts(
        claim_id=f"claim-{number}",
        person_id=person,
        provider=_PHARMACY if drugs else _CLINIC,
        claim_type=claim_type,
        lines=tuple(_on(line, TODAY - earlier) for line in lines),
        received_on=TODAY,
        documents=frozenset({DocumentKind.RECEIPT, DocumentKind.PRESCRIPTION}) if drugs else frozenset(),
    )
    years = benefit_years(claim, plan)
    around = Circumstances(
        today=TODAY,
        coverage=Coverage("900100", family, plan.code, "QC", _PERSONS),
        accumulators={year: used[family, plan.code, year] for year in years if (family, plan.code, year) in used},
        drugs=drugs,
        other_coverages=(_SPOUSES,),
    )
    return Case(claim, plan, around)


def _on(line: ClaimLine, day: date) -> ClaimLine:
    return replace(line, service_date=day)


def _lines_of_kinds() -> Iterator[tuple[str, tuple[ClaimLine, ...]]]:
    """Dental visits of several lines, paramedical treatments, drugs; what the spouse's plan paid is stated for some."""
    yield "dental_exam", (_line("DX-RCL", 4_800), _line("DR-BTW", 2_900), _line("DS-SCL", 6_500, units=3))
    yield "physiotherapy", (_treatment("PH-TRT", 9_500),)
    yield "prescription_drug", (_drug("02213192", 4_200), _drug("02229515", 2_300))
    yield "dental_filling", (_line("DB-CMP", 21_000, tooth="16", surfaces="MOD"),)
    yield "massage_therapy", (_treatment("", 11_000),)
    yield "physiotherapy", (_treatment("PH-EVA", 12_000, others_paid_cents=6_000),)
    yield "prescription_drug", (_drug("02242903", 180_000),)
    yield "psychology", (_line("PS-SES", 17_500, others_paid_cents=4_000),)
    yield "prescription_drug", (_drug("02240606", 1_500),)
    yield "chiropractic", (_treatment("CH-TRT", 7_000), _treatment("CH-TRT", 7_000))
    yield "naturopathy", (_treatment("NA-CON", 8_000),)
    yield "osteopathy", (_treatment("OS-TRT", 9_000, others_paid_cents=3_000),)


def _line(code: str, cents: int, **more: Any) -> ClaimLine:
    return ClaimLine(code=code, service_date=TODAY, submitted_cents=cents, **{"units": 1, **more})


def _treatment(code: str, cents: int, **more: Any) -> ClaimLine:
    return _line(code, cents, answers={"work_accident": "no"}, **more)


def _drug(din: str, ingredient_cents: int) -> ClaimLine:
    fee = 1_100
    supply = DrugSupply(din, quantity_e3=30_000, days_supplied=30, ingredient_cents=ingredient_cents, fee_cents=fee)
    return _line("", ingredient_cents + fee, drug=supply)

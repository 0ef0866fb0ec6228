"""Who is covered, what is a duplicate, and what is refused or waits before any amount is worked out (CLM-8, CLM-9)."""

from datetime import date

import pytest

from services.claims.domain.adjudication import DOSSIER_KNOWN, PIPELINE, Decision, Outcome, adjudicate
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.coverage import Relationship
from services.claims.domain.facts import DocumentKind, DrugSupply, Provider
from services.claims.domain.plan_loading import plan_from_document
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import (
    CHILD,
    SELF,
    SERVICE_DATE,
    STUDENT,
    TODAY,
    JsonObject,
    accumulators,
    all_documents,
    both,
    catalogue,
    claim_facts,
    coverage,
    decide,
    deductible_met,
    line,
    named,
    person,
    plan,
    plan_document,
    vision,
)

pytestmark = pytest.mark.req("CLM-8", "CLM-9")

PILLS = DrugSupply("02242903", quantity_e3=30_000, days_supplied=30, ingredient_cents=8_000, fee_cents=1_000)


def only_reason(decision: Decision, outcome: Outcome) -> ReasonCode:
    """The one reason of the one line, after checking that the line is worth nothing."""
    (decided,) = decision.lines
    assert decided.outcome is outcome
    assert (decided.benefit_cents, decided.allowed_cents, decided.delta) == (0, 0, None)
    (reason,) = decided.reason_codes
    return reason


def test_a_claim_of_an_unknown_dossier_waits_instead_of_being_refused():
    decision = adjudicate(claim_facts(), plan(), Circumstances(today=TODAY, coverage=None))

    assert only_reason(decision, Outcome.PENDED) is ReasonCode.DOSSIER_NOT_FOUND
    assert [step.rule_id for step in decision.lines[0].trace] == [DOSSIER_KNOWN]


def test_a_claim_of_an_unknown_plan_waits_instead_of_being_refused():
    decision = adjudicate(claim_facts(), None, Circumstances(today=TODAY, coverage=coverage()))

    assert only_reason(decision, Outcome.PENDED) is ReasonCode.DOSSIER_NOT_FOUND


def test_a_person_outside_the_dossier_is_denied():
    decision = decide(claim_facts(person_id="stranger"))

    assert only_reason(decision, Outcome.DENIED) is ReasonCode.PERSON_NOT_IN_DOSSIER


@pytest.mark.parametrize("day", [date(2026, 1, 10), date(2026, 5, 31)])
def test_the_first_and_the_last_day_of_coverage_are_covered(day: date):
    covered = person(effective_from=date(2026, 1, 10), effective_to=date(2026, 5, 31))

    decision = decide(claim_facts(line(service_date=day)), by=coverage(persons=(covered,)))

    assert decision.outcome is not Outcome.DENIED


@pytest.mark.parametrize("day", [date(2026, 1, 9), date(2026, 6, 1)])
def test_the_days_around_the_coverage_are_not(day: date):
    covered = person(effective_from=date(2026, 1, 10), effective_to=date(2026, 5, 31))

    decision = decide(claim_facts(line(service_date=day)), by=coverage(persons=(covered,)))

    assert only_reason(decision, Outcome.DENIED) is ReasonCode.NOT_COVERED_ON_DATE


@pytest.mark.parametrize(
    ("birth_date", "occupation", "outcome"),
    [
        (date(2005, 5, 5), "none", Outcome.REDUCED),  # turns 21 on the day after the service
        (date(2005, 5, 4), "none", Outcome.DENIED),  # turns 21 on the day of the service
        (date(2001, 5, 5), "student", Outcome.REDUCED),
        (date(2001, 5, 4), "student", Outcome.DENIED),
    ],
)
def test_a_child_is_covered_until_the_birthday_of_the_limit(birth_date: date, occupation: str, outcome: Outcome):
    child = person(CHILD, relationship=Relationship.CHILD, birth_date=birth_date, student=occupation == "student")

    decided = decide(claim_facts(person_id=CHILD), by=coverage(persons=(child,))).lines[0]

    assert decided.outcome is outcome
    assert (ReasonCode.DEPENDANT_OVER_AGE in decided.reason_codes) is (outcome is Outcome.DENIED)


def test_a_student_over_the_ordinary_limit_is_covered():
    assert decide(claim_facts(person_id=STUDENT)).outcome is not Outcome.DENIED


def test_a_service_of_another_claim_is_denied_as_duplicate():
    facts = claim_facts()

    decision = decide(facts, seen=frozenset(facts.fingerprints()))

    assert only_reason(decision, Outcome.DENIED) is ReasonCode.ALREADY_CLAIMED


def test_the_same_service_twice_in_a_claim_is_paid_once():
    decision = decide(claim_facts(line(), line()), used=deductible_met())

    assert [each.outcome for each in decision.lines] == [Outcome.APPROVED, Outcome.DENIED]
    assert decision.lines[1].reason_codes == (ReasonCode.REPEATED_IN_CLAIM,)
    assert dict(decision.lines[1].trace[-1].figures) == {"earlier_line": 1}
    assert decision.fingerprints == (decision.lines[0].fingerprint,)


def test_a_line_after_a_denied_twin_is_judged_on_its_own():
    decision = decide(claim_facts(line(submitted_cents=0), line()), used=deductible_met())

    assert [each.outcome for each in decision.lines] == [Outcome.DENIED, Outcome.APPROVED]


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (line("NO-SUCH"), ReasonCode.SERVICE_UNKNOWN),
        (line("flight"), ReasonCode.BENEFIT_NOT_COVERED),
        (line(units=0), ReasonCode.FIGURES_NOT_VALID),
        (line(submitted_cents=0), ReasonCode.FIGURES_NOT_VALID),
        (line(submitted_cents=-500), ReasonCode.FIGURES_NOT_VALID),
        (line(service_date=date(2026, 6, 16)), ReasonCode.SERVICE_IN_FUTURE),
        (line(service_date=date(2025, 6, 14)), ReasonCode.CLAIM_TOO_LATE),
        (line("fluoride"), ReasonCode.AGE_OUTSIDE_LIMITS),
    ],
)
def test_a_line_that_fails_a_check_is_denied(claimed, reason: ReasonCode):
    assert only_reason(decide(claim_facts(claimed)), Outcome.DENIED) is reason


def test_the_last_day_of_the_claim_deadline_is_in_time():
    assert decide(claim_facts(line(service_date=date(2025, 6, 15)))).outcome is not Outcome.DENIED


def test_a_claim_decided_again_later_does_not_become_late():
    facts = claim_facts(line(service_date=date(2025, 6, 15)))

    assert decide(facts, today=date(2026, 12, 1)).lines == decide(facts).lines


def test_a_service_for_children_is_covered_for_a_child():
    decision = decide(claim_facts(line("fluoride", 3000), person_id=CHILD))

    assert decision.totals.benefit_cents == 2400


@pytest.mark.parametrize("birth_date", [date(2023, 5, 4), date(2007, 5, 5)])
def test_both_ages_of_a_limit_are_covered(birth_date: date):
    child = person(CHILD, relationship=Relationship.CHILD, birth_date=birth_date)
    assert child.age_on(SERVICE_DATE) in {3, 18}

    decision = decide(claim_facts(line("fluoride"), person_id=CHILD), by=coverage(persons=(child,)))

    assert decision.outcome is Outcome.APPROVED


def test_a_service_of_today_is_not_in_the_future():
    assert decide(claim_facts(line(service_date=TODAY))).outcome is not Outcome.DENIED


def test_a_service_for_children_is_denied_below_its_first_age():
    toddler = person(CHILD, relationship=Relationship.CHILD, birth_date=date(2024, 1, 1))

    decision = decide(claim_facts(line("fluoride"), person_id=CHILD), by=coverage(persons=(toddler,)))

    assert only_reason(decision, Outcome.DENIED) is ReasonCode.AGE_OUTSIDE_LIMITS


@pytest.mark.parametrize(
    ("since", "outcome"), [(date(2026, 2, 3), Outcome.APPROVED), (date(2026, 2, 4), Outcome.DENIED)]
)
def test_a_benefit_opens_after_its_waiting_days(since: date, outcome: Outcome):
    assert (SERVICE_DATE - date(2026, 2, 3)).days == 90

    decision = decide(claim_facts(line("eye_exam")), by=coverage(persons=(person(effective_from=since),)))

    assert decision.outcome is outcome


def test_a_claim_without_a_provider_waits():
    assert only_reason(decide(claim_facts(provider=Provider())), Outcome.PENDED) is ReasonCode.PROVIDER_NOT_IDENTIFIED


@pytest.mark.parametrize(
    ("joined", "reason"),
    [
        (frozenset[DocumentKind](), ReasonCode.RECEIPT_MISSING),
        (frozenset({DocumentKind.RECEIPT}), ReasonCode.PRESCRIPTION_MISSING),
    ],
)
def test_a_missing_document_makes_the_line_wait(joined: frozenset[DocumentKind], reason: ReasonCode):
    decision = decide(claim_facts(line("glasses", 20_000), documents=joined))

    assert only_reason(decision, Outcome.PENDED) is reason


def test_a_waiting_line_shows_what_it_would_have_paid():
    decided = decide(claim_facts(line("glasses", 20_000))).lines[0]

    assert decided.trace[-1].rule_id == "benefit.rounded"
    assert dict(decided.trace[-1].figures)["benefit_cents"] == 20_000


def test_the_documents_asked_for_let_the_line_be_paid():
    decision = decide(claim_facts(line("glasses", 20_000), documents=all_documents()))

    assert decision.totals.benefit_cents == 20_000


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, ReasonCode.ANSWER_MISSING),
        ({"accident": " "}, ReasonCode.ANSWER_MISSING),
        ({"accident": "yes"}, ReasonCode.WORK_ACCIDENT),
    ],
)
def test_an_answer_that_is_missing_or_needs_a_look_makes_the_line_wait(answers: dict[str, str], reason: ReasonCode):
    assert only_reason(decide(claim_facts(line("crutches", answers=answers))), Outcome.PENDED) is reason


def test_a_refusal_weighs_more_than_a_missing_document():
    spent = accumulators(paid={(SELF, "vision"): 20_000})

    decision = decide(claim_facts(line("glasses")), used=spent)

    assert only_reason(decision, Outcome.DENIED) is ReasonCode.ANNUAL_MAXIMUM_REACHED
    assert ReasonCode.RECEIPT_MISSING in {step.reason_code for step in decision.lines[0].trace}


def test_what_was_denied_may_be_claimed_again_and_what_waits_may_not():
    decision = decide(claim_facts(line("NO-SUCH"), line("glasses")))

    assert decision.fingerprints == (decision.lines[1].fingerprint,)


def test_a_claim_waits_while_one_of_its_lines_waits_and_pays_the_others():
    decision = decide(claim_facts(line("PH-TRT"), line("glasses")), used=deductible_met())

    assert decision.outcome is Outcome.PENDED
    assert decision.totals.benefit_cents == 7200
    assert len(decision.deltas) == 1


def test_a_line_without_a_code_is_a_service_of_the_claim_type():
    decision = decide(claim_facts(line(""), claim_type="eye_exam"))

    assert (decision.lines[0].code, decision.outcome) == ("eye_exam", Outcome.APPROVED)


def test_a_benefit_year_may_begin_in_another_month():
    july = plan(**plan_document(year_starts_month=7))

    decision = decide(under=july)

    assert [delta.year for delta in decision.deltas] == [2025]


def test_the_rules_stand_in_the_order_of_calculation():
    families = list(dict.fromkeys(rule.id.split(".")[0] for rule in PIPELINE))

    assert families == [
        "claim",
        "review",
        "eligibility",
        "duplicate",
        "checks",
        "drug",
        "allowed",
        "frequency",
        "deductible",
        "coinsurance",
        "maximum",
        "coordination",
        "benefit",
    ]


@pytest.mark.parametrize(
    ("code", "drug", "outcome", "reason"),
    [
        ("pills", None, Outcome.PENDED, ReasonCode.DRUG_NOT_STATED),
        ("eye_exam", PILLS, Outcome.DENIED, ReasonCode.DRUG_NOT_EXPECTED),
        ("pills", PILLS, Outcome.APPROVED, None),
    ],
)
def test_a_drug_is_described_and_nothing_else_is(
    code: str, drug: DrugSupply | None, outcome: Outcome, reason: ReasonCode | None
):
    pills: JsonObject = {"code": "pills", "benefit": "vision", "category": "care", "names": both("x"), "asks": ["drug"]}
    eyes: JsonObject = {"code": "eye_exam", "benefit": "vision", "category": "care", "names": both("y")}
    known = catalogue(benefits=[named("vision")], claim_types=[pills, eyes])
    document = plan_document(benefits=[vision()], deductible_groups=[], combined_maxima=[])

    decision = decide(claim_facts(line(code, drug=drug)), under=plan_from_document(document, known))

    assert (decision.outcome, decision.lines[0].reason_codes) == (outcome, (reason,) if reason else ())


def test_every_rule_that_was_asked_stands_in_the_trace():
    decided = decide(used=deductible_met()).lines[0]

    assert [step.rule_id for step in decided.trace] == [rule.id for rule in PIPELINE]

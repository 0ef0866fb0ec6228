"""Who pays first: each rule of the CLHIA order, and each tie (CLM-8; domain.md §6.4)."""

from datetime import date

import pytest

from services.claims.domain.circumstances import Custody, HeldAs, Holding, OtherCoverage
from tests.support.claims_builders import CHILD, SELF, claim_facts, decide, line
from tests.support.claims_rules_plan import rules_plan

pytestmark = pytest.mark.req("CLM-8")

FULL, PART, RETIRED, DEPENDANT = (
    HeldAs.MEMBER_FULL_TIME, HeldAs.MEMBER_PART_TIME, HeldAs.MEMBER_RETIRED, HeldAs.DEPENDANT,
)  # fmt: skip
OLD, NEW = date(2010, 1, 1), date(2020, 1, 1)


def member(held_as: HeldAs, since: date | None = None) -> Holding:
    return Holding(held_as, since=since)


def child(
    birthday: tuple[int, int] | None = None, first_name: str = "", custody: Custody = Custody.TOGETHER
) -> Holding:
    return Holding(DEPENDANT, birthday=birthday, first_name=first_name, custody=custody)


def insurers_before(ours: Holding, theirs: Holding, *, person_id: str = CHILD) -> int:
    other = OtherCoverage("o-1", "Other", frozenset({person_id}), ours, theirs, effective_from=date(2015, 1, 1))
    facts = claim_facts(line("PH-TRT", 10_000, others_paid_cents=0), person_id=person_id)
    trace = decide(facts, under=rules_plan(), other_coverages=(other,)).lines[0].trace
    return next(dict(step.figures)["insurers_before"] for step in trace if step.rule_id.endswith("others_statement"))


IN_ORDER = [
    ("the member's plan before the one that covers a dependant", member(FULL), child()),
    ("even the plan of a retired member", member(RETIRED, NEW), child()),
    ("full-time before part-time", member(FULL, NEW), member(PART, OLD)),
    ("part-time before retired", member(PART, NEW), member(RETIRED, OLD)),
    ("full-time before retired", member(FULL, NEW), member(RETIRED, OLD)),
    ("of two alike, the one longest in effect", member(PART, OLD), member(PART, NEW)),
    ("the earlier birthday in the year, whatever the year", child((1, 31)), child((2, 1))),
    ("the earlier day of the month", child((5, 4)), child((5, 5))),
    ("on one birthday, the first name that comes first", child((5, 4), "Anne"), child((5, 4), "Marc")),
    ("accents and case make no difference to names", child((5, 4), "élise"), child((5, 4), "Emma")),
    (
        "the parent with sole custody, even with a later birthday",
        child((12, 31), custody=Custody.CUSTODIAL_PARENT),
        child((1, 1), custody=Custody.CUSTODIAL_PARENTS_SPOUSE),
    ),
    (
        "the spouse of that parent before the other parent",
        child((12, 31), custody=Custody.CUSTODIAL_PARENTS_SPOUSE),
        child((1, 1), custody=Custody.OTHER_PARENT),
    ),
    (
        "the other parent before that parent's spouse",
        child((12, 31), custody=Custody.OTHER_PARENT),
        child((1, 1), custody=Custody.OTHER_PARENTS_SPOUSE),
    ),
    (
        "the parent with sole custody before the other's spouse",
        child((12, 31), custody=Custody.CUSTODIAL_PARENT),
        child((1, 1), custody=Custody.OTHER_PARENTS_SPOUSE),
    ),
    (
        "of two parents with joint custody, the earlier birthday",
        child((3, 1), custody=Custody.JOINT_PARENT),
        child((4, 1), custody=Custody.JOINT_PARENT),
    ),
    (
        "with joint custody, a parent before a spouse",
        child((12, 31), custody=Custody.JOINT_PARENT),
        child((1, 1), custody=Custody.JOINT_PARENTS_SPOUSE),
    ),
    (
        "with joint custody, the spouses in the order of the parents",
        child((3, 1), custody=Custody.JOINT_PARENTS_SPOUSE),
        child((4, 1), custody=Custody.JOINT_PARENTS_SPOUSE),
    ),
    ("an adult that is known before one that is not", child((12, 31)), child()),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "first", "second"), IN_ORDER, ids=[each[0] for each in IN_ORDER])
def test_the_order_holds_from_either_side(rule: str, first: Holding, second: Holding):
    if second.birthday is None and second.held_as is first.held_as:
        assert insurers_before(first, second) == 0, rule  # ours is never unknown: the member's own birthday stands in
        return
    assert insurers_before(first, second) == 0, rule
    assert insurers_before(second, first) == 1, rule


def test_the_members_own_birthday_stands_in_for_ours():
    assert insurers_before(child(), child((2, 19))) == 1  # the member was born on 20 February
    assert insurers_before(child(), child((2, 21))) == 0


def test_the_days_of_coverage_stand_in_for_those_since_which_a_plan_is_held():
    assert insurers_before(member(FULL), member(FULL), person_id=SELF) == 1  # theirs since 2015, ours since 2024
    assert insurers_before(member(FULL, date(2014, 12, 31)), member(FULL), person_id=SELF) == 0


@pytest.mark.parametrize(
    "tied", [member(FULL, OLD), child((5, 4), "Anne"), child((5, 4), custody=Custody.OTHER_PARENT)]
)
def test_ours_pays_first_on_a_complete_tie(tied: Holding):
    assert insurers_before(tied, tied) == 0


def test_all_plans_before_ours_are_counted():
    others = tuple(
        OtherCoverage(f"o-{n}", "Other", frozenset({SELF}), member(PART, OLD), theirs, effective_from=OLD)
        for n, theirs in enumerate([member(FULL), member(PART, date(2009, 1, 1)), member(RETIRED), child()])
    )
    facts = claim_facts(line("PH-TRT", 10_000, others_paid_cents=0))
    trace = decide(facts, under=rules_plan(), other_coverages=others).lines[0].trace
    figures = next(dict(step.figures) for step in trace if step.rule_id == "coordination.others_statement")
    assert figures == {"insurers": 4, "insurers_before": 2}

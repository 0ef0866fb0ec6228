"""Coordination of benefits: who pays first, and what is left for us (CLM-8; CLHIA Guideline G4, domain.md §6.4).

The plan that pays first pays as if it were alone. The next one pays the lesser of what it would have paid first, and
what is left of the eligible expense; so that all together never pay more than the expense.
"""

from typing import Final

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, passed, pended, reduced
from services.claims.domain.bilingual import folded
from services.claims.domain.circumstances import Custody, HeldAs, Holding, OtherCoverage
from services.claims.domain.coverage import Relationship
from services.claims.domain.facts import ClaimKind
from services.claims.domain.reasons import ReasonCode
from shared.money import BASIS_POINTS

_BY_MEMBERSHIP: Final = {
    HeldAs.MEMBER_FULL_TIME: 0,
    HeldAs.MEMBER_PART_TIME: 1,
    HeldAs.MEMBER_RETIRED: 2,
    HeldAs.DEPENDANT: 3,
}
_BY_CUSTODY: Final = {
    Custody.TOGETHER: 0,
    Custody.JOINT_PARENT: 0,
    Custody.CUSTODIAL_PARENT: 0,
    Custody.JOINT_PARENTS_SPOUSE: 1,
    Custody.CUSTODIAL_PARENTS_SPOUSE: 1,
    Custody.OTHER_PARENT: 2,
    Custody.OTHER_PARENTS_SPOUSE: 3,
}
_NO_BIRTHDAY: Final = (13, 0)
"""After every day of the year: a plan whose adult is not known comes after one whose adult is."""

Place = tuple[int, int, tuple[int, int], str]
"""Where a plan stands in the order of payment; the least pays first."""


def others_statement(work: LineWork) -> Finding:
    """A claim that another plan pays first waits for what that plan paid; an estimate is one as if we were alone."""
    if not work.claim.around.other_coverages:
        return PASSED
    covering = others_covering(work)
    if not covering:
        return PASSED
    work.insurers_before = before = sum(pays_before_us(other, work) for other in covering)
    figures = ("insurers", len(covering)), ("insurers_before", before)
    if not before or work.line.others_paid_cents is not None or work.claim.facts.kind is ClaimKind.PREDETERMINATION:
        return passed(*figures)
    return pended(ReasonCode.OTHER_INSURER_STATEMENT_MISSING, *figures)


def after_others(work: LineWork) -> Finding:
    """What others paid is left alone when we pay first; it counts when it comes of a plan that nobody declared."""
    paid = work.line.others_paid_cents
    if not paid:
        return PASSED
    if not work.insurers_before and others_covering(work):
        return passed(("others_paid_ignored_cents", paid))
    work.others_paid_cents = paid
    room = max(0, work.eligible_cents - paid)
    before = work.share_e4
    work.share_e4 = min(before, room * BASIS_POINTS)
    figures = (
        ("eligible_cents", work.eligible_cents),
        ("others_paid_cents", paid),
        ("room_cents", room),
        ("alone_e4", before),
        ("share_e4", work.share_e4),
    )
    if work.share_e4 < before:
        return reduced(ReasonCode.PAID_BY_OTHER_INSURER, *figures)
    return passed(*figures)


def others_covering(work: LineWork) -> list[OtherCoverage]:
    """Other insurers' plans that cover the person on the day of the service."""
    person, day = work.claim.facts.person_id, work.line.service_date
    return [other for other in work.claim.around.other_coverages if other.covers(person, day)]


def pays_before_us(other: OtherCoverage, work: LineWork) -> bool:
    """Whether the other plan comes before ours in the order; on a complete tie ours does."""
    member = next((each for each in work.claim.coverage.persons if each.relationship is Relationship.SELF), None)
    birthday = (member.birth_date.month, member.birth_date.day) if member else _NO_BIRTHDAY
    ours = _place(other.ours, birthday=birthday, since=work.claim.person.effective_from.toordinal())
    return _place(other.theirs, birthday=_NO_BIRTHDAY, since=other.effective_from.toordinal()) < ours


def _place(holding: Holding, *, birthday: tuple[int, int], since: int) -> Place:
    """Members before dependants, full-time before part-time before retired, the longer in effect first; of a child,
    by custody, then the earlier birthday in the year, then the first name. ``birthday`` and ``since`` stand in for
    those that the holding does not tell.
    """
    membership = _BY_MEMBERSHIP[holding.held_as]
    if holding.held_as is HeldAs.DEPENDANT:
        return membership, _BY_CUSTODY[holding.custody], holding.birthday or birthday, folded(holding.first_name)
    return membership, holding.since.toordinal() if holding.since else since, _NO_BIRTHDAY, ""

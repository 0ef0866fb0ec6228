"""What a member may declare about another insurer's plan (CLM-8): checks that make the order of payment decidable."""

from services.claims.domain.circumstances import Custody, HeldAs, OtherCoverage
from services.claims.domain.coverage import Coverage, Relationship
from shared.errors import NotFound, Rejected


class OtherCoverageNotValid(Rejected):
    """The declaration contradicts itself or the dossier; ``field`` names where."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__("claims.other_coverage_not_valid", field=field, why=why)


class PersonNotFound(NotFound):
    """Nobody of this dossier (whether the person exists elsewhere is not told)."""

    def __init__(self, person_id: str) -> None:
        super().__init__("claims.person_not_found", person_id=person_id)


class DossierNotKnown(NotFound):
    """Claims has not heard of this dossier."""

    def __init__(self) -> None:
        super().__init__("claims.dossier_not_known")


def require_sound(declared: OtherCoverage, coverage: Coverage) -> None:
    """Refuse what could not be ordered.

    Raises:
        PersonNotFound, OtherCoverageNotValid.
    """
    for person_id in sorted(declared.person_ids):
        person = coverage.person(person_id)
        if person is None:
            raise PersonNotFound(person_id)
        if person.relationship is Relationship.CHILD:
            _require_child_rules(declared)
        elif Custody.TOGETHER not in {declared.ours.custody, declared.theirs.custody}:
            raise OtherCoverageNotValid("theirs.custody", "children_only")
    if declared.effective_to is not None and declared.effective_to < declared.effective_from:
        raise OtherCoverageNotValid("effective_to", "before_effective_from")


def _require_child_rules(declared: OtherCoverage) -> None:
    """For a child of parents who live together, or share custody, the birthdays decide: the other one must be known."""
    theirs = declared.theirs
    if theirs.held_as is not HeldAs.DEPENDANT:
        return
    by_birthday = theirs.custody in {Custody.TOGETHER, Custody.JOINT_PARENT, Custody.JOINT_PARENTS_SPOUSE}
    if by_birthday and theirs.birthday is None:
        raise OtherCoverageNotValid("theirs.birthday", "needed_for_child")
    if (theirs.custody is Custody.TOGETHER) != (declared.ours.custody is Custody.TOGETHER):
        raise OtherCoverageNotValid("ours.custody", "both_or_neither")

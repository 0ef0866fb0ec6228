"""Bringing rows of a roster into dossiers: what changes, what stays, what contradicts the rest of its dossier.

Codes: ``roster.repeated_person``, ``roster.second_member``, ``roster.member_missing``, ``roster.plan_differs``,
``roster.province_differs`` (REG-20).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.identity.domain.csv_rows import LineError
from services.identity.domain.roster import Dossier, DossierNumber, Person, Relationship, in_order
from services.identity.domain.roster_rows import RosterRow


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What became of rows: dossiers to be saved, and counts of rows."""

    changed: tuple[Dossier, ...]
    accepted: int
    unchanged: int
    rejected: tuple[LineError, ...]


def apply_rows(rows: Sequence[RosterRow], existing: Mapping[str, Dossier]) -> LoadOutcome:
    """Merge ``rows`` into the ``existing`` dossiers (by id). Persons that no row mentions stay as they are.

    The member's row decides plan and province; rows of dependants must say the same. The member is known already or
    comes in the same slice, before or after the dependants.
    """
    by_dossier: defaultdict[DossierNumber, list[RosterRow]] = defaultdict(list)
    for row in rows:
        by_dossier[row.number].append(row)
    merges = [_Merge.into(existing.get(number.dossier_id), number) for number in by_dossier]
    for merge in merges:
        for row in sorted(by_dossier[merge.number], key=_member_first):
            merge.take(row)
    return LoadOutcome(
        changed=tuple(merge.result() for merge in merges if merge.accepted),
        accepted=sum(merge.accepted for merge in merges),
        unchanged=sum(merge.unchanged for merge in merges),
        rejected=tuple(error for merge in merges for error in merge.rejected),
    )


def _member_first(row: RosterRow) -> bool:
    return row.person.relationship is not Relationship.SELF


@dataclass(slots=True)
class _Merge:
    """One dossier while rows are merged into it."""

    number: DossierNumber
    version: int
    plan_code: str = ""
    province: str = ""
    persons: dict[str, Person] = field(default_factory=dict)
    seen: dict[str, RosterRow] = field(default_factory=dict)
    accepted: int = 0
    unchanged: int = 0
    rejected: list[LineError] = field(default_factory=list)

    @classmethod
    def into(cls, dossier: Dossier | None, number: DossierNumber) -> "_Merge":
        if dossier is None:
            return cls(number, version=0)
        persons = {person.number: person for person in dossier.persons}
        return cls(number, dossier.version, dossier.plan_code, dossier.province, persons)

    def take(self, row: RosterRow) -> None:
        refusal = self._refusal(row)
        if refusal is not None:
            self.rejected.append(refusal)
            return
        self.seen[row.person.number] = row
        if self._holds(row):
            self.unchanged += 1
            return
        self.accepted += 1
        self.persons[row.person.number] = row.person
        self.plan_code, self.province = row.plan_code, row.province

    def result(self) -> Dossier:
        return Dossier(
            number=self.number,
            plan_code=self.plan_code,
            province=self.province,
            version=self.version + 1,
            persons=in_order(list(self.persons.values())),
        )

    def _holds(self, row: RosterRow) -> bool:
        known = self.persons.get(row.person.number)
        return (known, self.plan_code, self.province) == (row.person, row.plan_code, row.province)

    def _refusal(self, row: RosterRow) -> LineError | None:
        if row.person.number in self.seen and not self._holds(row):
            return LineError(row.line, "person_number", "roster.repeated_person")
        if row.person.relationship is Relationship.SELF:
            return self._refusal_of_member(row)
        return self._refusal_of_dependant(row)

    def _refusal_of_member(self, row: RosterRow) -> LineError | None:
        member = self._member()
        if member is not None and member.number != row.person.number:
            return LineError(row.line, "relationship", "roster.second_member")
        return None

    def _refusal_of_dependant(self, row: RosterRow) -> LineError | None:
        member = self._member()
        if member is None or member.number == row.person.number:
            return LineError(row.line, "relationship", "roster.member_missing")
        if row.plan_code != self.plan_code:
            return LineError(row.line, "plan_code", "roster.plan_differs")
        if row.province != self.province:
            return LineError(row.line, "province", "roster.province_differs")
        return None

    def _member(self) -> Person | None:
        members = (person for person in self.persons.values() if person.relationship is Relationship.SELF)
        return next(members, None)

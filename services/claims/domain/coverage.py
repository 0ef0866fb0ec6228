"""Members as claims sees them: who is covered under a contract and certificate, and from when to when."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Relationship(StrEnum):
    """How a covered person is related to the plan member."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class CoveredPerson:
    """One person of a dossier; covered on both end dates, without end when ``effective_to`` is None."""

    person_id: str
    relationship: Relationship
    birth_date: date
    effective_from: date
    effective_to: date | None = None
    student: bool = False

    def age_on(self, day: date) -> int:
        """Full years; negative before birth."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Coverage:
    """One dossier (contract and certificate) with its plan and the province of residence."""

    contract: str
    certificate: str
    plan_code: str
    province: str
    persons: tuple[CoveredPerson, ...]

    def person(self, person_id: str) -> CoveredPerson | None:
        for person in self.persons:
            if person.person_id == person_id:
                return person
        return None

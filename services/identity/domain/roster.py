"""The roster: dossiers (contract + certificate) and the persons they cover."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import uuid5

from shared.dossiers import NAMESPACE, dossier_id


class Relationship(StrEnum):
    """How a covered person is related to the plan member."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"


_RANK: Final = {relationship: rank for rank, relationship in enumerate(Relationship)}


@dataclass(frozen=True, slots=True)
class DossierNumber:
    """Contract and certificate, in capitals. Ids derive from them, so that every load of a roster finds the same."""

    contract: str
    certificate: str

    @classmethod
    def of(cls, contract: str, certificate: str) -> "DossierNumber":
        """The number as typed by a person or written in a file."""
        return cls(contract.strip().upper(), certificate.strip().upper())

    @property
    def dossier_id(self) -> str:
        return dossier_id(self.contract, self.certificate)

    def person_id(self, person_number: str) -> str:
        """Id of a person of this dossier."""
        return str(uuid5(NAMESPACE, f"{self.contract}|{self.certificate}|{person_number}"))


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a dossier; covered on both end dates, without end when ``effective_to`` is None."""

    number: str
    relationship: Relationship
    first_name: str
    last_name: str
    birth_date: date
    language: str
    student: bool
    effective_from: date
    effective_to: date | None = None

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A contract and certificate with its plan and persons, the member first; ``version`` rises with each change."""

    number: DossierNumber
    plan_code: str
    province: str
    version: int
    persons: tuple[Person, ...]

    @property
    def dossier_id(self) -> str:
        return self.number.dossier_id

    @property
    def member(self) -> Person:
        """The certificate holder; every dossier has exactly one and it comes first."""
        return self.persons[0]

    def person_id(self, person: Person) -> str:
        return self.number.person_id(person.number)


def in_order(persons: list[Person]) -> tuple[Person, ...]:
    """Member, spouse, children; by person number among equals."""
    return tuple(sorted(persons, key=lambda person: (_RANK[person.relationship], person.number)))

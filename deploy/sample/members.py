"""The members of ``roster.csv`` who can register today, with what they have to type."""

import csv
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from deploy.sample.generate import ROSTER

EMAIL_DOMAIN: Final = "example.org"


@dataclass(frozen=True, slots=True)
class SampleMember:
    """A plan member: roster facts, and an address that belongs to nobody."""

    contract_number: str
    certificate_number: str
    birth_date: date
    first_name: str
    last_name: str
    language: str
    plan_code: str

    @property
    def email(self) -> str:
        """Unique by certificate; the domain is reserved for examples (RFC 2606)."""
        return f"{_ascii(self.first_name)}.{_ascii(self.last_name)}.{self.certificate_number}@{EMAIL_DOMAIN}"


def active_members(roster: Path = ROSTER) -> tuple[SampleMember, ...]:
    """Members whose coverage has no end, in the order of the file."""
    with roster.open(encoding="utf-8", newline="") as file:
        return tuple(
            SampleMember(
                contract_number=row["contract_number"],
                certificate_number=row["certificate_number"],
                birth_date=date.fromisoformat(row["birth_date"]),
                first_name=row["first_name"],
                last_name=row["last_name"],
                language=row["language"],
                plan_code=row["plan_code"],
            )
            for row in csv.DictReader(file)
            if row["relationship"] == "self" and not row["effective_to"]
        )


def _ascii(name: str) -> str:
    """Lower-case letters only; letters without an ASCII base are left out."""
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(sign for sign in decomposed if sign.isascii() and sign.isalpha())

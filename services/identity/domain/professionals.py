"""What a professional order says about its members: hygienists prove themselves by it (REG-16, REG-20)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.identity.domain.providers import Kind, ProviderNumber


class Standing(StrEnum):
    """Whether the order lets its member practise."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """Facts of the order, shown read-only: mistakes are put right at the order. Known by ``reference_number``."""

    reference_number: str
    permit_number: str
    first_name: str
    last_name: str
    birth_date: date
    order: str
    standing: Standing = Standing.ACTIVE
    language: str = "fr"
    version: int = 1

    @property
    def entry_id(self) -> str:
        return self.reference_number

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def number(self) -> ProviderNumber:
        """As a provider; its id is the same as in the register of providers."""
        return ProviderNumber(Kind.HYGIENIST, self.reference_number)

    def may_practise(self) -> bool:
        return self.standing is Standing.ACTIVE

    def at(self, version: int) -> "Professional":
        """The same facts as another version."""
        return replace(self, version=version)

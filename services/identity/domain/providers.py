"""Providers of care: their numbers, by kind, and what the register says about them (REG-11, REG-12).

A provider is a dentist, a pharmacy or a professional, never a practice: the office number says where somebody works and
is no part of who they are. Hence one id, one user name and one account per number, whatever the office.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.identity.domain.provider_errors import OfficeNumberInvalidError, ProviderNumberInvalidError

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:acquit:identity:providers")
_SPACE: Final = re.compile(r"\s+")


class Kind(StrEnum):
    """Which form a provider's number has."""

    DENTIST = "dentist"
    PHARMACY = "pharmacy"
    OTHER = "other"
    HYGIENIST = "hygienist"


_FORMS: Final = {
    Kind.DENTIST: re.compile(r"[0-9A-Z]{9}"),
    Kind.PHARMACY: re.compile(r"[A-Z] [0-9]{8}"),
    Kind.OTHER: re.compile(r"[0-9]{9}"),
    Kind.HYGIENIST: re.compile(r"[0-9]{6}"),
}
"""Numbers as Acquit keeps them: capitals, leading zeros, the one space of a pharmacy's. The reference number of a
hygienist is taken as six digits: the public health plan's form for professionals, which the source does not state."""

_USER_NAME_PREFIXES: Final = {Kind.DENTIST: "D", Kind.PHARMACY: "P", Kind.OTHER: "F", Kind.HYGIENIST: "H"}
_WITH_OFFICE: Final = frozenset({Kind.DENTIST, Kind.OTHER})
_OFFICE: Final = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class ProviderNumber:
    """Kind and number in their one form; build it with ``of`` from what was typed or written in a file."""

    kind: Kind
    number: str

    @classmethod
    def of(cls, kind: Kind, text: str) -> "ProviderNumber":
        """The number without the spaces that people type and in capitals. Zeros are never added: what is too short is
        wrong.

        Raises:
            ProviderNumberInvalidError: not the form of its kind.
        """
        number = _SPACE.sub("", text).upper()
        if kind is Kind.PHARMACY:
            number = f"{number[:1]} {number[1:]}"
        if not number.isascii() or _FORMS[kind].fullmatch(number) is None:
            raise ProviderNumberInvalidError(kind.value)
        return cls(kind, number)

    @property
    def provider_id(self) -> str:
        """The same at every load of a register, for every service (payee id, actor)."""
        return str(uuid5(_NAMESPACE, f"{self.kind}|{self.number}"))

    @property
    def user_name(self) -> str:
        """Kind and number, so that no two providers share one; the hyphen keeps it apart from members' user codes,
        which are letters and digits only, and it is no e-mail address.
        """
        return f"{_USER_NAME_PREFIXES[self.kind]}-{self.number.replace(' ', '')}"


def office_number(kind: Kind, text: str | None) -> str | None:
    """The four digits of the issuing office; ``None`` for kinds that have none.

    Raises:
        OfficeNumberInvalidError: missing, not four digits, or given where there is none.
    """
    digits = _SPACE.sub("", text or "")
    if kind not in _WITH_OFFICE:
        if digits:
            raise OfficeNumberInvalidError
        return None
    if not digits.isascii() or _OFFICE.fullmatch(digits) is None:
        raise OfficeNumberInvalidError
    return digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the register says about a provider.

    Attributes:
        offices: Where they work; empty for kinds without offices.
        chain_name: The chain that a pharmacy belongs to; chains do not register (REG-12).
        specialty: Code of a provider kind that an agent loaded, for screens.
        street: With ``city`` and ``postal_code``: the principal place of practice, which is public; "" when unknown.
        version: Raised by every change.
    """

    number: ProviderNumber
    name: str
    practice_name: str
    language: str
    province: str
    offices: tuple[str, ...] = ()
    specialty: str | None = None
    chain: bool = False
    chain_name: str | None = None
    email: str | None = None
    phone: str | None = None
    active: bool = True
    street: str = ""
    city: str = ""
    postal_code: str = ""
    version: int = 1

    @property
    def provider_id(self) -> str:
        return self.number.provider_id

    @property
    def entry_id(self) -> str:
        return self.provider_id

    def works_at(self, office: str | None) -> bool:
        """Whether this office is one of theirs; kinds without offices have ``None``."""
        return office in self.offices if self.offices else office is None

    def at(self, version: int) -> "Provider":
        """The same facts as another version."""
        return replace(self, version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialty:
    """A provider kind as people know it (physiotherapist, orthodontist) and the kind of number that goes with it."""

    code: str
    kind: Kind
    name_fr: str
    name_en: str
    version: int = 1

    @property
    def entry_id(self) -> str:
        return self.code

    def at(self, version: int) -> "Specialty":
        """The same facts as another version."""
        return replace(self, version=version)

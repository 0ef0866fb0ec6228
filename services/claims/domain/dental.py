"""Dental codes: the structure of five-digit procedure codes, FDI tooth codes and surfaces (CLM-8).

The list of procedures belongs to the Canadian Dental Association and is not part of Acquit. What is here is the form
of its codes; an insurer with a licence loads the list itself (``data/README.md``).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_SURFACES: Final = 5
_PROCEDURE: Final = re.compile(r"[0-9]{5}", re.ASCII)
_SURFACES: Final = re.compile(r"[MOIDBLV]+", re.ASCII)
_LAST_FRONT_TOOTH: Final = 3
"""Incisors and canines are the first three of a quadrant; they have an edge (I), the others a chewing surface (O)."""


class ProcedureCategory(StrEnum):
    """By the first digit of a procedure code."""

    DIAGNOSTIC = "0"
    PREVENTIVE = "1"
    RESTORATIVE = "2"
    ENDODONTIC = "3"
    PERIODONTAL = "4"
    REMOVABLE_PROSTHODONTIC = "5"
    FIXED_PROSTHODONTIC = "6"
    ORAL_SURGERY = "7"
    ORTHODONTIC = "8"
    ADJUNCTIVE = "9"


@dataclass(frozen=True, slots=True)
class ProcedureCode:
    """Five digits: category, class, sub-class, service, and a last one that often counts units of time or surfaces."""

    text: str

    @classmethod
    def read(cls, text: str) -> "ProcedureCode | None":
        """The code, or None when the text is not five digits."""
        return cls(text) if _PROCEDURE.fullmatch(text) else None

    @property
    def category(self) -> ProcedureCategory:
        return ProcedureCategory(self.text[0])

    @property
    def service(self) -> str:
        """The first four digits: what codes of one service have in common, whatever they count."""
        return self.text[:4]

    @property
    def count_digit(self) -> int:
        """The last digit; what it counts, if anything, only the list of procedures tells."""
        return int(self.text[4])


class ToothCode(StrEnum):
    """What a two-digit FDI code stands for."""

    PERMANENT = "permanent"
    PRIMARY = "primary"
    AREA = "area"


_PERMANENT: Final = frozenset(f"{quadrant}{place}" for quadrant in "1234" for place in "12345678")
_PRIMARY: Final = frozenset(f"{quadrant}{place}" for quadrant in "5678" for place in "12345")
_AREAS: Final = frozenset(
    ("00", "01", "02", "03", "04", "05", "06", "07", "08", "10", "20", "30", "40"),
)
"""Full mouth, upper and lower arch, the six sextants, the four quadrants."""

TOOTH_CODES: Final = {
    **dict.fromkeys(sorted(_PERMANENT), ToothCode.PERMANENT),
    **dict.fromkeys(sorted(_PRIMARY), ToothCode.PRIMARY),
    **dict.fromkeys(sorted(_AREAS), ToothCode.AREA),
}
"""Every code there is, and what it stands for."""


class DentalProblem(StrEnum):
    """Why a tooth or surfaces cannot be what was treated."""

    TOOTH_UNKNOWN = "tooth_unknown"
    TOOTH_IS_AN_AREA = "tooth_is_an_area"
    SURFACES_UNKNOWN = "surfaces_unknown"
    SURFACE_REPEATED = "surface_repeated"
    SURFACES_TOO_MANY = "surfaces_too_many"
    SURFACE_NOT_ON_TOOTH = "surface_not_on_tooth"
    SURFACES_OTHER_NUMBER = "surfaces_other_number"


def tooth_problem(code: str, *, area_allowed: bool) -> DentalProblem | None:
    """What is wrong with a tooth code; areas of the mouth only where they are allowed."""
    kind = TOOTH_CODES.get(code)
    if kind is None:
        return DentalProblem.TOOTH_UNKNOWN
    if kind is ToothCode.AREA and not area_allowed:
        return DentalProblem.TOOTH_IS_AN_AREA
    return None


def surfaces_problem(surfaces: str, *, tooth: str, expected: int | None) -> DentalProblem | None:
    """What is wrong with the surfaces of a tooth: M, O, I, D, B, L or V, at most five, each once.

    ``expected`` is the number for which the procedure stands, None for any. A front tooth has no O, a back tooth no I;
    nothing is said of a tooth that is not known.
    """
    if not _SURFACES.fullmatch(surfaces):
        return DentalProblem.SURFACES_UNKNOWN
    if len(set(surfaces)) != len(surfaces):
        return DentalProblem.SURFACE_REPEATED
    if len(surfaces) > MOST_SURFACES:
        return DentalProblem.SURFACES_TOO_MANY
    if expected is not None and len(surfaces) != expected:
        return DentalProblem.SURFACES_OTHER_NUMBER
    if TOOTH_CODES.get(tooth, ToothCode.AREA) is not ToothCode.AREA:
        absent = "O" if int(tooth[1]) <= _LAST_FRONT_TOOTH else "I"
        if absent in surfaces:
            return DentalProblem.SURFACE_NOT_ON_TOOTH
    return None

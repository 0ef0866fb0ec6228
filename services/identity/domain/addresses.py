"""Postal addresses in Canada."""

import re
from dataclasses import dataclass
from typing import Final

from shared.errors import Rejected

PROVINCES: Final = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
_POSTAL_CODE: Final = re.compile(r"[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]")
"""Letters that Canada Post does not use are left out."""
_SPACES: Final = re.compile(r"\s+")


class PostalCodeInvalidError(Rejected):
    """Not a Canadian postal code."""

    def __init__(self) -> None:
        super().__init__("identity.postal_code_invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where letters go. ``postal_code`` as ``A1A 1A1``; ``phone`` as typed."""

    street: str
    city: str
    province: str
    postal_code: str
    unit: str = ""
    phone: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """As Canada Post wants it written, without the phone."""
        return tuple(
            line for line in (self.unit, self.street, f"{self.city} ({self.province})  {self.postal_code}") if line
        )


def postal_code(typed: str) -> str:
    """The code in its one form, from whatever case and spacing.

    Raises:
        PostalCodeInvalidError.
    """
    code = _SPACES.sub("", typed).upper()
    if not code.isascii() or _POSTAL_CODE.fullmatch(code) is None:
        raise PostalCodeInvalidError
    return f"{code[:3]} {code[3:]}"


def in_one_line(typed: str) -> str:
    """A typed line with single spaces, without control characters."""
    return _SPACES.sub(" ", "".join(sign for sign in typed if sign.isprintable() or sign.isspace())).strip()

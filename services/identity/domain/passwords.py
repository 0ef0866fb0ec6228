"""What a password must be like (REG-4): the policy ``source``, with lists and rules against the guessable."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.identity.domain.errors import (
    PasswordCommonError,
    PasswordPersonalError,
    PasswordTooLongError,
    PasswordTooShortError,
    PasswordTooSimpleError,
)

SHORTEST_PERSONAL_PIECE: Final = 4
"""Shorter pieces of personal data turn up in good passwords by chance."""

CONTEXT_WORDS: Final = frozenset(
    {"acquit", "assurance", "assurances", "insurance", "sante", "health", "benefit", "benefits", "dentaire", "dental"}
    | {"motdepasse", "password", "passwort", "reclamation", "claims", "bienvenue", "welcome"}
)
"""Words that this portal suggests; refused when nothing but digits and symbols is added to them."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Lengths in characters after normalisation, classes of characters, and the list of common passwords."""

    common: frozenset[str]
    minimum: int = 8
    maximum: int = 128
    classes: int = 3

    def check(self, password: str, *, personal: Iterable[str]) -> None:
        """Accept a normalised password, or raise the first rule that it breaks.

        Raises:
            PasswordTooShortError, PasswordTooLongError, PasswordTooSimpleError, PasswordCommonError,
            PasswordPersonalError: none of them repeats the password.
        """
        if len(password) < self.minimum:
            raise PasswordTooShortError(self.minimum)
        if len(password) > self.maximum:
            raise PasswordTooLongError(self.maximum)
        if len({_class_of(sign) for sign in password}) < self.classes:
            raise PasswordTooSimpleError(self.classes)
        folded = _folded(password)
        if password.casefold() in self.common or folded in self.common or _letters(folded) in CONTEXT_WORDS:
            raise PasswordCommonError
        if any(piece in folded for piece in _pieces(personal)):
            raise PasswordPersonalError


def policies(common: frozenset[str]) -> "dict[str, PasswordPolicy]":
    """The policies by name: ``source`` as the source documents have it, ``modern`` long and without classes (REG-4)."""
    return {"source": PasswordPolicy(common), "modern": PasswordPolicy(common, minimum=15, classes=1)}


def normalised(password: str) -> str:
    """NFKC, so that an accent typed on another keyboard gives the same characters."""
    return unicodedata.normalize("NFKC", password)


def personal_data(*, email: str, numbers: Iterable[str], birth_date: date | None = None) -> tuple[str, ...]:
    """What others may know about a person and must not stand in the password."""
    local_part = email.partition("@")[0]
    days = () if birth_date is None else _days(birth_date)
    return (local_part, *re.split(r"[^a-z0-9]+", _folded(local_part)), *numbers, *days)


def _days(day: date) -> tuple[str, ...]:
    orders = ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%Y-%m-%d", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%Y")
    return tuple(day.strftime(order) for order in orders)


def _pieces(personal: Iterable[str]) -> Iterable[str]:
    return (_folded(piece) for piece in personal if len(piece) >= SHORTEST_PERSONAL_PIECE)


def _folded(text: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())


def _class_of(sign: str) -> str:
    if sign.islower():
        return "lower"
    if sign.isupper():
        return "upper"
    return "digit" if sign.isdigit() else "symbol"

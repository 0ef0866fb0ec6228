"""Elements of a resource that was received, with the path that a refusal names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.edge.fhir.codes import CURRENCY
from services.edge.fhir.refusals import Required, UnknownCode, WrongValue

_LARGEST_EXPONENT: Final = 9
_SMALLEST_EXPONENT: Final = -9


@dataclass(frozen=True, slots=True)
class Element:
    """One element that has elements; every reader gives ``None`` where there is nothing.

    Raises, in every reader:
        WrongValue: there is something, of another type.
    """

    value: Mapping[str, object]
    path: str

    def at(self, name: str) -> str:
        """The path of an element below."""
        return f"{self.path}.{name}"

    def one(self, name: str) -> "Element | None":
        """The element of this name."""
        found = self.value.get(name)
        return None if found is None else _element(found, self.at(name))

    def many(self, name: str) -> tuple["Element", ...]:
        """All elements of this name."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise WrongValue(self.at(name))
        return tuple(_element(each, f"{self.at(name)}[{n}]") for n, each in enumerate(found))

    def text(self, name: str) -> str | None:
        """A string that says something."""
        found = self.value.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or not found.strip():
            raise WrongValue(self.at(name))
        return found.strip()

    def flag(self, name: str) -> bool | None:
        """True or false."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, bool):
            raise WrongValue(self.at(name))
        return found

    def number(self, name: str) -> Decimal | None:
        """A number of a size with which one can reckon."""
        found = self.value.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            raise WrongValue(self.at(name))
        number = Decimal(found)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < _SMALLEST_EXPONENT or number.adjusted() > _LARGEST_EXPONENT:
            raise WrongValue(self.at(name))
        return number

    def whole(self, name: str) -> int | None:
        """A whole number, with or without zeros after the point."""
        number = self.number(name)
        if number is None:
            return None
        if number != int(number):
            raise WrongValue(self.at(name))
        return int(number)

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or any(type(each) is not int for each in found):
            raise WrongValue(self.at(name))
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or any(not isinstance(each, str) for each in found):
            raise WrongValue(self.at(name))
        return tuple(found)

    def day(self, name: str) -> date | None:
        """A calendar day; a year or a month alone is none."""
        found = self.text(name)
        if found is None:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            raise WrongValue(self.at(name)) from None

    def code(self, name: str, *systems: str) -> str | None:
        """The code that the concept ``name`` has in one of ``systems``."""
        concept = self.one(name)
        return None if concept is None else code_in(concept, *systems)

    def cents(self, name: str) -> int | None:
        """An amount of Canadian dollars."""
        money = self.one(name)
        return None if money is None else exact_cents(dollars(money), money.path)


def code_in(concept: Element, *systems: str) -> str | None:
    """The one code that a CodeableConcept has in these systems.

    Raises:
        UnknownCode: two that differ.
    """
    codes = {coding.text("code") for coding in concept.many("coding") if coding.text("system") in systems} - {None}
    if len(codes) > 1:
        raise UnknownCode(concept.path)
    return next(iter(codes), None)


def dollars(money: Element) -> Fraction:
    """The exact value of a Money.

    Raises:
        Required, WrongValue, UnknownCode: another currency than the Canadian dollar.
    """
    if (money.text("currency") or CURRENCY) != CURRENCY:
        raise UnknownCode(money.at("currency"))
    value = money.number("value")
    if value is None:
        raise Required(money.at("value"))
    return Fraction(value)


def exact_cents(amount: Fraction, path: str) -> int:
    """Dollars in cents.

    Raises:
        WrongValue: negative, or a fraction of a cent.
    """
    cents = amount * 100
    if cents < 0 or cents.denominator != 1:
        raise WrongValue(path)
    return int(cents)


def _element(found: object, path: str) -> Element:
    if not isinstance(found, dict):
        raise WrongValue(path)
    return Element(found, path)

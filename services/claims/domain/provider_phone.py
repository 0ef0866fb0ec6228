"""Telephone numbers of providers in one form, whatever was typed (CLM-2)."""

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

REGION: Final = "CA"
"""Where a number without country code is."""

_EXTENSION: Final = re.compile(r"\s*(?:poste|p\.|ext\.?|x|#)\s*[0-9]+\s*$", re.IGNORECASE)
"""The library knows no French extensions."""
_NOT_A_DIGIT: Final = re.compile(r"\D+")
_LOCAL: Final = 7


def e164(typed: str) -> str:
    """``+14185550110``; "" for what is no telephone number. An extension is left out: it is no part of E.164.

    The length decides, not whether the area code exists: new ones come into use before a library hears of them.
    """
    try:
        number = phonenumbers.parse(_EXTENSION.sub("", typed), REGION)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    written_out = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    again = phonenumbers.format_number(phonenumbers.parse(written_out, REGION), PhoneNumberFormat.E164)
    return written_out if again == written_out else ""  # zeros that mean nothing: no number of anybody


def local_part(typed: str) -> str:
    """The last seven digits, by which a number is found that was typed without its area code; "" for fewer."""
    digits = _NOT_A_DIGIT.sub("", e164(typed) or _EXTENSION.sub("", typed))
    return digits[-_LOCAL:] if len(digits) >= _LOCAL else ""


def written(phone: str) -> str:
    """``(418) 555-0110``: how people in Canada write the number; others stay in the international form."""
    if not phone:
        return ""
    number = phonenumbers.parse(phone, REGION)
    domestic = number.country_code == phonenumbers.country_code_for_region(REGION)
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if domestic else PhoneNumberFormat.INTERNATIONAL
    )


def digits_typed(phone: str) -> tuple[str, ...]:
    """How the digits of a number in E.164 stand in what people type: without and with the 1 of North America."""
    digits = phone.removeprefix("+")
    return (digits[1:], digits) if digits.startswith("1") else (digits,) if digits else ()

"""The columns of the registers that agents load, and how their lines are read (REG-20)."""

import re
from typing import Final

from services.identity.domain.addresses import PostalCodeInvalidError, postal_code
from services.identity.domain.csv_rows import EARLIEST, LANGUAGES, PROVINCE_CHOICES, TRUTHS, Line
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import EmailInvalidError
from services.identity.domain.professionals import Professional, Standing
from services.identity.domain.provider_errors import OfficeNumberInvalidError, ProviderNumberInvalidError
from services.identity.domain.providers import Kind, Provider, ProviderNumber, Specialty, office_number
from services.identity.domain.register_loading import Row
from services.identity.domain.statements import Statement, StatementFacts

PROVIDER_COLUMNS: Final = (
    "kind",
    "number",
    "office_numbers",
    "specialty",
    "name",
    "practice_name",
    "chain",
    "chain_name",
    "email",
    "phone",
    "language",
    "province",
    "active",
)
PRACTICE_COLUMNS: Final = ("street", "city", "postal_code")
"""Where a provider works; a file that says nothing about it leaves them out."""
KIND_COLUMNS: Final = ("code", "kind", "name_fr", "name_en")
PROFESSIONAL_COLUMNS: Final = (
    "reference_number",
    "permit_number",
    "first_name",
    "last_name",
    "birth_date",
    "order",
    "standing",
    "language",
)
STATEMENT_COLUMNS: Final = ("kind", "number", "statement_date", "batch_number", "amount")

_KINDS: Final = {kind.value: kind for kind in Kind}
_STANDINGS: Final = {standing.value: standing for standing in Standing}
_ACTIVE: Final = {**TRUTHS, "": True}
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PHONE: Final = re.compile(r"[0-9 ().+-]{7,20}")
_PERMIT: Final = re.compile(r"[A-Za-z0-9-]{1,15}")
_ORDER: Final = re.compile(r"[A-Za-z]{2,12}")
_BATCH: Final = re.compile(r"[0-9]{8}")
_AMOUNT: Final = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
_STAND_IN: Final = ProviderNumber(Kind.OTHER, "000000000")


def provider_row(line: Line) -> Row[Provider]:
    """A provider; several offices are separated by spaces."""
    kind = line.choice("kind", _KINDS)
    chain = line.choice("chain", TRUTHS)
    if line.value("chain_name") and not chain:
        line.wrong("chain_name", "roster.chain")
    provider = Provider(
        number=_number(line, "number", kind),
        offices=_offices(line, kind),
        specialty=line.text("specialty", _CODE, required=False) or None,
        name=line.title("name"),
        practice_name=line.title("practice_name", required=False),
        chain=chain,
        chain_name=line.title("chain_name", required=False) or None,
        email=_email(line),
        phone=line.text("phone", _PHONE, required=False) or None,
        language=line.choice("language", LANGUAGES),
        province=line.choice("province", PROVINCE_CHOICES),
        active=line.choice("active", _ACTIVE),
        street=line.title("street", required=False),
        city=line.title("city", required=False),
        postal_code=_postal_code(line),
    )
    return Row(line.number, provider)


def kind_row(line: Line) -> Row[Specialty]:
    """A provider kind as people know it."""
    specialty = Specialty(
        code=line.text("code", _CODE),
        kind=line.choice("kind", _KINDS),
        name_fr=line.title("name_fr"),
        name_en=line.title("name_en"),
    )
    return Row(line.number, specialty)


def professional_row(line: Line) -> Row[Professional]:
    """A member of a professional order."""
    professional = Professional(
        reference_number=_number(line, "reference_number", Kind.HYGIENIST).number,
        permit_number=line.text("permit_number", _PERMIT).upper(),
        first_name=line.name("first_name"),
        last_name=line.name("last_name"),
        birth_date=line.day("birth_date", EARLIEST, line.today),
        order=line.text("order", _ORDER).upper(),
        standing=line.choice("standing", _STANDINGS),
        language=line.choice("language", LANGUAGES),
    )
    return Row(line.number, professional)


def statement_row(line: Line) -> Row[Statement]:
    """A statement paid before Acquit was there."""
    amount = line.text("amount", _AMOUNT, required=False)
    statement = Statement(
        provider_id=_number(line, "number", line.choice("kind", _KINDS)).provider_id,
        facts=StatementFacts(line.day("statement_date", EARLIEST, line.today), line.text("batch_number", _BATCH)),
        amount_cents=int(amount.replace(".", "")) if _AMOUNT.fullmatch(amount) else None,
    )
    return Row(line.number, statement)


def _number(line: Line, column: str, kind: Kind) -> ProviderNumber:
    value = line.value(column)
    if not value:
        line.wrong(column, "roster.required")
        return _STAND_IN
    try:
        return ProviderNumber.of(kind, value)
    except ProviderNumberInvalidError:
        line.wrong(column, "roster.format")
        return _STAND_IN


def _offices(line: Line, kind: Kind) -> tuple[str, ...]:
    try:
        found = [office_number(kind, text) for text in line.value("office_numbers").split() or [""]]
    except OfficeNumberInvalidError:
        line.wrong("office_numbers", "roster.format" if line.value("office_numbers") else "roster.required")
        return ()
    return tuple(sorted({office for office in found if office is not None}))


def _email(line: Line) -> str | None:
    value = line.value("email")
    if not value:
        return None
    try:
        return email_address(value)
    except EmailInvalidError:
        line.wrong("email", "roster.format")
        return None


def _postal_code(line: Line) -> str:
    value = line.value("postal_code")
    if not value:
        return ""
    try:
        return postal_code(value)
    except PostalCodeInvalidError:
        line.wrong("postal_code", "roster.format")
        return ""

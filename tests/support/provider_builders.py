"""Providers, their statements and what they type, with random numbers and keyword overrides."""

import secrets
from datetime import date, timedelta
from typing import Any

from services.identity.domain.providers import Kind, Provider, ProviderNumber
from services.identity.domain.statements import Statement, StatementFacts
from shared.clock import business_day
from tests.support import identity_builders as build
from tests.support.identity_enrolment import sealed

TODAY = business_day(build.NOW)
OFFICE = "0042"
ANSWERS = (("favourite_restaurant", "Chez Lévêque"), ("first_car", "Honda Civic"), ("nickname", "Ti-Loup"))


def dentist_number() -> ProviderNumber:
    return ProviderNumber.of(Kind.DENTIST, f"0{secrets.randbelow(10**8):08d}")


def pharmacy_number() -> ProviderNumber:
    return ProviderNumber.of(Kind.PHARMACY, f"{secrets.choice('ABCDEFGH')} {secrets.randbelow(10**8):08d}")


def provider(**overrides: Any) -> Provider:
    number = overrides.pop("number", None) or dentist_number()
    values: dict[str, Any] = {
        "number": number,
        "name": "Dre Anaïs Côté",
        "practice_name": "Clinique dentaire du Parc",
        "offices": (OFFICE,) if number.kind in {Kind.DENTIST, Kind.OTHER} else (),
        "language": "fr",
        "province": "QC",
    }
    return Provider(**(values | overrides))


def batch() -> str:
    return f"{secrets.randbelow(10**8):08d}"


def facts(day: date | None = None, *, days_ago: int = 30) -> StatementFacts:
    return StatementFacts(day or TODAY - timedelta(days=days_ago), batch())


def statement(paid_to: Provider, told: StatementFacts | None = None) -> Statement:
    return Statement(provider_id=paid_to.provider_id, facts=told or facts())


def profile(of: Provider, enrolment_id: str, *statements: StatementFacts, **overrides: Any) -> dict[str, Any]:
    """What a provider types at the profile step."""
    email = overrides.get("email") or build.random_email()
    values: dict[str, Any] = {
        "kind": of.number.kind.value,
        "number": of.number.number,
        "office_number": of.offices[0] if of.offices else None,
        "email": email,
        "email_repeat": email,
        "statements": [told_as(told) for told in statements],
        "answers": [
            {"question": question, "answer": sealed(text, enrolment_id, use=f"answers.{at}.answer")}
            for at, (question, text) in enumerate(overrides.pop("answers", ANSWERS))
        ],
    }
    return values | overrides


def told_as(told: StatementFacts) -> dict[str, str]:
    return {"statement_date": told.day.isoformat(), "batch_number": told.batch_number}

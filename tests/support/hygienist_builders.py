"""Hygienists, their agreement and what they type, with random numbers and keyword overrides."""

import secrets
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from services.identity.data.agreements import load_agreement_texts
from services.identity.domain.addresses import Address
from services.identity.domain.agreements import Agreement, AgreementText, Facts, Signing, sign
from services.identity.domain.professionals import Professional
from shared.clock import new_id
from tests.support import identity_builders as identity
from tests.support.identity_enrolment import sealed

SIGNED_AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
STREET = "12, rue de l’Église"
TYPED_ADDRESS = {"street": STREET, "city": "Trois-Rivières", "province": "QC", "postal_code": "g9a1b2"}
TYPED_PRACTICE = {"street": "800, boul. Charest", "city": "Québec", "province": "QC", "postal_code": "G1K 8A1"}
PRACTICE_NAME = "Clinique d’hygiène du Vieux-Port"


@cache
def text(language: str = "fr") -> AgreementText:
    return load_agreement_texts()[language]


def professional(**overrides: Any) -> Professional:
    values: dict[str, Any] = {
        "reference_number": f"{secrets.randbelow(10**6):06d}",
        "permit_number": f"HD-{secrets.randbelow(10**5):05d}",
        "first_name": "Zoé",
        "last_name": "D’Amours",
        "birth_date": date(1985, 3, 1),
        "order": "OHDQ",
    }
    return Professional(**(values | overrides))


def address(**overrides: Any) -> Address:
    values: dict[str, Any] = {
        "street": STREET,
        "city": "Trois-Rivières",
        "province": "QC",
        "postal_code": "G9A 1B2",
        "phone": "819 555-0101",
    }
    return Address(**(values | overrides))


def facts(**overrides: Any) -> Facts:
    values: dict[str, Any] = {
        "effective_date": date(2026, 11, 1),
        "professional": professional(),
        "correspondence": address(),
        "practice_name": PRACTICE_NAME,
        "practice": address(street="800, boul. Charest", city="Québec", postal_code="G1K 8A1", phone=""),
        "statements": address(unit="App. 4"),
    }
    return Facts(**(values | overrides))


def signing(**overrides: Any) -> Signing:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "session_id": new_id(),
        "user_name": "zoe2026",
        "assurance": "password+email_code",
        "signed_at": SIGNED_AT,
    }
    return Signing(**(values | overrides))


def agreement(*, language: str = "fr", **overrides: Any) -> Agreement:
    signed_at = overrides.pop("signed_at", SIGNED_AT)
    return sign(facts(**overrides), signing(signed_at=signed_at), text(language))


def random_user_name() -> str:
    return f"zoe{secrets.randbelow(10**9):09d}"


def credentials(enrolment_id: str, **overrides: Any) -> dict[str, Any]:
    """User name, e-mail and password as the edge hands them on."""
    password = overrides.pop("password", identity.PASSWORD)
    values: dict[str, Any] = {
        "user_name": random_user_name(),
        "email": identity.random_email(),
        "password": sealed(password, enrolment_id, use="password"),
    }
    return values | overrides


def six_steps(known: Professional, **overrides: Any) -> dict[str, dict[str, Any]]:
    """What each of the six steps takes; ``overrides`` replace a step's data."""
    steps: dict[str, dict[str, Any]] = {
        "commitment": {"effective_date": "2026-11-01", "committed": True},
        "professional_facts": {"facts_version": known.version, "confirmed": True},
        "correspondence_address": {"address": TYPED_ADDRESS},
        "practice_address": {"practice_name": PRACTICE_NAME, "address": TYPED_PRACTICE},
        "bank_transfer": {"bank_transfer": True},
        "billing": {"no_accreditation": True},
    }
    return steps | overrides

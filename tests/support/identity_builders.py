"""Builders of identity's domain objects and messages, with random numbers and keyword overrides."""

import secrets
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from services.identity.domain.accounts import MEMBER, Account
from services.identity.domain.passwords import PasswordPolicy
from services.identity.domain.roster import Dossier, DossierNumber, Person, Relationship, in_order
from services.identity.domain.roster_rows import COLUMNS
from services.identity.domain.subjects import Subjects
from services.identity.hashing import HashCost, PasswordHashing
from shared.clock import new_id
from shared.contracts import Actor, Message
from shared.contracts.identity import LoadRosterRows, SealedCode, VerifyCredentials
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, seal
from tests.support import keys

M = TypeVar("M", bound=Message)

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
PASSWORD = "Tortue-Verte-88"
CHEAP = HashCost(passes=1, memory_kib=8, lanes=1)
HEADER = ",".join(COLUMNS)


@cache
def hashing() -> PasswordHashing:
    return PasswordHashing(b"a pepper for tests, 32 bytes or more", cost=CHEAP)


@cache
def subjects() -> Subjects:
    return Subjects(b"a pepper for tests, 32 bytes or more")


@cache
def policy() -> PasswordPolicy:
    return PasswordPolicy(frozenset({"tr0ub4dor&3", "p@ssw0rd"}))


def sealed(secret: str, subject: str) -> str:
    binding = Binding("password", subject)
    return seal(secret, keys.public("identity"), binding=binding, expires_at=NOW + timedelta(days=3_650))


def random_number() -> DossierNumber:
    return DossierNumber(f"C{secrets.randbelow(10**8):08}", f"{secrets.randbelow(10**9):09}")


def random_email() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def person(**overrides: Any) -> Person:
    values: dict[str, Any] = {
        "number": "00",
        "relationship": Relationship.SELF,
        "first_name": "Zoé",
        "last_name": "D’Amours",
        "birth_date": date(1980, 2, 29),
        "language": "fr",
        "student": False,
        "effective_from": date(2025, 1, 1),
    }
    return Person(**(values | overrides))


def spouse(**overrides: Any) -> Person:
    return person(**({"number": "01", "relationship": Relationship.SPOUSE, "first_name": "Luc"} | overrides))


def dossier(*persons: Person, **overrides: Any) -> Dossier:
    values: dict[str, Any] = {
        "number": random_number(),
        "plan_code": "STANDARD",
        "province": "QC",
        "version": 1,
        "persons": in_order(list(persons or (person(),))),
    }
    return Dossier(**(values | overrides))


def account(**overrides: Any) -> Account:
    email = random_email()
    values: dict[str, Any] = {
        "account_id": new_id(),
        "user_name": email,
        "email": email,
        "display_name": "Zoé D’Amours",
        "language": "fr",
        "roles": (MEMBER,),
        "password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn",
        "created_at": NOW,
        "dossiers": (random_number(),),
    }
    return Account(**(values | overrides))


def sealed_code(**overrides: Any) -> SealedCode:
    values: dict[str, Any] = {
        "challenge_id": new_id(),
        "delivery_id": new_id(),
        "code": "sealed-for-notification",
        "reference": "K7Q",
        "sent_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return SealedCode(**(values | overrides))


def verify_credentials(user_name: str, password: str = PASSWORD) -> VerifyCredentials:
    return VerifyCredentials(user_name=user_name, password=sealed(password, user_name))


def row(number: DossierNumber, **overrides: str) -> dict[str, str]:
    """Values of a roster line by column: a member unless said otherwise."""
    return {
        "contract_number": number.contract,
        "certificate_number": number.certificate,
        "person_number": "00",
        "relationship": "self",
        "first_name": "Zoé",
        "last_name": "D’Amours",
        "birth_date": "1980-02-29",
        "language": "fr",
        "province": "QC",
        "plan_code": "STANDARD",
        "student": "",
        "effective_from": "2025-01-01",
        "effective_to": "",
    } | overrides


def spouse_row(number: DossierNumber, **overrides: str) -> dict[str, str]:
    return row(number, person_number="01", relationship="spouse", first_name="Luc") | overrides


def line(values: dict[str, str]) -> str:
    return ",".join(values[column] for column in COLUMNS)


def load_rows(*rows: dict[str, str], first_line: int = 2) -> LoadRosterRows:
    return LoadRosterRows(header=HEADER, first_line=first_line, lines=tuple(line(values) for values in rows))


def agent() -> Actor:
    return Actor(account_id=new_id(), session_id=new_id(), roles=("agent",))


def member_actor(dossier_id: str | None, **overrides: Any) -> Actor:
    values: dict[str, Any] = {"account_id": new_id(), "session_id": new_id(), "roles": (MEMBER,)}
    return Actor(**(values | {"dossier_id": dossier_id} | overrides))


def received(message: M, actor: Actor | None = None) -> Received[M]:
    return Received(message, new_id(), new_id(), actor)


def work_for(cause: Received[Any]) -> Work:
    return Work(None, cause, source="identity", clock=lambda: NOW)

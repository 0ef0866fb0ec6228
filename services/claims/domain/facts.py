"""What a decision is made from: the claim's own facts, in the form in which they were submitted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from services.claims.domain.bilingual import folded

_NOT_A_DIGIT = re.compile(r"\D+")
_SEPARATOR = "\x1f"


class DocumentKind(StrEnum):
    """Papers that a claim type may ask for."""

    RECEIPT = "receipt"
    PRESCRIPTION = "prescription"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gave the service; a provider typed in by a member has no ``id`` yet."""

    name: str = ""
    phone: str = ""
    id: str = ""

    @property
    def key(self) -> str:
        """What tells providers apart: the id, else the digits of the phone, else the folded name; "" when unknown."""
        return self.id or _NOT_A_DIGIT.sub("", self.phone) or folded(self.name)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One service: ``code`` is a service code or a claim type; ``answers`` are by question id."""

    code: str
    service_date: date
    units: int
    submitted_cents: int
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """The part of a claim that a decision depends on; ``received_on`` is the business day of receipt."""

    claim_id: str
    person_id: str
    provider: Provider
    claim_type: str
    lines: tuple[ClaimLine, ...]
    received_on: date
    documents: frozenset[DocumentKind] = frozenset()

    def code_of(self, line: ClaimLine) -> str:
        """The code that is adjudicated: the line's own, else the claim type."""
        return line.code or self.claim_type

    def fingerprints(self) -> tuple[str, ...]:
        """One per line, to look up which services were claimed before."""
        key = self.provider.key
        return tuple(
            fingerprint(self.person_id, self.code_of(line), service_date=line.service_date, provider_key=key)
            for line in self.lines
        )


def fingerprint(person_id: str, code: str, *, service_date: date, provider_key: str) -> str:
    """20 hex digits, the same for the same person, code, day and provider, in every process and for ever."""
    text = _SEPARATOR.join((person_id, code, service_date.isoformat(), provider_key))
    return blake2b(text.encode(), digest_size=10).hexdigest()

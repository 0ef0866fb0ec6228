"""The claim's own facts, in the form in which they were submitted; what is known besides is in ``circumstances``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from services.claims.domain.bilingual import folded

_NOT_A_DIGIT = re.compile(r"\D+")
_SEPARATOR = "\x1f"
_REMEMBERED = 4_096
"""A claim's telephone and fingerprints are asked for several times while it is decided."""


class DocumentKind(StrEnum):
    """What an uploaded paper is; claim types and plans may ask for some of them."""

    RECEIPT = "receipt"
    PRESCRIPTION = "prescription"
    REFERRAL = "referral"
    OTHER_INSURER_STATEMENT = "other_insurer_statement"
    XRAY = "xray"
    OTHER = "other"


class ClaimKind(StrEnum):
    """Whether money is asked for, or only what would be paid (CLM-10)."""

    CLAIM = "claim"
    PREDETERMINATION = "predetermination"


class PayTo(StrEnum):
    """To whom the benefit goes: the member, or the provider to whom it is assigned (CLM-6)."""

    MEMBER = "member"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gave the service; a provider typed in by a member has no ``id`` yet."""

    name: str = ""
    phone: str = ""
    id: str = ""

    @property
    def key(self) -> str:
        """What tells providers apart: the id, else the digits of the phone, else the folded name; "" when unknown."""
        return self.id or _digits(self.phone) or folded(self.name)


@lru_cache(maxsize=_REMEMBERED)
def _digits(text: str) -> str:
    return _NOT_A_DIGIT.sub("", text)


@dataclass(frozen=True, slots=True)
class DrugSupply:
    """What a pharmacy dispensed. ``quantity_e3`` is in thousandths of the unit of the product (tablet, mL, g)."""

    din: str
    quantity_e3: int
    days_supplied: int
    ingredient_cents: int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One service: ``code`` is a service code or a claim type; ``answers`` are by question id.

    ``submitted_cents`` is all that was charged; ``lab_fee_cents`` is the part of it that a laboratory charged.
    ``tooth`` and ``surfaces`` are FDI codes, "" where there are none. ``others_paid_cents`` is what insurers before us
    paid for the line, None when nobody has said.
    """

    code: str
    service_date: date
    units: int
    submitted_cents: int
    answers: Mapping[str, str] = field(default_factory=dict)
    tooth: str = ""
    surfaces: str = ""
    lab_fee_cents: int = 0
    drug: DrugSupply | None = None
    others_paid_cents: int | None = None

    @property
    def particulars(self) -> tuple[str, ...]:
        """What makes a second line with the same code on the same day another service: the tooth, the drug."""
        if not (self.tooth or self.surfaces or self.drug):
            return ()
        surfaces = "".join(sorted(self.surfaces))  # MOD is DOM
        return tuple(each for each in (self.tooth, surfaces, self.drug.din if self.drug else "") if each)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the insurer's reviewers decided about a line (CLM-12): it stands above what the rules would pend.

    ``waived`` are ids of rules whose question is answered; ``denied_for`` is a reason code, "" unless the line is
    refused; ``allowed_cents`` is the most that is allowed, None for what the rules allow; ``asked_for`` is the kind of
    document without which they do not decide, "" when none.
    """

    waived: frozenset[str] = frozenset()
    denied_for: str = ""
    allowed_cents: int | None = None
    asked_for: str = ""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """The part of a claim that a decision depends on; ``received_on`` is the business day of receipt.

    ``rulings`` are by line number, from 1. ``predetermination`` is the number of an estimate that the claim quotes.
    A ``voided`` claim was withdrawn: nothing of it is payable.
    """

    claim_id: str
    person_id: str
    provider: Provider
    claim_type: str
    lines: tuple[ClaimLine, ...]
    received_on: date
    documents: frozenset[DocumentKind] = frozenset()
    kind: ClaimKind = ClaimKind.CLAIM
    pay_to: PayTo = PayTo.MEMBER
    predetermination: str = ""
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    voided: bool = False

    def code_of(self, line: ClaimLine) -> str:
        """The code that is adjudicated: the line's own, else the claim type."""
        return line.code or self.claim_type

    def fingerprints(self) -> tuple[str, ...]:
        """One per line, to look up which services were claimed before."""
        key = self.provider.key
        return tuple(
            fingerprint(
                self.person_id,
                self.code_of(line),
                service_date=line.service_date,
                provider_key=key,
                particulars=line.particulars,
            )
            for line in self.lines
        )


@lru_cache(maxsize=_REMEMBERED)
def fingerprint(
    person_id: str, code: str, *, service_date: date, provider_key: str, particulars: tuple[str, ...] = ()
) -> str:
    """20 hex digits, the same for the same person, code, day, provider and particulars, in every process, for ever."""
    text = _SEPARATOR.join((person_id, code, service_date.isoformat(), provider_key, *particulars))
    return blake2b(text.encode(), digest_size=10).hexdigest()

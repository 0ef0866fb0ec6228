"""The agreement that a hygienist signs, and from which day it counts (REG-16, REG-17).

The source says when the agreement may take effect *at the earliest*: 30 days before the day of signing, and not before
June 1, 2023. It names no latest day. Acquit takes the day of signing as the latest: the agreement commits from the
moment it is signed, so a day that is still to come would have people sign for a time in which nothing binds them, and
hold back what they may bill. All days are days in America/Toronto.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.identity.domain.addresses import Address
from services.identity.domain.professionals import Professional
from shared.clock import business_day
from shared.errors import Conflict, NotFound, Rejected

FIRST_DAY: Final = date(2023, 6, 1)
"""No agreement of this kind counts from an earlier day."""
BACKDATED_AT_MOST: Final = timedelta(days=30)
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:acquit:identity:agreements")


class EffectiveDateTooEarlyError(Rejected):
    """More than 30 days before signing, or before the first day of all agreements (REG-17)."""

    def __init__(self, earliest: date) -> None:
        super().__init__("identity.effective_date_too_early", earliest=earliest.isoformat())


class EffectiveDateInFutureError(Rejected):
    """After the day of signing (REG-17)."""

    def __init__(self, latest: date) -> None:
        super().__init__("identity.effective_date_in_future", latest=latest.isoformat())


class EffectiveDateLapsedError(Conflict):
    """The day was in order when it was chosen, and more than 30 days passed until signing: choose again."""

    def __init__(self, earliest: date) -> None:
        super().__init__("identity.effective_date_lapsed", earliest=earliest.isoformat())


class AgreementTextChangedError(Conflict):
    """There is a new version of the text since the person committed: read it and commit again."""

    def __init__(self) -> None:
        super().__init__("identity.agreement_text_changed")


class ProfessionalFactsChangedError(Conflict):
    """What the professional order says is not what was shown and confirmed: look again."""

    def __init__(self) -> None:
        super().__init__("identity.professional_facts_changed")


class MayNotPractiseError(Conflict):
    """The professional order does not let its member practise (any longer)."""

    def __init__(self) -> None:
        super().__init__("identity.may_not_practise")


class BankDetailsLapsedError(Conflict):
    """Bank details were given, and are no longer held because signing took too long: give them again."""

    def __init__(self) -> None:
        super().__init__("identity.bank_details_lapsed")


class AgreementUnknownError(NotFound):
    """The caller has signed no agreement."""

    def __init__(self) -> None:
        super().__init__("identity.agreement_unknown")


@dataclass(frozen=True, slots=True)
class DaysAllowed:
    """From which days an agreement signed at some instant may count, both included."""

    earliest: date
    latest: date

    @classmethod
    def at(cls, signing: datetime) -> "DaysAllowed":
        """``signing`` is an aware instant; what counts is its day in America/Toronto."""
        latest = business_day(signing)
        return cls(max(FIRST_DAY, latest - BACKDATED_AT_MOST), latest)

    def check(self, effective_date: date) -> None:
        """Accept a day.

        Raises:
            EffectiveDateTooEarlyError, EffectiveDateInFutureError.
        """
        if effective_date < self.earliest:
            raise EffectiveDateTooEarlyError(self.earliest)
        if effective_date > self.latest:
            raise EffectiveDateInFutureError(self.latest)


@dataclass(frozen=True, slots=True)
class Article:
    """A part of the agreement's text: a heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementText:
    """One version of the text in one language. ``correction`` is no part of it: it tells how facts of the professional
    order are put right.
    """

    version: str
    language: str
    title: str
    articles: tuple[Article, ...]
    correction: str = ""

    @property
    def plain(self) -> str:
        """The whole text as lines; what is signed is exactly this."""
        lines = [self.title, *(line for part in self.articles for line in (part.heading, *part.paragraphs))]
        return "\n".join(lines)

    @property
    def digest(self) -> str:
        """SHA-256 of ``plain`` in UTF-8, hexadecimal: names the text that was signed, letter for letter."""
        return sha256(self.plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How somebody signed: the user name and a code to the access address stand in for the signature (source)."""

    account_id: str
    session_id: str
    user_name: str
    assurance: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the six steps came to.

    Attributes:
        correspondence: Where the insurer writes to; confidential.
        practice_name: With ``practice``: the principal place of practice; public.
        statements: Where statements on paper go.
    """

    effective_date: date
    professional: Professional
    correspondence: Address
    practice_name: str
    practice: Address
    statements: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A signed agreement. It never changes; ``document_digest`` is the SHA-256 of its PDF."""

    facts: Facts
    signing: Signing
    language: str
    text_version: str
    text_digest: str
    document_digest: str = ""

    @property
    def provider_id(self) -> str:
        return self.facts.professional.number.provider_id

    @property
    def agreement_id(self) -> str:
        """One per provider and version of the text."""
        return str(uuid5(_NAMESPACE, f"{self.provider_id}|{self.text_version}"))

    def billable(self, service_date: date, *, billed_at: datetime) -> bool:
        """Whether a service may be billed: not one before the effective date, and nothing before signing (REG-17)."""
        return service_date >= self.facts.effective_date and billed_at >= self.signing.signed_at


def sign(facts: Facts, signing: Signing, text: AgreementText) -> Agreement:
    """An agreement, as yet without its document.

    Raises:
        EffectiveDateLapsedError, EffectiveDateInFutureError: the day is not one of those allowed at this instant.
        MayNotPractiseError: the order says so.
    """
    if not facts.professional.may_practise():
        raise MayNotPractiseError
    try:
        DaysAllowed.at(signing.signed_at).check(facts.effective_date)
    except EffectiveDateTooEarlyError as error:
        raise EffectiveDateLapsedError(DaysAllowed.at(signing.signed_at).earliest) from error
    return Agreement(
        facts=facts, signing=signing, language=text.language, text_version=text.version, text_digest=text.digest
    )

"""The catalogue of claim types: what can be claimed, what is asked and what must be joined (CLM-1).

The service codes are demonstration codes of our own; a licensed list of procedures is read by ``procedure_list``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.claims.domain.bilingual import Bilingual, Language
from services.claims.domain.facts import DocumentKind
from services.claims.domain.reasons import ReasonCode


class QuestionKind(StrEnum):
    YES_NO = "yes_no"
    TEXT = "text"
    DATE = "date"
    CHOICE = "choice"


class Ask(StrEnum):
    """What a line of a service must or may carry besides date, units and amount.

    ``TOOTH`` is one tooth, ``AREA`` a tooth or a part of the mouth; both travel as the line's ``tooth``. A service that
    asks for ``SURFACES`` asks for a tooth as well. ``LAB_FEE`` may be 0; one that does not ask for it takes none.
    """

    TOOTH = "tooth"
    AREA = "area"
    SURFACES = "surfaces"
    LAB_FEE = "lab_fee"
    DRUG = "drug"


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its names: a category, a benefit or an option of a question."""

    code: str
    names: Bilingual


@dataclass(frozen=True, slots=True)
class Service:
    """A billable service of a claim type.

    ``asks`` holds what its claim type asks for as well. ``surfaces`` is how many surfaces the code stands for, None for
    any number. One service is worth ``units`` of the unit that the claim type counts in, each of ``unit_minutes``,
    where it is measured by time. What a plan says of the service ``like`` holds for this one too.
    """

    code: str
    names: Bilingual
    asks: tuple[Ask, ...] = ()
    surfaces: int | None = None
    units: int = 1
    unit_minutes: int | None = None
    like: str = ""


ANY_ANSWER: Final = "*"
"""In place of an answer: whatever is answered has to be looked at."""


@dataclass(frozen=True, slots=True)
class Review:
    """An answer that a person of the insurer has to look at before the line is paid."""

    answer: str
    reason: ReasonCode


@dataclass(frozen=True, slots=True)
class Question:
    """Asked for each line of a claim; a yes/no question is answered ``yes`` or ``no``, a date in ISO form."""

    id: str
    text: Bilingual
    kind: QuestionKind
    required: bool
    options: tuple[Named, ...] = ()
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class ClaimType:
    """One kind of claim: the benefit that pays it, its words, questions, documents and billable services.

    ``other`` marks the one of its category for whatever has no type of its own. ``asks`` are those of a line that
    carries the type itself instead of a service.
    """

    code: str
    benefit: str
    category: str
    names: Bilingual
    synonyms_fr: tuple[str, ...]
    synonyms_en: tuple[str, ...]
    unit: Bilingual
    common: bool
    other: bool
    needs_receipt: bool
    needs_prescription: bool
    needs_referral: bool
    asks: tuple[Ask, ...]
    questions: tuple[Question, ...]
    services: tuple[Service, ...]

    def synonyms(self, language: Language) -> tuple[str, ...]:
        return self.synonyms_fr if language == "fr" else self.synonyms_en

    @property
    def documents_needed(self) -> tuple[DocumentKind, ...]:
        flags = (
            (DocumentKind.RECEIPT, self.needs_receipt),
            (DocumentKind.PRESCRIPTION, self.needs_prescription),
            (DocumentKind.REFERRAL, self.needs_referral),
        )
        return tuple(kind for kind, needed in flags if needed)

    @property
    def billable(self) -> tuple[Service, ...]:
        """Everything that a line may carry: the type itself, then its services."""
        return (Service(self.code, self.names, asks=self.asks), *self.services)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All claim types by code, with the categories and benefits that they name; ``version`` rises with every change."""

    version: int
    categories: Mapping[str, Named]
    benefits: Mapping[str, Named]
    types: Mapping[str, ClaimType]

    def names(self) -> Mapping[str, Bilingual]:
        """What everything is called that a line may carry, by code."""
        return {service.code: service.names for each in self.types.values() for service in each.billable}

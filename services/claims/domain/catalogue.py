"""The catalogue of claim types: what can be claimed, what is asked and what must be joined (CLM-1).

The service codes are demonstration codes of our own; licensed procedure lists can be loaded in the same form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.facts import DocumentKind
from services.claims.domain.reasons import ReasonCode


class QuestionKind(StrEnum):
    YES_NO = "yes_no"
    TEXT = "text"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its names: a category, a benefit, a service or an option of a question."""

    code: str
    names: Bilingual


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
    """One kind of claim: the benefit that pays it, its words, questions, documents and billable services."""

    code: str
    benefit: str
    category: str
    names: Bilingual
    synonyms_fr: tuple[str, ...]
    synonyms_en: tuple[str, ...]
    unit: Bilingual
    common: bool
    needs_receipt: bool
    needs_prescription: bool
    needs_referral: bool
    questions: tuple[Question, ...]
    services: tuple[Named, ...]

    @property
    def documents_needed(self) -> tuple[DocumentKind, ...]:
        flags = (
            (DocumentKind.RECEIPT, self.needs_receipt),
            (DocumentKind.PRESCRIPTION, self.needs_prescription),
            (DocumentKind.REFERRAL, self.needs_referral),
        )
        return tuple(kind for kind, needed in flags if needed)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All claim types by code, with the categories and benefits that they name."""

    categories: Mapping[str, Named]
    benefits: Mapping[str, Named]
    types: Mapping[str, ClaimType]

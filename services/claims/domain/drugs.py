"""Drug products as Health Canada's Drug Product Database describes them (COV-1, COV-4; domain reference §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.claims.domain.bilingual import Bilingual, Language
from services.claims.domain.catalogue import Named
from services.claims.domain.circumstances import DrugFacts

SHOWN_STRENGTHS: Final = 3
"""A product with more ingredients than these has no strength that could be told in a line."""


class DrugSchedule(StrEnum):
    """What the law says about selling a product; several names of Health Canada fold into one code."""

    PRESCRIPTION = "prescription"
    PRESCRIPTION_RECOMMENDED = "prescription_recommended"
    NARCOTIC = "narcotic"
    CONTROLLED = "controlled"
    TARGETED = "targeted"
    SCHEDULE_C = "schedule_c"
    SCHEDULE_D = "schedule_d"
    ETHICAL = "ethical"
    NON_PRESCRIPTION = "non_prescription"
    OTHER = "other"
    """A name that Health Canada did not use when this was written."""


SCHEDULE_NAMES: Final[Mapping[DrugSchedule, Bilingual]] = {
    DrugSchedule.PRESCRIPTION: Bilingual("Sur ordonnance", "Prescription"),
    DrugSchedule.PRESCRIPTION_RECOMMENDED: Bilingual("Ordonnance recommandée", "Prescription recommended"),
    DrugSchedule.NARCOTIC: Bilingual("Stupéfiant", "Narcotic"),
    DrugSchedule.CONTROLLED: Bilingual("Drogue contrôlée", "Controlled drug"),
    DrugSchedule.TARGETED: Bilingual("Substance ciblée", "Targeted substance"),
    DrugSchedule.SCHEDULE_C: Bilingual("Annexe C (produit radiopharmaceutique)", "Schedule C (radiopharmaceutical)"),
    DrugSchedule.SCHEDULE_D: Bilingual("Annexe D (produit biologique)", "Schedule D (biologic)"),
    DrugSchedule.ETHICAL: Bilingual("Usage professionnel", "Ethical"),
    DrugSchedule.NON_PRESCRIPTION: Bilingual("Sans ordonnance", "Non-prescription"),
    DrugSchedule.OTHER: Bilingual("Autre", "Other"),
}

_EXACT: Final = {
    "PRESCRIPTION": DrugSchedule.PRESCRIPTION,
    "PRESCRIPTION RECOMMENDED": DrugSchedule.PRESCRIPTION_RECOMMENDED,
    "NON-PRESCRIPTION DRUGS": DrugSchedule.NON_PRESCRIPTION,
    "SCHEDULE C": DrugSchedule.SCHEDULE_C,
    "SCHEDULE D": DrugSchedule.SCHEDULE_D,
    "ETHICAL": DrugSchedule.ETHICAL,
}
_BEGINNINGS: Final = {
    "NARCOTIC": DrugSchedule.NARCOTIC,
    "CONTROLLED DRUG": DrugSchedule.CONTROLLED,
    "TARGETED SUBSTANCE": DrugSchedule.TARGETED,
}
"""Followed by the schedule of the Controlled Drugs and Substances Act: ``NARCOTICS (CDSA I)``."""


def schedule_of(name: str) -> DrugSchedule:
    """The code of a schedule by the English name in the extract."""
    plain = " ".join(name.upper().split())
    beginning = next((code for start, code in _BEGINNINGS.items() if plain.startswith(start)), DrugSchedule.OTHER)
    return _EXACT.get(plain, beginning)


class ListStatus(StrEnum):
    """Which products an extract holds, by their present status; Health Canada publishes a file for each."""

    MARKETED = "marketed"
    APPROVED = "approved"
    DORMANT = "dormant"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An active ingredient and how much of it: ``100 MG/5 ML``, ``2 %``."""

    names: Bilingual
    strength: Bilingual


@dataclass(frozen=True, slots=True)
class Drug:
    """A product with a DIN.

    ``descriptors`` say more about the packaging or the variant and are often empty; ``group`` is Health Canada's
    active ingredient group: ten digits that products with the same ingredients in the same strengths share, the first
    seven of them those with the same ingredients; ``forms`` and ``routes`` have Health Canada's codes, ``atc`` those
    of the WHO.
    """

    din: str
    names: Bilingual
    descriptors: Bilingual
    company: str
    group: str
    updated_on: date
    ingredients: tuple[Ingredient, ...] = ()
    forms: tuple[Named, ...] = ()
    routes: tuple[Named, ...] = ()
    schedules: tuple[DrugSchedule, ...] = ()
    atc: tuple[Named, ...] = ()
    packages: tuple[str, ...] = ()
    biosimilar: bool = False

    def facts(self) -> DrugFacts:
        """What adjudication looks at."""
        return DrugFacts(
            din=self.din,
            name=self.names.en,
            atc=tuple(each.code for each in self.atc),
            schedules=frozenset(schedule.value for schedule in self.schedules),
            group=self.group,
        )

    def strength(self, language: Language) -> str:
        """Strengths of the ingredients in a line; empty where there are too many, or none."""
        if len(self.ingredients) > SHOWN_STRENGTHS:
            return ""
        return " / ".join(strength for each in self.ingredients if (strength := each.strength.of(language)))

    def description(self, language: Language) -> str:
        """The descriptor, or else the ingredients: what tells products of one name apart."""
        return self.descriptors.of(language) or ", ".join(each.names.of(language) for each in self.ingredients)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """One version of the drug list: which extract it came from and what was in it.

    ``digest`` is the SHA-256 of the extract, ``extracted_on`` the day on which Health Canada wrote it; ``skipped`` are
    products of other classes than Human or of another status, ``bad_rows`` those left out because they were malformed.
    """

    version: str
    digest: str
    status: ListStatus
    extracted_on: date
    loaded_at: datetime
    products: int
    skipped: int
    bad_rows: int = 0

"""Professions that members choose from when they add a provider, and who gives which kind of service (CLM-2).

They are data: code, names, the kind of number that such a provider has with us, and the categories and types of claims
that go with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.claims.domain.bilingual import Bilingual, Language, read_bilingual
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.provider_errors import ProfessionUnknownError

KINDS: Final = ("dentist", "pharmacy", "other", "hygienist")
"""Kinds of numbers that identity knows (REG-11)."""


@dataclass(frozen=True, slots=True)
class Profession:
    """``registered_as`` is the kind of number of those that register, "" where there is no number of a kind alone;
    ``claim_types`` are the codes of what they are claimed for.
    """

    code: str
    names: Bilingual
    registered_as: str
    claim_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Professions:
    """All of them by code, in the order in which they are offered."""

    by_code: Mapping[str, Profession]

    def require(self, code: str) -> str:
        """The code, if it is one.

        Raises:
            ProfessionUnknownError.
        """
        if code not in self.by_code:
            raise ProfessionUnknownError
        return code

    def of_registered(self, kind: str, specialty: str | None) -> str:
        """The profession of a provider of the register: by its specialty, else by the kind of its number; "" when
        neither says.
        """
        if specialty in self.by_code:
            return str(specialty)
        return next((each.code for each in self.by_code.values() if each.registered_as == kind), "")

    def for_claim_type(self, claim_type: str) -> frozenset[str]:
        """Codes of the professions that are claimed for this type."""
        return frozenset(each.code for each in self.by_code.values() if claim_type in each.claim_types)

    def name(self, code: str, language: Language) -> str:
        """In that language; "" for what is no profession."""
        known = self.by_code.get(code)
        return "" if known is None else known.names.of(language)


def professions_from_document(document: object, catalogue: Catalogue) -> Professions:
    """Read ``professions.json``.

    Raises:
        InvalidDocumentError: with every mistake in it.
    """
    root = DocumentReader(document)
    found: dict[str, Profession] = {}
    for reader in root.children("professions"):
        code = reader.code("code")
        if code in found:
            reader.report("code", f"{code!r} is there already")
        registered_as = reader.choice("registered_as", KINDS) if reader.has("registered_as") else ""
        found[code] = Profession(code, read_bilingual(reader, "names"), registered_as, _claim_types(reader, catalogue))
        reader.close()
    root.close()
    root.raise_if_invalid("professions")
    return Professions(found)


def _claim_types(reader: DocumentReader, catalogue: Catalogue) -> frozenset[str]:
    """Those that are named, and all of the categories that are."""
    named, categories = frozenset(reader.texts("claim_types")), frozenset(reader.texts("categories"))
    for unknown in sorted(named - set(catalogue.types)):
        reader.report("claim_types", f"{unknown!r} is not in the catalogue")
    for unknown in sorted(categories - set(catalogue.categories)):
        reader.report("categories", f"{unknown!r} is not in the catalogue")
    return named | {each.code for each in catalogue.types.values() if each.category in categories}

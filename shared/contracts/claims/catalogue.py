"""Questions about the catalogue of claim types: what can be claimed, and what each claim needs (CLM-1)."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Language, Part, Query, View

Ask = Literal["tooth", "area", "surfaces", "lab_fee", "drug"]
Asks = tuple[Ask, ...]


class ChoiceView(Part):
    """An option of a question: what is answered, and what is shown."""

    code: str
    name: str


class QuestionView(Part):
    """A question of a claim type, answered line by line; ``choices`` are the codes of ``options``."""

    id: str
    text: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    options: tuple[ChoiceView, ...] = ()


class ServiceView(Part):
    """A service that a line may name in its ``code``."""

    code: str
    name: str
    asks: Asks = ()
    surfaces: int | None = Field(default=None, description="How many surfaces the code stands for.")
    units: int = Field(default=1, description="Units of the claim type that one such service is worth.")
    unit_minutes: int | None = None


class CategoryView(Part):
    """A heading under which claim types stand."""

    code: str
    name: str


class ClaimTypeView(Part):
    """A claim type in the caller's language.

    ``asks`` tells what a line needs besides date, units and amount: ``tooth`` (one tooth), ``area`` (a tooth or a part
    of the mouth, also in ``tooth``), ``surfaces``, ``lab_fee``, ``drug``. A line that names a service follows the
    service's own ``asks``. ``other`` is the type of its category for whatever has none.
    """

    code: str
    name: str
    category: str
    common: bool
    needs_receipt: bool
    needs_prescription: bool
    needs_referral: bool
    questions: tuple[QuestionView, ...] = ()
    category_name: str = ""
    other: bool = False
    unit: str = ""
    asks: Asks = ()
    services: tuple[ServiceView, ...] = ()


class SearchClaimTypes(Query):
    """The catalogue, searched without accents and case; empty text lists the common types (CLM-1)."""

    wire_type: ClassVar[str] = "claims.search_claim_types.v1"
    text: str = Field(default="", max_length=80)
    language: Language = "fr"


class ClaimTypesView(View):
    """Claim types, the common ones first, and all headings in their order."""

    claim_types: tuple[ClaimTypeView, ...]
    categories: tuple[CategoryView, ...] = ()
    catalogue_version: int = 0


class GetClaimType(Query):
    """One claim type by its code."""

    wire_type: ClassVar[str] = "claims.get_claim_type.v1"
    claim_type: str = Field(max_length=80)
    language: Language = "fr"


class ClaimTypeDetail(View):
    """A claim type, and the version of the catalogue from which it is."""

    claim_type: ClaimTypeView
    catalogue_version: int

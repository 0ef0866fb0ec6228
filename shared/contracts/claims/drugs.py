"""The drug list: what members look up, and how agents replace it (COV-1, COV-4)."""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Part, Query, View

Din = Annotated[str, Field(pattern=r"^[0-9]{8}$", description="Drug identification number.", examples=["02382679"])]
FacetCode = Annotated[str, Field(min_length=1, max_length=120, examples=["85"])]
DrugSort = Literal["relevance", "name", "strength", "form", "company", "din"]
DrugScheduleCode = Literal[
    "prescription",
    "prescription_recommended",
    "narcotic",
    "controlled",
    "targeted",
    "schedule_c",
    "schedule_d",
    "ethical",
    "non_prescription",
    "other",
]
ListStatus = Literal["marketed", "approved", "dormant", "cancelled"]
UPLOAD_SLICE_BYTES: Final = 256 * 1024
"""How much of an extract travels in one message."""
UPLOAD_LIMIT_BYTES: Final = 50 * 1024 * 1024
UPLOAD_SLICES: Final = UPLOAD_LIMIT_BYTES // UPLOAD_SLICE_BYTES
Bytes64 = Annotated[
    str,
    Field(
        max_length=-(-UPLOAD_SLICE_BYTES // 3) * 4, repr=False, description="Bytes in Base64.", examples=["UEsDBA=="]
    ),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]


class SearchDrugs(Query):
    """Products by name, ingredient, strength or DIN (four digits or more of it), without accents and case (COV-1).

    ``form``, ``strength``, ``route`` and ``schedule`` are codes of the facets of an answer.
    """

    wire_type: ClassVar[str] = "claims.search_drugs.v1"
    text: str = Field(min_length=2, max_length=80, examples=["metformine 500"])
    form: FacetCode | None = None
    strength: FacetCode | None = None
    route: FacetCode | None = None
    schedule: DrugScheduleCode | None = None
    sort: DrugSort = "relevance"
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=600, description="Cursor from the previous page.")


class GetDrug(Query):
    """One product of the present list."""

    wire_type: ClassVar[str] = "claims.get_drug.v1"
    din: Din


class CodedName(Part):
    """A code and its name in the caller's language."""

    code: str
    name: str


class IngredientView(Part):
    """An active ingredient and how much of it."""

    name: str
    strength: str = Field(examples=["500 MG"])


class DrugSummary(Part):
    """A product in a list: enough to tell variants apart."""

    din: Din
    name: str
    description: str
    strength: str
    forms: tuple[CodedName, ...]
    routes: tuple[CodedName, ...]
    schedules: tuple[CodedName, ...]
    atc: tuple[CodedName, ...]
    company: str


class FacetValue(Part):
    """A value by which results can be filtered, and how many there would be."""

    code: str
    name: str
    count: int


class DrugFacets(Part):
    """Values by which results can be filtered, the most frequent first, fifty at most of each."""

    form: tuple[FacetValue, ...] = ()
    strength: tuple[FacetValue, ...] = ()
    route: tuple[FacetValue, ...] = ()
    schedule: tuple[FacetValue, ...] = ()


class DrugsPage(View):
    """A page of products, the number of all, and the cursor of the next page."""

    drugs: tuple[DrugSummary, ...]
    total: int
    facets: DrugFacets
    next_after: str | None = None


class DrugView(View):
    """A product of the list in the caller's language."""

    din: Din
    name: str
    description: str
    strength: str
    forms: tuple[CodedName, ...]
    routes: tuple[CodedName, ...]
    schedules: tuple[CodedName, ...]
    atc: tuple[CodedName, ...]
    company: str
    ingredients: tuple[IngredientView, ...]
    packages: tuple[str, ...] = ()
    group: str = Field(description="Health Canada's active ingredient group: same ingredients, same strengths.")
    biosimilar: bool = False
    updated_on: date


class GetDrugList(Query):
    """Which list is in force."""

    wire_type: ClassVar[str] = "claims.get_drug_list.v1"


class DrugListView(View):
    """The list in force, and whose data it is."""

    version: Identifier
    status: ListStatus
    extracted_on: date = Field(description="The day on which Health Canada wrote the extract.")
    loaded_at: Instant
    products: int
    skipped: int = Field(description="Products of the extract that are not for people, or have another status.")
    bad_rows: int = 0
    digest: Sha256
    attribution: str


class StoreDrugListSlice(Command):
    """Bytes of an extract that is being uploaded, in order of ``position``."""

    wire_type: ClassVar[str] = "claims.store_drug_list_slice.v1"
    upload_id: Identifier
    position: int = Field(ge=0, lt=UPLOAD_SLICES)
    data: Bytes64


class DrugListSliceStored(View):
    """Kept until the extract is loaded, or for an hour."""

    position: int


class LoadDrugList(Command):
    """All slices are there: this is the new list (COV-4)."""

    wire_type: ClassVar[str] = "claims.load_drug_list.v1"
    upload_id: Identifier
    slices: int = Field(ge=1, le=UPLOAD_SLICES)
    size: int = Field(ge=1, le=UPLOAD_LIMIT_BYTES)
    sha256: Sha256
    skip_bad_rows: bool = False


class BadDrugRow(Part):
    """A malformed row of an extract: the file, the line (from 1) and the kind of mistake."""

    file: str
    line: int
    problem: str


class DrugListReport(View):
    """What became of an extract: the list in force, or the rows for which it was refused.

    ``outcome`` is ``unchanged`` when this very extract is the list already; ``complete`` is False when there may be
    more malformed rows than those told.
    """

    outcome: Literal["loaded", "unchanged", "refused"]
    list: DrugListView | None = None
    bad_rows: tuple[BadDrugRow, ...] = ()
    complete: bool = True

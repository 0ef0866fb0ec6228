"""What the health exchange reads from queries."""

from typing import Final, Literal

from pydantic import Field

from services.edge.bodies import Body

MOST: Final = 50


class ExplanationSearch(Body):
    """The page of a search. ``_format`` may be said and says nothing: there is JSON only."""

    count: int = Field(default=20, ge=1, alias="_count", description="At most 50 are given.")
    cursor: str | None = Field(default=None, max_length=64, alias="_cursor", description="From the link to this page.")
    format: Literal["json", "application/json", "application/fhir+json"] = Field(default="json", alias="_format")

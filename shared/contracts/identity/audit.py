"""Reading the audit: one's own acts and those about oneself; all of them for agents."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Identifier, Instant, Part, Query, View

Position = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{10}$",
        description="Where an entry stands: day and number.",
        examples=["2026-11-22/0000000042"],
    ),
]
Before = Annotated[Position | None, Field(description="Cursor from the previous page.")]
ActName = Annotated[str, Field(max_length=64, pattern=r"^[a-z]+(_[a-z]+)*$", examples=["sensitive_read"])]


class ListActs(Query):
    """The actor's own acts and those about the actor, newest first; for a provider also what delegates did (DEL-7)."""

    wire_type: ClassVar[str] = "identity.list_acts.v1"
    limit: int = Field(default=20, ge=1, le=100)
    before: Before = None


class SearchAudit(Query):
    """The audit for an agent, newest first. The search itself is recorded, for whom it is about to see (U5)."""

    wire_type: ClassVar[str] = "identity.search_audit.v1"
    account_id: Identifier | None = Field(default=None, description="Whose acts, their own or on their behalf.")
    about: Identifier | None = Field(default=None, description="Acts about this account, provider or dossier.")
    act: ActName | None = None
    from_day: date | None = None
    to_day: date | None = Field(default=None, description="The last day, included.")
    limit: int = Field(default=50, ge=1, le=100)
    before: Before = None


class ActView(Part):
    """An act as the audit has it. ``text`` says it in the actor's language. ``by`` is the name of who did it; of
    the insurer's staff only the role is told, except to each other.
    """

    position: Position
    act: str
    text: str
    result: Literal["success", "failure"]
    account_id: Identifier | None = None
    by: str | None = None
    by_role: str | None = None
    on_behalf_of: Identifier | None = None
    about: Identifier | None = None
    occurred_at: Instant
    correlation_id: str
    details: Mapping[str, str] = {}


class ActsPage(View):
    """A page of acts and the cursor of the next."""

    acts: tuple[ActView, ...]
    next_before: str | None = None

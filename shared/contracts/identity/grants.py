"""Grants: who may use which online service of a provider, and employees (DEL-8, DEL-9)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Language, Query, View
from shared.contracts.identity import EmailAddress, OnlineService

PersonName = Annotated[
    str,
    Field(
        min_length=2,
        max_length=80,
        pattern=r"^[^\s\d.<>@:/\\-]+(?:\.?[ -]+[^\s\d.<>@:/\\-]+)*\.?$",
        description="A name as mails show it: nothing that could be taken for an address or a link.",
        examples=["Luc Tremblay"],
    ),
]
GrantStatus = Literal["active", "suspended", "revoked"]


class DelegateGrantView(View):
    """One grant: who may use which online service of a provider, from when to when (DEL-8)."""

    grant_id: Identifier
    provider_id: Identifier
    provider_name: str
    account_id: Identifier
    delegate_name: str
    service: OnlineService
    status: GrantStatus
    valid_from: date
    valid_to: date | None
    version: int


class GrantsView(View):
    """Grants, by delegate or provider and service."""

    grants: tuple[DelegateGrantView, ...]


class ListDelegates(Query):
    """The grants that the actor's provider gave."""

    wire_type: ClassVar[str] = "identity.list_delegates.v1"


class ListMandates(Query):
    """The grants that the actor has."""

    wire_type: ClassVar[str] = "identity.list_mandates.v1"


class ChangeGrant(Command):
    """The provider suspends, resumes or revokes a grant, at once (DEL-8)."""

    wire_type: ClassVar[str] = "identity.change_grant.v1"
    grant_id: Identifier
    status: GrantStatus


class LeaveGrant(Command):
    """The delegate gives a mandate back."""

    wire_type: ClassVar[str] = "identity.leave_grant.v1"
    grant_id: Identifier


class AddEmployee(Command):
    """A provider with administrator security gives an employee everything except the bank (DEL-9)."""

    wire_type: ClassVar[str] = "identity.add_employee.v1"
    employee_id: Identifier
    name: PersonName
    email: EmailAddress
    language: Language


class GrantChanged(Event):
    """A grant is new or changed; ordered by ``version``."""

    wire_type: ClassVar[str] = "identity.grant_changed.v1"
    grant_id: Identifier
    provider_id: Identifier
    account_id: Identifier
    service: OnlineService
    status: GrantStatus
    valid_from: date
    valid_to: date | None
    version: int = Field(ge=1)
    changed_at: Instant

    def subject(self) -> str:
        return self.grant_id

"""Accounts that were disabled because they looked shared, and the cases that agents decide (LOG-8)."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Part, Query, View

DisableReason = Literal["shared_again", "owner_said_no"]
Resolution = Literal["reinstate", "keep"]
CaseState = Literal["open", "reinstated", "kept"]


class DisableAccount(Command):
    """Disable an account and open a case; the same ``case_id`` again changes nothing. Only the edge sends it."""

    wire_type: ClassVar[str] = "identity.disable_account.v1"
    account_id: Identifier
    case_id: Identifier
    reason: DisableReason
    signals: tuple[str, ...]
    occurred_at: Instant


class CaseView(Part):
    """A case as agents see it. ``signals`` are the edge's words for what it saw."""

    case_id: Identifier
    account_id: Identifier
    user_name: str
    display_name: str
    reason: DisableReason
    signals: tuple[str, ...]
    opened_at: Instant
    state: CaseState
    resolved_at: Instant | None = None
    resolved_by: Identifier | None = None
    note: str = ""


class ListCases(Query):
    """Cases, the newest first; the open ones only unless asked otherwise. For agents."""

    wire_type: ClassVar[str] = "identity.list_cases.v1"
    state: Literal["open", "all"] = "open"


class CasesView(View):
    """At most two hundred cases."""

    cases: tuple[CaseView, ...]


class ResolveCase(Command):
    """An agent reinstates an account or leaves it disabled, and says why."""

    wire_type: ClassVar[str] = "identity.resolve_case.v1"
    case_id: Identifier
    resolution: Resolution
    note: str = Field(min_length=1, max_length=500, examples=["Identity checked by telephone."])


class CaseResolved(View):
    """What became of a case."""

    case: CaseView


class AccountDisabled(Event):
    """Nobody can sign in with this account until an agent reinstates it."""

    wire_type: ClassVar[str] = "identity.account_disabled.v1"
    account_id: Identifier
    reason: DisableReason
    disabled_at: Instant

    def subject(self) -> str:
        return self.account_id


class AccountReinstated(Event):
    """An agent decided that the account may be used again."""

    wire_type: ClassVar[str] = "identity.account_reinstated.v1"
    account_id: Identifier
    reinstated_at: Instant

    def subject(self) -> str:
        return self.account_id

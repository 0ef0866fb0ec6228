"""What identity is asked, answers and publishes."""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Language, Part, Query, Sealed, View

ContractNumber = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[A-Za-z0-9-]+$", examples=["100200"])]
CertificateNumber = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[A-Za-z0-9-]+$", examples=["0005501"])]
EmailAddress = Annotated[str, Field(min_length=3, max_length=254, examples=["camille@example.org"])]
Relationship = Literal["self", "spouse", "child"]
OnlineService = Literal["billing", "payments", "profile", "inbox"]
ONLINE_SERVICES: Final[tuple[OnlineService, ...]] = ("billing", "payments", "profile", "inbox")
"""What a provider may delegate, each on its own (DEL-2). The bank is none of them (BNK-6)."""

Restriction = Literal["suspicion", "new_password", "second_factor", "terms", "enrolment", "not_open_yet"]
"""Why a session can do next to nothing yet: the account looks shared (LOG-8), a temporary password (REG-15), no second
factor where one is required (LOG-10), terms not accepted (LOG-7), enrolment not finished (REG-16), services that open
later (REG-18).
"""


class SealedCode(Part):
    """A one-time code on its way to a mailbox."""

    challenge_id: Identifier
    delivery_id: Identifier
    code: Sealed
    reference: str = Field(pattern=r"^[A-Z0-9]{3}$", description="Shown in the mail and on the page.", examples=["K7M"])
    sent_at: Instant
    expires_at: Instant


class VerifyCredentials(Command):
    """Check a user name and a password; the answer names the account or refuses neutrally."""

    wire_type: ClassVar[str] = "identity.verify_credentials.v1"
    user_name: str = Field(min_length=1, max_length=254)
    password: Sealed


class DossierView(Part):
    """One contract and certificate of an account."""

    dossier_id: Identifier
    contract_number: str
    certificate_number: str
    features: tuple[str, ...] = ()


class GrantView(Part):
    """A provider for whom a delegate may act now, and in which online services."""

    provider_id: Identifier
    provider_name: str
    services: tuple[OnlineService, ...]


class AccountView(View):
    """An account as the edge needs it for a session. ``opens_at`` is when online services open (REG-18); sessions
    opened before ``sessions_since`` count no longer (F3).
    """

    account_id: Identifier
    user_name: str
    display_name: str
    language: Language
    roles: tuple[str, ...]
    dossiers: tuple[DossierView, ...] = ()
    provider_id: Identifier | None = None
    grants: tuple[GrantView, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    opens_at: Instant | None = None
    second_factor: Literal["email", "totp"] = "email"
    sessions_since: Instant | None = None


class GetAccount(Query):
    """The account of the caller, or of a session being refreshed."""

    wire_type: ClassVar[str] = "identity.get_account.v1"
    account_id: Identifier


class PersonView(Part):
    """A covered person, for choosing for whom a claim is."""

    person_id: Identifier
    display_name: str
    relationship: Relationship


class ListPersons(Query):
    """Persons of the actor's dossier."""

    wire_type: ClassVar[str] = "identity.list_persons.v1"


class PersonsView(View):
    """Persons of a dossier, the member first."""

    persons: tuple[PersonView, ...]


class LoadRosterRows(Command):
    """A slice of a roster CSV, lines as they stand in the file (REG-20)."""

    wire_type: ClassVar[str] = "identity.load_roster_rows.v1"
    header: str
    first_line: int = Field(ge=2)
    lines: tuple[str, ...] = Field(max_length=500)


class RosterLineError(Part):
    """Why one line was refused."""

    line: int
    field: str | None
    code: str


class RosterReport(View):
    """What became of a slice: counts, and the refused lines."""

    accepted: int
    unchanged: int
    rejected: tuple[RosterLineError, ...] = ()


class CoveredPerson(Part):
    """A person of a dossier as other services may know it."""

    person_id: Identifier
    first_name: str
    last_name: str
    relationship: Relationship
    birth_date: date
    student: bool = False
    effective_from: date
    effective_to: date | None = None


class CoverageRecorded(Event):
    """A dossier of the roster is new or changed; carries the whole dossier, ordered by ``version``."""

    wire_type: ClassVar[str] = "identity.coverage_recorded.v1"
    dossier_id: Identifier
    version: int = Field(ge=1)
    contract_number: str
    certificate_number: str
    plan_code: str
    province: str
    persons: tuple[CoveredPerson, ...]

    def subject(self) -> str:
        return self.dossier_id


class MemberRegistered(Event):
    """A member's account has a dossier: with the first the account exists (REG-1), others may follow (REG-7, REG-9)."""

    wire_type: ClassVar[str] = "identity.member_registered.v1"
    account_id: Identifier
    dossier_id: Identifier
    email: EmailAddress
    language: Language
    holder_name: str
    registered_at: Instant

    def subject(self) -> str:
        return self.account_id


class AgentAdded(Event):
    """The insurer's own staff got an account."""

    wire_type: ClassVar[str] = "identity.agent_added.v1"
    account_id: Identifier
    email: EmailAddress
    language: Language
    display_name: str
    added_at: Instant

    def subject(self) -> str:
        return self.account_id

"""The directory of health providers: found, added, chosen again, merged (CLM-2)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Contract, Identifier, Instant, Part, Query, View

ProfessionCode = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$", examples=["physiotherapist"])
]
PersonName = Annotated[str, Field(max_length=39, examples=["Tremblay"])]
ClinicName = Annotated[str, Field(max_length=80, examples=["Clinique du Parc"])]
TypedPhone = Annotated[str, Field(min_length=7, max_length=40, examples=["418 555-0110"])]
ClaimTypeCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$", examples=["physiotherapy"])]
PageSize = Annotated[int, Field(ge=1, le=50)]
Cursor = Annotated[str, Field(max_length=64, description="Cursor from the previous page.")]
Province = Literal["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]


class ProviderAddress(Contract):
    """Where a provider works."""

    street: str = Field(min_length=1, max_length=100, examples=["12, rue de l’Église"])
    unit: str = Field(default="", max_length=40)
    city: str = Field(min_length=1, max_length=60, examples=["Trois-Rivières"])
    province: Province
    postal_code: str = Field(min_length=6, max_length=10, examples=["G9A 1B2"])


class ProviderSummary(Part):
    """A provider in a list; ``profession_name`` in the caller's language. ``unconfirmed_by_us`` says that a member of
    the dossier added it and no agent has looked at it yet.
    """

    provider_id: Identifier
    name: str
    practice_name: str | None = None
    profession: str | None = None
    profession_name: str | None = None
    phone: str | None = Field(default=None, examples=["(418) 555-0110"])
    city: str | None = None
    accepts_direct_billing: bool = False
    unconfirmed_by_us: bool = False


class SearchProviders(Query):
    """Providers by first name, last name and/or telephone; ``claim_type`` prefers those who give such services, and
    lists them when it is all that is given.
    """

    wire_type: ClassVar[str] = "claims.search_providers.v1"
    first_name: str = Field(default="", max_length=80)
    last_name: str = Field(default="", max_length=80)
    phone: str = Field(default="", max_length=40)
    claim_type: ClaimTypeCode | None = None
    limit: PageSize = 20
    after: Cursor | None = None


class ProvidersPage(View):
    """A page of providers, the best matches first; with ``refine`` there are more than are ever listed."""

    providers: tuple[ProviderSummary, ...]
    next_after: str | None = None
    refine: bool = False


class ListRecentProviders(Query):
    """Providers of the dossier's claims of one type, the one used last first."""

    wire_type: ClassVar[str] = "claims.list_recent_providers.v1"
    claim_type: ClaimTypeCode


class RecentProvider(Part):
    """A provider as the dossier used it; without ``provider_id`` it was typed in and is not in the directory."""

    provider_id: Identifier | None = None
    name: str
    profession_name: str | None = None
    phone: str | None = None
    city: str | None = None
    accepts_direct_billing: bool = False
    last_used_at: Instant


class RecentProviders(View):
    """Each provider once."""

    providers: tuple[RecentProvider, ...]


class ListProfessions(Query):
    """The professions that a provider can be added with."""

    wire_type: ClassVar[str] = "claims.list_professions.v1"


class ProfessionView(Part):
    """A profession in the caller's language."""

    code: str
    name: str


class ProfessionsView(View):
    """In the order in which they are offered."""

    professions: tuple[ProfessionView, ...]


class AddProvider(Command):
    """A provider that is not in the directory, as a member typed it. It is a draft until it is confirmed."""

    wire_type: ClassVar[str] = "claims.add_provider.v1"
    provider_id: Identifier
    profession: ProfessionCode
    first_name: PersonName = ""
    last_name: PersonName = ""
    clinic_name: ClinicName = ""
    phone: TypedPhone
    address: ProviderAddress


class ProviderDraft(View):
    """What was typed, in the form in which it will be kept, to be confirmed; and who it may be already."""

    provider_id: Identifier
    confirmed: bool = False
    profession: str
    profession_name: str
    first_name: str
    last_name: str
    clinic_name: str
    phone: str
    address: ProviderAddress
    expires_at: Instant
    likely_duplicates: tuple[ProviderSummary, ...] = ()


class ConfirmProvider(Command):
    """What was typed is right: from now on the dossier can choose it."""

    wire_type: ClassVar[str] = "claims.confirm_provider.v1"
    provider_id: Identifier


class ProviderConfirmed(View):
    """It can be chosen."""

    confirmed: bool = True
    provider: ProviderSummary


class ListProviderDuplicates(Query):
    """Providers that members added and nobody has looked at, the oldest first, with those that they may be."""

    wire_type: ClassVar[str] = "claims.list_provider_duplicates.v1"
    limit: PageSize = 20
    after: Cursor | None = None


class AddedProvider(Part):
    """A provider that a member added, for agents."""

    provider: ProviderSummary
    address: ProviderAddress
    dossier_id: Identifier
    added_at: Instant
    likely_matches: tuple[ProviderSummary, ...] = ()


class AddedProvidersPage(View):
    """A page of the queue."""

    added: tuple[AddedProvider, ...]
    next_after: str | None = None


class MergeProvider(Command):
    """An agent decides that a provider which a member added is another one."""

    wire_type: ClassVar[str] = "claims.merge_provider.v1"
    provider_id: Identifier
    into: Identifier


class AcceptProvider(Command):
    """An agent lists a provider which a member added for everybody."""

    wire_type: ClassVar[str] = "claims.accept_provider.v1"
    provider_id: Identifier


class ProviderDecided(View):
    """Who the provider is from now on."""

    provider_id: Identifier
    provider: ProviderSummary

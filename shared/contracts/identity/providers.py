"""Providers: the registers that agents load, and what other services learn of providers."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Language
from shared.contracts.identity import EmailAddress

ProviderKind = Literal["dentist", "pharmacy", "other", "hygienist"]
"""Which form a provider's number has (REG-11)."""

RegisterName = Literal["providers", "provider-kinds", "professionals", "statements"]
"""What agents load beside the roster (REG-20)."""

FlowKey = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]


class LoadRegisterRows(Command):
    """A slice of a register as CSV, lines as they stand in the file; answered with ``RosterReport`` (REG-20)."""

    wire_type: ClassVar[str] = "identity.load_register_rows.v1"
    register_name: RegisterName
    header: str
    first_line: int = Field(ge=2)
    lines: tuple[str, ...] = Field(max_length=500)


class ProviderRecorded(Event):
    """A provider of the register is new or changed; carries all of it, ordered by ``version``. Street, city and postal
    code of the practice are "" where the register does not know them.
    """

    wire_type: ClassVar[str] = "identity.provider_recorded.v1"
    provider_id: Identifier
    version: int = Field(ge=1)
    kind: ProviderKind
    number: str
    offices: tuple[str, ...] = ()
    specialty: str | None = None
    name: str
    practice_name: str
    chain: bool = False
    chain_name: str | None = None
    province: str
    phone: str | None = None
    active: bool = True
    street: str = ""
    city: str = ""
    postal_code: str = ""

    def subject(self) -> str:
        return self.provider_id


class ProviderRegistered(Event):
    """A provider's account exists (REG-15). ``flow_key`` names the enrolment under which banking may hold details for
    direct deposit; ``direct_deposit`` says whether the provider gave any.
    """

    wire_type: ClassVar[str] = "identity.provider_registered.v1"
    account_id: Identifier
    provider_id: Identifier
    holder_name: str
    email: EmailAddress
    language: Language
    flow_key: FlowKey | None = None
    direct_deposit: bool = False
    registered_at: Instant

    def subject(self) -> str:
        return self.provider_id


class ProviderAccountEnded(Event):
    """A provider's account was ended because nobody used its temporary password (REG-15): banking forgets the bank
    details that came with it.
    """

    wire_type: ClassVar[str] = "identity.provider_account_ended.v1"
    account_id: Identifier
    provider_id: Identifier
    ended_at: Instant

    def subject(self) -> str:
        return self.provider_id

"""Hygienists and their agreement: the steps of their enrolment, the signed agreement, and what others learn of it."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Event, Identifier, Instant, Language, Part, Query, Sealed, View
from shared.contracts.identity import EmailAddress

ReferenceNumber = Annotated[str, Field(min_length=1, max_length=20, examples=["612345"])]
UserCode = Annotated[
    str,
    Field(min_length=5, max_length=36, pattern=r"^[A-Za-z0-9]+$", description="A user name.", examples=["zoe2026"]),
]
AddressLine = Annotated[str, Field(min_length=1, max_length=100, examples=["12, rue de l’Église"])]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]
Province = Literal["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]


class PostalAddress(Part):
    """An address in Canada."""

    unit: str = Field(default="", max_length=40)
    street: AddressLine
    city: AddressLine
    province: Province
    postal_code: str = Field(min_length=6, max_length=10, examples=["G9A 1B2"])
    phone: str = Field(default="", max_length=30, pattern=r"^[0-9 ().+x-]*$", examples=["819 555-0101"])


class Reference(Part):
    """The number under which the professional's file is kept (REG-16); whether it is known shows nowhere (REG-21)."""

    step: Literal["reference"] = "reference"
    reference_number: ReferenceNumber


class CredentialsProvider(Part):
    """User name, e-mail and password of a professional's own choice. A code goes to the e-mail."""

    step: Literal["credentials_provider"] = "credentials_provider"
    user_name: UserCode
    email: EmailAddress
    password: Sealed


class Commitment(Part):
    """From which day the agreement counts, and "I commit" (REG-16 step 1, REG-17)."""

    step: Literal["commitment"] = "commitment"
    effective_date: date
    committed: Literal[True]


class ProfessionalFacts(Part):
    """The facts of the professional order are right (REG-16 step 2). ``facts_version`` is the one that was shown."""

    step: Literal["professional_facts"] = "professional_facts"
    facts_version: int = Field(ge=1)
    confirmed: Literal[True]


class CorrespondenceAddress(Part):
    """Where the insurer writes to; confidential (REG-16 step 3)."""

    step: Literal["correspondence_address"] = "correspondence_address"
    address: PostalAddress


class PracticeAddress(Part):
    """The principal place of practice; public (REG-16 step 4)."""

    step: Literal["practice_address"] = "practice_address"
    practice_name: AddressLine
    address: PostalAddress


class BankTransfer(Part):
    """Payment by bank transfer (REG-16 step 5). Bank details go to banking only, which holds them under the key of the
    enrolment until the agreement is signed; ``details_held_until`` is said by the edge where there are any.
    """

    step: Literal["bank_transfer"] = "bank_transfer"
    bank_transfer: Literal[True]
    details_held_until: Instant | None = None


class Billing(Part):
    """No accreditation for computer billing for now, and where statements on paper go, if not to the address for
    correspondence (REG-16 step 6). This step signs.
    """

    step: Literal["billing"] = "billing"
    no_accreditation: Literal[True]
    statements_address: PostalAddress | None = None


class AgreementSigned(Event):
    """A provider signed an agreement (REG-17).

    Services before ``services_billable_from`` cannot be billed; nothing can be billed before ``billable_from``, the
    instant of signing. Only the public address is told.
    """

    wire_type: ClassVar[str] = "identity.agreement_signed.v1"
    agreement_id: Identifier
    account_id: Identifier
    provider_id: Identifier
    reference_number: str
    text_version: str
    services_billable_from: date
    billable_from: Instant
    document_sha256: Digest
    practice_name: str
    practice_address: PostalAddress

    def subject(self) -> str:
        return self.agreement_id


class GetAgreement(Query):
    """The agreement that the actor signed."""

    wire_type: ClassVar[str] = "identity.get_agreement.v1"


class AgreementView(View):
    """A signed agreement, for the page that confirms it. ``opens_at`` is when online services open (REG-18)."""

    agreement_id: Identifier
    provider_id: Identifier
    reference_number: str
    holder_name: str
    language: Language
    text_version: str
    text_sha256: Digest
    document_sha256: Digest
    services_billable_from: date
    billable_from: Instant
    signed_as: str
    correspondence_address: PostalAddress
    practice_name: str
    practice_address: PostalAddress
    statements_address: PostalAddress
    opens_at: Instant | None = None

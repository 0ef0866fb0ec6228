"""Bodies of the steps by which hygienists enrol and sign their agreement (REG-16)."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.edge.bodies import Body, DirectDepositRequest, Password
from services.edge.bodies_enrolment import StepBody
from shared.contracts.identity import EmailAddress
from shared.contracts.identity.agreements import AddressLine, Province, ReferenceNumber, UserCode


class AddressBody(Body):
    """An address in Canada; the postal code in any case and spacing."""

    unit: str = Field(default="", max_length=40)
    street: AddressLine
    city: AddressLine
    province: Province
    postal_code: str = Field(min_length=6, max_length=10, examples=["G9A 1B2"])
    phone: str = Field(default="", max_length=30, pattern=r"^[0-9 ().+x-]*$", examples=["819 555-0101"])


class ReferenceBody(StepBody):
    """The reference number."""

    STEP = "reference"

    reference_number: ReferenceNumber


class CredentialsProviderBody(StepBody):
    """User name, e-mail and password of one's own choice."""

    STEP = "credentials_provider"
    CHECKS_FACTS = True

    user_name: UserCode
    email: EmailAddress
    password: Password

    def mailbox(self) -> str | None:
        return self.email


class CommitmentBody(StepBody):
    """The effective date and “I commit” (REG-17)."""

    STEP = "commitment"
    SIGNED_IN = True

    effective_date: date
    committed: Literal[True]


class ProfessionalFactsBody(StepBody):
    """The facts of the order, as they were shown, are right."""

    STEP = "professional_facts"
    SIGNED_IN = True

    facts_version: int = Field(ge=1)
    confirmed: Literal[True]


class CorrespondenceAddressBody(StepBody):
    """Where the insurer writes to; confidential."""

    STEP = "correspondence_address"
    SIGNED_IN = True

    address: AddressBody


class PracticeAddressBody(StepBody):
    """The principal place of practice; public."""

    STEP = "practice_address"
    SIGNED_IN = True

    practice_name: AddressLine
    address: AddressBody


class BankTransferBody(Body):
    """Payment by bank transfer, and the three boxes of the bank account, unless they are given later. They are sealed
    for banking alone.
    """

    bank_transfer: Literal[True]
    details: DirectDepositRequest | None = None


class BillingBody(StepBody):
    """No accreditation for now; the address for statements on paper, unless that for correspondence serves. Signs."""

    STEP = "billing"
    SIGNED_IN = True

    no_accreditation: Literal[True]
    statements_address: AddressBody | None = None


AGREEMENT_STEP_BODIES: tuple[type[StepBody], ...] = (
    ReferenceBody,
    CredentialsProviderBody,
    CommitmentBody,
    ProfessionalFactsBody,
    CorrespondenceAddressBody,
    PracticeAddressBody,
    BillingBody,
)
"""The steps that go to identity as they are; the one about the bank has a route of its own."""

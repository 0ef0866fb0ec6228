"""Enrolments: one mechanism for every way to an account."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Language, Part, Query, Sealed, View
from shared.contracts.identity import AccountView, CertificateNumber, ContractNumber, EmailAddress, SealedCode
from shared.contracts.identity.agreements import (
    BankTransfer,
    Billing,
    Commitment,
    CorrespondenceAddress,
    CredentialsProvider,
    PracticeAddress,
    ProfessionalFacts,
    Reference,
)
from shared.contracts.identity.provider_enrolment import (
    ProviderDirectDeposit,
    ProviderProfile,
    ProviderSubmit,
    WelcomeTerms,
)

PathCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$", examples=["member_email"])]
StepName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$", examples=["roster_facts"])]


class RosterFacts(Part):
    """What stands on the insurance card, and who says so (REG-1, REG-3)."""

    step: Literal["roster_facts"] = "roster_facts"
    contract_number: ContractNumber
    certificate_number: CertificateNumber
    birth_date: date


class CredentialsEmail(Part):
    """E-mail, which is the user name as well, and password (REG-1). A code goes to the e-mail."""

    step: Literal["credentials_email"] = "credentials_email"
    email: EmailAddress
    password: Sealed


class Mailbox(Part):
    """The e-mail that keeps access alive; a code goes there (REG-2, REG-3)."""

    step: Literal["mailbox"] = "mailbox"
    email: EmailAddress


class UserCode(Part):
    """The user code with its password, a hint where the plan keeps one, and the recovery answer (REG-3 to REG-6)."""

    step: Literal["user_code"] = "user_code"
    user_code: str = Field(min_length=1, max_length=64, examples=["beatrice84"])
    password: Sealed
    password_repeat: Sealed | None = None
    hint: Sealed | None = None
    recovery_answer: Sealed


class DisplayName(Part):
    """How screens address the person; the roster keeps its name (REG-8)."""

    step: Literal["display_name"] = "display_name"
    display_name: str = Field(min_length=1, max_length=60, examples=["Béa"])


class ExistingAccount(Part):
    """The user code of another product line, to gain a dossier (REG-9)."""

    step: Literal["existing_account"] = "existing_account"
    user_name: str = Field(min_length=1, max_length=254)
    password: Sealed


class CodeReturned(Part):
    """The code came back; only the edge can say so."""

    step: Literal["code"] = "code"


StepData = Annotated[
    RosterFacts
    | CredentialsEmail
    | Mailbox
    | UserCode
    | DisplayName
    | ExistingAccount
    | CodeReturned
    | WelcomeTerms
    | ProviderProfile
    | ProviderDirectDeposit
    | ProviderSubmit
    | Reference
    | CredentialsProvider
    | Commitment
    | ProfessionalFacts
    | CorrespondenceAddress
    | PracticeAddress
    | BankTransfer
    | Billing,
    Field(discriminator="step"),
]
"""What each step asks. Secrets are sealed for identity with the binding ``(<field name>, <enrolment id>)``; a field
inside another one is named with its way, as in ``answers.0.text``.
"""


class StartEnrolment(Command):
    """Begin to walk a path. ``enrolment_id`` is the SHA-256 of what only the browser knows."""

    wire_type: ClassVar[str] = "identity.start_enrolment.v1"
    enrolment_id: Identifier
    path: PathCode
    language: Language


class SubmitStep(Command):
    """Do the current step, or an earlier one again. ``code`` is what a step that proves a mailbox has mailed."""

    wire_type: ClassVar[str] = "identity.submit_step.v1"
    enrolment_id: Identifier
    data: StepData
    code: SealedCode | None = None


class ResendEnrolmentCode(Command):
    """Mail another code, or the same notice once more."""

    wire_type: ClassVar[str] = "identity.resend_enrolment_code.v1"
    enrolment_id: Identifier
    code: SealedCode


class GetEnrolment(Query):
    """How far an enrolment is, to resume it."""

    wire_type: ClassVar[str] = "identity.get_enrolment.v1"
    enrolment_id: Identifier


class EnrolmentView(View):
    """The same whatever identity knows, until a mailbox is proved (REG-21).

    ``shown`` is what the current step shows to the person; ``account`` is there when the enrolment is finished.
    """

    enrolment_id: Identifier
    path: PathCode
    language: Language
    steps: tuple[StepName, ...]
    done: tuple[StepName, ...] = ()
    current: StepName | None = None
    expires_at: Instant
    shown: Mapping[str, str] = {}
    account: AccountView | None = None

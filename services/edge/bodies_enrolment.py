"""Bodies of enrolments: one class per step, named as the step. Secret fields are sealed for identity on their way."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from services.edge.bodies import Body, CodeSent, Password
from shared.contracts import Language
from shared.contracts.identity import CertificateNumber, ContractNumber, EmailAddress
from shared.contracts.identity.enrolment import EnrolmentView, PathCode


class EnrolmentRequest(Body):
    """Which way to an account."""

    path: PathCode
    language: Language


class EnrolmentAnswer(EnrolmentView):
    """How far an enrolment is. ``code`` says that a code is on its way, and what its mail is recognised by."""

    code: CodeSent | None = None


class StepBody(Body):
    """A step as it is typed; fields have the names of its contract."""

    STEP: ClassVar[str]
    SIGNED_IN: ClassVar[bool] = False
    """Whether somebody signed in does it (``/enrolment/steps``) or anybody (``/enrolments/{id}/steps``)."""

    CHECKS_FACTS: ClassVar[bool] = False
    """Whether identity compares everything that was typed with what it knows, and has mailed what came of it."""

    def mailbox(self) -> str | None:
        """The address that is to be proved by a code, on steps that name one."""
        return None


class RosterFactsBody(StepBody):
    """What stands on the insurance card (REG-1, REG-3)."""

    STEP = "roster_facts"

    contract_number: ContractNumber
    certificate_number: CertificateNumber
    birth_date: date


class CredentialsEmailBody(StepBody):
    """E-mail, which is the user name as well, and password (REG-1)."""

    STEP = "credentials_email"
    CHECKS_FACTS = True

    email: EmailAddress
    password: Password

    def mailbox(self) -> str | None:
        return self.email


class MailboxBody(StepBody):
    """The e-mail that keeps access alive (REG-2, REG-3)."""

    STEP = "mailbox"
    CHECKS_FACTS = True

    email: EmailAddress

    def mailbox(self) -> str | None:
        return self.email


class UserCodeBody(StepBody):
    """User code, password, hint where the plan keeps one, and recovery answer (REG-3 to REG-6)."""

    STEP = "user_code"

    user_code: str = Field(min_length=1, max_length=64)
    password: Password
    password_repeat: Password | None = None
    hint: Annotated[SecretStr, Field(min_length=1, max_length=100)] | None = None
    recovery_answer: Annotated[SecretStr, Field(min_length=1, max_length=100)]


class DisplayNameBody(StepBody):
    """How screens address the person (REG-8)."""

    STEP = "display_name"

    display_name: str = Field(min_length=1, max_length=60)


class ExistingAccountBody(StepBody):
    """The user code of another product line (REG-9); a code goes to its mailbox."""

    STEP = "existing_account"
    CHECKS_FACTS = True

    user_name: str = Field(min_length=1, max_length=254)
    password: Password

    def mailbox(self) -> str | None:
        return self.user_name


STEP_BODIES: tuple[type[StepBody], ...] = (
    RosterFactsBody,
    CredentialsEmailBody,
    MailboxBody,
    UserCodeBody,
    DisplayNameBody,
    ExistingAccountBody,
)
"""Every step that is typed, of every path; each is a route."""

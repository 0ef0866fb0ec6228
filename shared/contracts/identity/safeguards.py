"""Account management, step-up and administrator security (LOG-9, BNK-3, DEL-9)."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Query, Sealed, View
from shared.contracts.identity import EmailAddress, SealedCode
from shared.contracts.identity.recovery import Verdict

StepUpAction = Literal["direct_deposit_change", "provider_direct_deposit_change", "administrator_change"]
"""What needs a fresh proof, for this one change alone. The last two are a provider's: with administrator security they
need its credential.
"""


class StartStepUp(Command):
    """Have a code mailed for one change: to the administrator where the provider has one, else to the account.

    ``administrator`` is a JSON object ``{"email", "password", "answers": {question: answer}}``, sealed for identity.
    """

    wire_type: ClassVar[str] = "identity.start_step_up.v1"
    step_up_id: Identifier
    action: StepUpAction
    administrator: Sealed | None = None
    code: SealedCode


class ResendStepUpCode(Command):
    """Have the next code of a step-up mailed, to where the first one went (LOG-2); answered with ``StepUpStarted``."""

    wire_type: ClassVar[str] = "identity.resend_step_up_code.v1"
    step_up_id: Identifier
    action: StepUpAction
    code: SealedCode


class StepUpStarted(View):
    """Where the code went, or one verdict on the whole administrator credential."""

    step_up_id: Identifier
    sent_to: Literal["account", "administrator"] | None
    verdict: Verdict
    tries_left: int = Field(ge=0)


class SetSecurityQuestions(Command):
    """Choose other security questions; the password proves who is asking. Answers by question, as sealed JSON."""

    wire_type: ClassVar[str] = "identity.set_security_questions.v1"
    current_password: Sealed
    answers: Sealed


class StartEmailChange(Command):
    """Have a code mailed to a new access address; nothing changes before it came back."""

    wire_type: ClassVar[str] = "identity.start_email_change.v1"
    change_id: Identifier
    email: EmailAddress
    current_password: Sealed
    code: SealedCode


class AddressChangeStarted(View):
    """Always the same, whoever uses the address already."""

    change_id: Identifier


class ResendAddressChangeCode(Command):
    """Have the next code of a change of address mailed, an account's or an administrator's (LOG-2); answered with
    ``AddressChangeStarted``.
    """

    wire_type: ClassVar[str] = "identity.resend_address_change_code.v1"
    change_id: Identifier
    code: SealedCode


class ConfirmEmailChange(Command):
    """The code came back from the new address."""

    wire_type: ClassVar[str] = "identity.confirm_email_change.v1"
    change_id: Identifier


class SetAdministratorSecurity(Command):
    """Add or replace administrator security: set aside until the code came back from its address (DEL-9).

    ``replaces`` is the version that is being replaced, 0 for none.
    """

    wire_type: ClassVar[str] = "identity.set_administrator_security.v1"
    change_id: Identifier
    email: EmailAddress
    password: Sealed
    answers: Sealed
    replaces: int = Field(ge=0)
    code: SealedCode


class ConfirmAdministratorSecurity(Command):
    """The code came back from the administrator's address."""

    wire_type: ClassVar[str] = "identity.confirm_administrator_security.v1"
    change_id: Identifier


class GetAdministratorSecurity(Query):
    """The administrator security of the actor's provider, masked."""

    wire_type: ClassVar[str] = "identity.get_administrator_security.v1"


class ListAdministratorQuestions(Query):
    """The questions that administrators choose from, in the caller's language (DEL-9); answered with
    ``SecurityQuestionsView``.
    """

    wire_type: ClassVar[str] = "identity.list_administrator_questions.v1"


class AdministratorSecurityView(View):
    """Whether there is one, and what may be shown of it (B5)."""

    active: bool
    email: str | None = Field(default=None, description="Masked.", examples=["a***@example.org"])
    questions: tuple[str, ...] = ()
    version: int = Field(default=0, ge=0)
    changed_at: Instant | None = None

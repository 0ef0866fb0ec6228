"""Getting back into an account whose password, or user name, was forgotten (LOG-3, LOG-4, LOG-5)."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Language, Query, Sealed, View
from shared.contracts.identity import EmailAddress, SealedCode

RecoveryMethod = Literal["member", "hint", "provider"]
"""By certificate number; by certificate number and recovery answer, with the hint; by provider number and answers."""

RecoveryStep = Literal["answers", "password"]
"""What comes next once the code came back."""

Verdict = Literal["right", "wrong", "blocked"]


class StartRecovery(Command):
    """Have a code mailed if these facts belong to one account; the answer never tells (F1)."""

    wire_type: ClassVar[str] = "identity.start_recovery.v1"
    recovery_id: Identifier
    method: RecoveryMethod
    email: EmailAddress
    number: str = Field(min_length=1, max_length=20, description="Certificate number or provider number.")
    language: Language
    code: SealedCode


class ResendRecoveryCode(Command):
    """Send another code for a recovery under way."""

    wire_type: ClassVar[str] = "identity.resend_recovery_code.v1"
    recovery_id: Identifier
    code: SealedCode


class RecoveryStarted(View):
    """Always the same, whatever is known."""

    recovery_id: Identifier


class ConfirmRecovery(Command):
    """The code came back: who holds the recovery's name may go on, and do nothing but set a password (F2)."""

    wire_type: ClassVar[str] = "identity.confirm_recovery.v1"
    recovery_id: Identifier


class GetRecovery(Query):
    """Where a recovery stands. Only answered once the code came back."""

    wire_type: ClassVar[str] = "identity.get_recovery.v1"
    recovery_id: Identifier


class RecoveryView(View):
    """What comes next. ``questions`` are the same set until they are answered or blocked (F6)."""

    recovery_id: Identifier
    step: RecoveryStep
    questions: tuple[str, ...] = ()
    hint: str | None = Field(default=None, repr=False)
    expires_at: Instant


class AnswerRecovery(Command):
    """All answers at once: a JSON object of answers by question, sealed for identity (F6)."""

    wire_type: ClassVar[str] = "identity.answer_recovery.v1"
    recovery_id: Identifier
    answers: Sealed


class AnswersChecked(View):
    """One verdict on all answers together; never which of them is wrong (F6)."""

    verdict: Verdict
    tries_left: int = Field(ge=0)


class SetRecoveredPassword(Command):
    """The end of a recovery: the password, sealed for identity."""

    wire_type: ClassVar[str] = "identity.set_recovered_password.v1"
    recovery_id: Identifier
    password: Sealed


class PasswordRecovered(View):
    """The account has a new password; the edge opens its locks. Not for the caller, who proved a mailbox only."""

    account_id: Identifier

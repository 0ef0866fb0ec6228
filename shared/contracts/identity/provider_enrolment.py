"""What the steps of a provider's enrolment ask, and the questions to choose from (REG-10 to REG-14)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Language, Part, Query, Sealed, View
from shared.contracts.identity import EmailAddress
from shared.contracts.payments import BatchNumber

EnrollingKind = Literal["dentist", "pharmacy", "other"]
"""Who proves themselves by statements; hygienists, who have none yet, have a path of their own (REG-16)."""

QuestionCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
TermsVersion = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9.-]+$", examples=["2026-01"])]


class WelcomeTerms(Part):
    """“I consent” to the terms in this version (REG-10)."""

    step: Literal["welcome_terms"] = "welcome_terms"
    accepted: Literal[True]
    terms_version: TermsVersion


class StatementTold(Part):
    """What stands at the head of a statement (REG-13)."""

    statement_date: date
    batch_number: BatchNumber


class AnswerTold(Part):
    """A security question and its answer (REG-14)."""

    question: QuestionCode
    answer: Sealed


class ProviderProfile(Part):
    """Who the provider is, how to reach them, and two statements that prove it (REG-11, REG-13, REG-14)."""

    step: Literal["provider_profile"] = "provider_profile"
    kind: EnrollingKind
    number: str = Field(min_length=1, max_length=20)
    office_number: str | None = Field(default=None, max_length=8)
    email: EmailAddress
    email_repeat: EmailAddress
    statements: tuple[StatementTold, StatementTold]
    answers: tuple[AnswerTold, AnswerTold, AnswerTold]


class ProviderDirectDeposit(Part):
    """Whether banking holds details for direct deposit under this enrolment; the details never come here (BNK-2)."""

    step: Literal["provider_direct_deposit"] = "provider_direct_deposit"
    given: bool


class ProviderSubmit(Part):
    """The end: everything is compared, and one mail tells what came of it."""

    step: Literal["provider_submit"] = "provider_submit"


class ListSecurityQuestions(Query):
    """The three lists of security questions."""

    wire_type: ClassVar[str] = "identity.list_security_questions.v1"
    language: Language = "fr"


class SecurityQuestion(Part):
    """A question to choose."""

    code: QuestionCode
    text: str


class SecurityQuestionsView(View):
    """One question is chosen from each list."""

    lists: tuple[tuple[SecurityQuestion, ...], ...]

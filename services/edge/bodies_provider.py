"""Bodies of the steps by which providers enrol (REG-10 to REG-15)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from services.edge.bodies import Body, DirectDepositRequest
from services.edge.bodies_enrolment import StepBody
from shared.contracts.identity import EmailAddress
from shared.contracts.identity.provider_enrolment import EnrollingKind, QuestionCode, TermsVersion
from shared.contracts.payments import BatchNumber

Answer = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class WelcomeTermsBody(StepBody):
    """“I consent” (REG-10)."""

    STEP = "welcome_terms"

    accepted: Literal[True]
    terms_version: TermsVersion


class StatementBody(Body):
    """Date and batch number of a statement (REG-13)."""

    statement_date: date
    batch_number: BatchNumber


class AnswerBody(Body):
    """A security question and its answer (REG-14)."""

    question: QuestionCode
    answer: Answer


class ProviderProfileBody(StepBody):
    """Who the provider is, how to reach them, and two statements that prove it (REG-11, REG-13, REG-14)."""

    STEP = "provider_profile"

    kind: EnrollingKind
    number: str = Field(min_length=1, max_length=20)
    office_number: str | None = Field(default=None, max_length=8)
    email: EmailAddress
    email_repeat: EmailAddress
    statements: tuple[StatementBody, StatementBody]
    answers: tuple[AnswerBody, AnswerBody, AnswerBody]


class ProviderSubmitBody(StepBody):
    """The end: nothing more is typed."""

    STEP = "provider_submit"
    CHECKS_FACTS = True


class ProviderDirectDepositBody(Body):
    """The three boxes of a bank account, or ``skip`` (REG-10). They are sealed for banking alone."""

    skip: bool = False
    details: DirectDepositRequest | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.skip == (self.details is not None):
            raise PydanticCustomError("skip_or_details", "either skip or details")
        return self


PROVIDER_STEP_BODIES: tuple[type[StepBody], ...] = (WelcomeTermsBody, ProviderProfileBody, ProviderSubmitBody)
"""The steps that go to identity as they are; the one about the bank has a route of its own."""

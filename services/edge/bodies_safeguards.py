"""Bodies of account management, step-up and administrator security (LOG-9, BNK-3, DEL-9)."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from services.edge.bodies import Answer, Body, CodeSent, DirectDepositRequest, Password
from services.edge.bodies_recovery import QuestionId, TypedAnswer
from shared.contracts.identity import EmailAddress
from shared.contracts.identity.safeguards import StepUpAction

ThreeAnswers = Annotated[
    dict[QuestionId, TypedAnswer],
    Field(min_length=3, max_length=3, description="One question of each list, with its answer."),
]


def _same(first: str, second: str) -> None:
    if first.strip().casefold() != second.strip().casefold():
        raise PydanticCustomError("emails_differ", "both addresses must be the same")


class SecurityQuestionsRequest(Body):
    """Other security questions; the password proves who is asking."""

    current_password: Password
    answers: ThreeAnswers


class EmailChangeRequest(Body):
    """A new access address, typed twice."""

    new_email: EmailAddress
    new_email_again: EmailAddress
    current_password: Password

    @model_validator(mode="after")
    def _typed_twice(self) -> Self:
        _same(self.new_email, self.new_email_again)
        return self


class AddressChangeAnswer(CodeSent):
    """The name of a change under way; a code is on its way to the new address."""

    change_id: str


class DirectDepositChangeRequest(DirectDepositRequest):
    """New bank details, and the version of those that were shown."""

    replaces: int = Field(ge=1, examples=[1])


class AdministratorSecurityRequest(Body):
    """A second person's address (typed twice), password and answers; ``replaces`` is 0 the first time (DEL-9)."""

    email: EmailAddress
    email_again: EmailAddress
    password: Password
    answers: ThreeAnswers
    replaces: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _typed_twice(self) -> Self:
        _same(self.email, self.email_again)
        return self


class AdministratorCredential(Body):
    """The whole credential of administrator security."""

    email: EmailAddress
    password: Password
    answers: ThreeAnswers


class StepUpRequest(Body):
    """What is to be changed, exactly as it will be sent; and the administrator's credential where there is one."""

    action: StepUpAction
    direct_deposit: DirectDepositChangeRequest | None = None
    administrator_security: AdministratorSecurityRequest | None = None
    administrator: AdministratorCredential | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        about_bank = self.action != "administrator_change"
        if (self.direct_deposit is not None) != about_bank or (self.administrator_security is None) != about_bank:
            raise PydanticCustomError("step_up_details", "the details of the action, and no others")
        return self

    @property
    def change(self) -> Body:
        """The body of the request that the token will be good for."""
        change = self.direct_deposit or self.administrator_security
        if change is None:
            raise TypeError("validated above")
        return change


class StepUpStarted(CodeSent):
    """A code is on its way: to the account's address, or to the administrator's."""

    step_up_id: str
    sent_to: str = Field(examples=["account", "administrator"])


class StepUpToken(Answer):
    """Goes into the header ``Step-Up`` of the one request that was described."""

    step_up_token: str = Field(repr=False)
    expires_in: int = Field(description="Seconds.")


def revealed(secret: object) -> str:
    """A secret among plain values, for the digest of a change."""
    if isinstance(secret, SecretStr):
        return secret.get_secret_value()
    raise TypeError(type(secret).__name__)

"""Bodies of recoveries (LOG-3, LOG-4, LOG-5)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr

from services.edge.bodies import Answer, Body, CodeSent, Password
from shared.contracts import Instant, Language
from shared.contracts.identity import EmailAddress
from shared.contracts.identity.recovery import RecoveryMethod, RecoveryStep

QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["first_pet"])]
TypedAnswer = Annotated[SecretStr, Field(min_length=1, max_length=100)]
TypedAnswers = Annotated[
    Mapping[QuestionId, TypedAnswer],
    Field(min_length=1, max_length=3, description="Answers by question; case, accents, punctuation are ignored."),
]


class RecoveryRequest(Body):
    """Who forgot a password or a user name; ``number`` is the certificate number, or the provider number."""

    method: RecoveryMethod
    email: EmailAddress
    number: str = Field(min_length=1, max_length=20, examples=["0005501"])
    language: Language


class RecoveryAnswers(Body):
    """All answers at once."""

    answers: TypedAnswers


class RecoveredPassword(Body):
    """The new password."""

    new_password: Password


class RecoveryStarted(CodeSent):
    """The name of a recovery under way; the same answer whatever is known (F1)."""

    recovery_id: str


class RecoveryAnswer(Answer):
    """What comes next: ``answers`` to ``questions``, or ``password``. The hint, where there is one, may be enough."""

    recovery_id: str
    step: RecoveryStep
    questions: tuple[str, ...] = ()
    hint: str | None = Field(default=None, repr=False)
    expires_at: Instant

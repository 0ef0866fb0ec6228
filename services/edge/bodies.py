"""Bodies of HTTP requests and answers that are not messages themselves. Secrets are hidden from ``repr`` and errors."""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal, LiteralString

from pydantic import AfterValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from services.edge.auth.codes import normalised
from services.edge.auth.records import Mail
from shared.contracts import Contract, Identifier, Instant
from shared.contracts.identity import Restriction, RosterReport
from shared.contracts.payments import PayeeClass


class Body(Contract):
    """A request body: closed, and silent about its values when it is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Answer(Contract):
    """An answer that the edge composes itself."""


def _six_digits(typed: SecretStr) -> SecretStr:
    code = normalised(typed.get_secret_value())
    if code is None:
        raise PydanticCustomError("code_shape", "six digits")
    return SecretStr(code)


Password = Annotated[SecretStr, Field(min_length=1, max_length=256)]
TypedCode = Annotated[
    SecretStr,
    Field(min_length=1, max_length=32, description="Six digits; spaces and dashes are ignored."),
    AfterValidator(_six_digits),
]


class CodeRequest(Body):
    """The code from the mail."""

    code: TypedCode


class SignInRequest(Body):
    """First step of signing in (LOG-1)."""

    user_name: str = Field(min_length=1, max_length=254)
    password: Password
    device_token: SecretStr | None = Field(
        default=None, min_length=1, max_length=128, description="From an earlier sign-in in this browser."
    )


class RefreshRequest(Body):
    """Asks for the next access token."""

    refresh_token: SecretStr = Field(min_length=1, max_length=256)


def _box(pattern: str, error: LiteralString) -> Callable[[str], str]:
    """Digits of one box, with an error of its own that says what belongs there and never repeats what was typed."""

    def checked(typed: str) -> str:
        if re.fullmatch(pattern, typed) is None:
            raise PydanticCustomError(error, "not the digits of this box")
        return typed

    return checked


_TRANSIT: Final = "[0-9]{5}"
_INSTITUTION: Final = "[0-9]{3}"
_ACCOUNT: Final = "[0-9]{1,12}"


class DirectDepositRequest(Body):
    """The three boxes of a Canadian bank account (BNK-1)."""

    transit: Annotated[str, AfterValidator(_box(_TRANSIT, "transit_form"))] = Field(
        repr=False, examples=["10011"], json_schema_extra={"pattern": f"^{_TRANSIT}$"}
    )
    institution: Annotated[str, AfterValidator(_box(_INSTITUTION, "institution_form"))] = Field(
        repr=False, examples=["815"], json_schema_extra={"pattern": f"^{_INSTITUTION}$"}
    )
    account: Annotated[str, AfterValidator(_box(_ACCOUNT, "account_form"))] = Field(
        repr=False, examples=["0123456"], json_schema_extra={"pattern": f"^{_ACCOUNT}$"}
    )


class PaymentRunRequest(Body):
    """Which payees a run is for (PAY-1)."""

    payee_class: PayeeClass


class CodeSent(Answer):
    """A code is on its way; ``reference`` stands in the mail too (LOG-2)."""

    reference: str
    resend_after_seconds: int
    expires_at: Instant


class ChallengeAnswer(Answer):
    """The name of a sign-in under way: whoever lacks it cannot use the code. By ``method`` the code comes by e-mail, or
    from the holder's authenticator app; then there is no reference and nothing to resend.
    """

    challenge_id: str
    method: Literal["email", "totp"] = "email"
    reference: str | None = None
    resend_after_seconds: int | None = None
    expires_at: Instant


class TokenAnswer(Answer):
    """A session: an access token for the next minutes and a refresh token for the one after it."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6750, not a secret
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str = Field(repr=False)
    refresh_expires_in: int = Field(description="Seconds until the session ends, whatever happens.")
    session_id: Identifier
    dossier_id: Identifier | None
    provider_id: Identifier | None = None
    restrictions: tuple[Restriction, ...] = ()
    device_token: str | None = Field(
        default=None, repr=False, description="Names this browser; to be kept and sent at its next sign-ins."
    )


class SignInState(Answer):
    """How far a sign-in has come (L7)."""

    mail: Mail = Field(
        description="Of the latest code: on its way, delayed because the mail server is away, or failed."
    )
    resend_after_seconds: int
    expires_at: Instant


class AccessAnswer(Answer):
    """Another access token of a session that goes on; its refresh token stays what it is."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6750, not a secret
    expires_in: int = Field(description="Seconds until the access token expires.")
    session_id: Identifier
    dossier_id: Identifier | None
    provider_id: Identifier | None = None
    restrictions: tuple[Restriction, ...] = ()


class RosterAnswer(RosterReport):
    """What became of a roster: ``rejected`` holds the first thousand refused lines of ``rejected_total``."""

    rejected_total: int


class JsonWebKeySet(Answer):
    """Public keys for access tokens (RFC 7517)."""

    keys: tuple[dict[str, str], ...]


class ProblemError(Answer):
    """What is wrong with one part of a request."""

    pointer: str | None = Field(default=None, description="JSON pointer into the body, as a URI fragment.")
    parameter: str | None = Field(default=None, description="Name of a path, query or header parameter.")
    code: str
    detail: str


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:acquit:problem:code.wrong"])
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    retry_after_seconds: int | None = None
    errors: tuple[ProblemError, ...] = ()

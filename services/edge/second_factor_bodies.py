"""Bodies of the second factor. ``typed`` codes may have spaces and dashes, and letters of either case."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from services.edge.auth.codes import REFERENCE_ALPHABET, normalised
from services.edge.bodies import Answer, Body

RECOVERY_CODE_LENGTH: Final = 10


def _code_or_recovery_code(typed: SecretStr) -> SecretStr:
    digits = normalised(typed.get_secret_value())
    if digits is not None:
        return SecretStr(digits)
    signs = "".join(sign for sign in typed.get_secret_value().upper() if sign.isalnum())
    if len(signs) != RECOVERY_CODE_LENGTH or not set(signs) <= set(REFERENCE_ALPHABET):
        raise PydanticCustomError("code_shape", "six digits, or a recovery code")
    return SecretStr(signs)


SecondStepCode = Annotated[
    SecretStr,
    Field(
        min_length=1,
        max_length=32,
        description="Six digits from the mail or the app, or a recovery code; spaces and dashes are ignored.",
    ),
    AfterValidator(_code_or_recovery_code),
]


class SecondStepRequest(Body):
    """The second step of signing in, or a proof that the authenticator app is at hand."""

    code: SecondStepCode


class SecondFactorAnswer(Answer):
    """What an authenticator app needs, shown this once; ``otpauth_uri`` is what its QR code says."""

    secret: str = Field(repr=False, description="Base32.")
    otpauth_uri: str = Field(repr=False)


class RecoveryCodesAnswer(Answer):
    """Each opens the account once without the app. They are shown this once."""

    recovery_codes: tuple[str, ...] = Field(repr=False)

"""Counters of failed sign-ins, and the second factor by authenticator app."""

from typing import ClassVar, Literal

from shared.contracts import Command, Identifier, Query, Sealed, View
from shared.contracts.identity import AccountView


class VerifiedAccount(AccountView):
    """The answer to ``VerifyCredentials``: the account, and whose failed sign-ins it shares.

    ``subject`` is for the edge alone. It stands in the ``params`` of the refusal too: the same for every spelling of an
    account's names, and worth nothing to whoever sees it, because identity's pepper is in it.
    """

    subject: Identifier


class GetSignInSubject(Query):
    """Whose failed sign-ins an account shares; asked by agents (to unlock it), and by the edge for a recovery."""

    wire_type: ClassVar[str] = "identity.get_sign_in_subject.v1"
    account_id: Identifier


class SignInSubject(View):
    """The counter of an account."""

    subject: Identifier


class StartTotp(Command):
    """The caller sets up an authenticator app; ``secret`` (base32) is bound to ``("totp", account_id)``.

    The edge makes the secret, because what identity answered would be kept in its message log.
    """

    wire_type: ClassVar[str] = "identity.start_totp.v1"
    secret: Sealed


class TotpStarted(View):
    """How the app is to name the account."""

    user_name: str


class ConfirmTotp(Command):
    """The app shows the right code: it is the caller's second factor from now on.

    ``recovery_codes`` are ten, separated by spaces. Both secrets are bound to ``("totp", account_id)``.
    """

    wire_type: ClassVar[str] = "identity.confirm_totp.v1"
    code: Sealed
    recovery_codes: Sealed


class RemoveTotp(Command):
    """Codes come by e-mail again; a fresh code of the app, or a recovery code, proves that it is the holder's wish."""

    wire_type: ClassVar[str] = "identity.remove_totp.v1"
    code: Sealed


class VerifyTotp(Command):
    """Check and use up the second step of a sign-in: a code of the app or a recovery code, sealed as above."""

    wire_type: ClassVar[str] = "identity.verify_totp.v1"
    account_id: Identifier
    code: Sealed


class TotpVerified(View):
    """It was right, and will not be again."""

    account_id: Identifier
    by: Literal["app", "recovery_code"]
    recovery_codes_left: int

"""Refusals of identity; the families decide what a transport does with them (``shared.errors``)."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected, Throttled


class AgentsOnlyError(Forbidden):
    """Only the insurer's own staff may do this."""

    def __init__(self) -> None:
        super().__init__("identity.agents_only")


class RosterHeaderError(Rejected):
    """The header line of a roster lacks a column, repeats one or has one that is not known."""

    def __init__(self, column: str) -> None:
        super().__init__("identity.roster_header", column=column[:40])


class EmailInvalidError(Rejected):
    """Not an e-mail address to which the mail server could deliver."""

    def __init__(self) -> None:
        super().__init__("identity.email_invalid")


class PasswordTooShortError(Rejected):
    """Fewer characters than the policy asks for (REG-4)."""

    def __init__(self, minimum: int) -> None:
        super().__init__("identity.password_too_short", minimum=minimum)


class PasswordTooLongError(Rejected):
    """More characters than the policy allows (REG-4)."""

    def __init__(self, maximum: int) -> None:
        super().__init__("identity.password_too_long", maximum=maximum)


class PasswordTooSimpleError(Rejected):
    """Fewer classes of characters than the policy asks for (REG-4)."""

    def __init__(self, classes: int) -> None:
        super().__init__("identity.password_too_simple", classes=classes)


class PasswordCommonError(Rejected):
    """The password stands on the list that every attacker tries first (REG-4)."""

    def __init__(self) -> None:
        super().__init__("identity.password_common")


class PasswordPersonalError(Rejected):
    """The password contains something that others know about the person (REG-4)."""

    def __init__(self) -> None:
        super().__init__("identity.password_personal")


class HashingBusyError(Throttled):
    """More passwords wait to be hashed than this process can do in time."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("identity.busy", retry_after_seconds=retry_after_seconds)


class InvalidCredentialsError(Rejected):
    """User name or password is wrong; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("identity.invalid_credentials")


class RegistrationUnknownError(NotFound):
    """No such registration is under way: never begun, expired or completed."""

    def __init__(self) -> None:
        super().__init__("identity.registration_unknown")


class RegistrationNotConfirmedError(Rejected):
    """This registration makes no account; why is told by mail only (REG-21)."""

    def __init__(self) -> None:
        super().__init__("identity.registration_not_confirmed")


class AccountUnknownError(NotFound):
    """No account has this id, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__("identity.account_unknown")


class DossierUnknownError(NotFound):
    """The caller has no dossier, or the roster does not know it."""

    def __init__(self) -> None:
        super().__init__("identity.dossier_unknown")


class UserNameTakenError(Conflict):
    """An account with this user name exists. Told to agents only."""

    def __init__(self) -> None:
        super().__init__("identity.user_name_taken")


class AccountChangedError(Conflict):
    """The account was changed by somebody else at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.account_changed")


class ClientUnknownError(NotFound):
    """No machine client has this id, or it was disabled."""

    def __init__(self) -> None:
        super().__init__("identity.client_unknown")


class ClientRefusedError(Rejected):
    """Unknown, disabled, or the wrong secret; which of them is not told outside. ``known`` is for counting refusals:
    made-up ids must not fill the audit.
    """

    def __init__(self, *, known: bool) -> None:
        super().__init__("identity.client_refused", known=int(known))


class ScopeNotGrantedError(Rejected):
    """A machine client asks for a scope that is not its own."""

    def __init__(self) -> None:
        super().__init__("identity.scope_not_granted")


class ClientChangedError(Conflict):
    """The machine client was changed by somebody else at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.client_changed")

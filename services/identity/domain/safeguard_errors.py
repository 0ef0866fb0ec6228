"""Refusals of recovery, second factors, administrator security and machine clients (``shared.errors``)."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected, Throttled


class RecoveryUnknownError(NotFound):
    """No such recovery is under way, or it is not at this step."""

    def __init__(self) -> None:
        super().__init__("identity.recovery_unknown")


class NoAnswersError(Rejected):
    """Nothing was left that could be asked: a person at the insurer has to help."""

    def __init__(self) -> None:
        super().__init__("identity.no_answers")


class RecoveryBlockedError(Throttled):
    """Too many wrong answers: this way is closed for a while (LOG-4)."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("identity.recovery_blocked", retry_after_seconds=retry_after_seconds)


class CurrentPasswordError(Rejected):
    """The password that proves who is asking is not right."""

    def __init__(self) -> None:
        super().__init__("identity.current_password_wrong")


class SecondFactorPresentError(Conflict):
    """An authenticator app is in use already; it must be removed before another one is set up."""

    def __init__(self) -> None:
        super().__init__("identity.second_factor_present")


class SecondFactorAbsentError(Conflict):
    """No authenticator app is in use, or none was set up lately."""

    def __init__(self) -> None:
        super().__init__("identity.second_factor_absent")


class SecondFactorWrongError(Rejected):
    """Neither a code of the app that may still be used nor a recovery code that is left."""

    def __init__(self) -> None:
        super().__init__("identity.second_factor_wrong")


class SecondFactorRequiredError(Forbidden):
    """The insurer's own staff cannot do without an authenticator app."""

    def __init__(self) -> None:
        super().__init__("identity.second_factor_required")


class EmailUnchangedError(Rejected):
    """The new address is the one that is used already."""

    def __init__(self) -> None:
        super().__init__("identity.email_unchanged")


class AddressChangeUnknownError(NotFound):
    """No such change of an address is under way, or it came to nothing."""

    def __init__(self) -> None:
        super().__init__("identity.address_change_unknown")


class AdministratorAddressError(Rejected):
    """The administrator's address must be another one than the account's: one mailbox would prove nothing (DEL-9)."""

    def __init__(self) -> None:
        super().__init__("identity.administrator_address")


class AdministratorPasswordError(Rejected):
    """The administrator's password must be another one than the account's (DEL-9)."""

    def __init__(self) -> None:
        super().__init__("identity.administrator_password")


class AdministratorChangedError(Conflict):
    """Administrator security was changed meanwhile."""

    def __init__(self) -> None:
        super().__init__("identity.administrator_changed")


class ProvidersOnlyError(Forbidden):
    """Only a provider in person may do this (DEL-9, BNK-6)."""

    def __init__(self) -> None:
        super().__init__("identity.providers_only")


class AdministratorNeededError(Forbidden):
    """The provider has administrator security: its whole credential is needed (DEL-9)."""

    def __init__(self) -> None:
        super().__init__("identity.administrator_needed")


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

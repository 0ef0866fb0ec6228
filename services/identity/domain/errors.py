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
    """User name or password is wrong; which of them is not told. ``subject`` tells the edge where to count it."""

    def __init__(self, subject: str) -> None:
        super().__init__("identity.invalid_credentials", subject=subject)


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


class CaseUnknownError(NotFound):
    """There is no such case."""

    def __init__(self) -> None:
        super().__init__("identity.case_unknown")


class CaseClosedError(Conflict):
    """Somebody decided about this case already."""

    def __init__(self) -> None:
        super().__init__("identity.case_closed")


class UserNameTakenError(Conflict):
    """An account with this user name exists. Told to agents only."""

    def __init__(self) -> None:
        super().__init__("identity.user_name_taken")


class AccountChangedError(Conflict):
    """The account was changed by somebody else at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.account_changed")


class PathUnknownError(NotFound):
    """There is no such way to an account."""

    def __init__(self) -> None:
        super().__init__("identity.path_unknown")


class FlowUnknownError(NotFound):
    """No such enrolment is under way: never begun, expired, or somebody else's."""

    def __init__(self) -> None:
        super().__init__("identity.enrolment_unknown")


class StepOutOfOrderError(Conflict):
    """Steps are done in their order; this one is not next, or may not change any more."""

    def __init__(self) -> None:
        super().__init__("identity.step_out_of_order")


class FlowChangedError(Conflict):
    """Another step of the same enrolment came in at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.enrolment_changed")


class UserCodeInvalidError(Rejected):
    """Not 5 to 36 letters and digits (REG-3)."""

    def __init__(self) -> None:
        super().__init__("identity.user_code_invalid")


class UserCodeTakenError(Conflict):
    """Somebody has this user code. Told only to people who proved a dossier and a mailbox."""

    def __init__(self) -> None:
        super().__init__("identity.user_code_taken")


class PasswordsDifferError(Rejected):
    """The password was typed in two ways (REG-4)."""

    def __init__(self) -> None:
        super().__init__("identity.passwords_differ")


class HintNotOfferedError(Rejected):
    """The plan keeps no password hints (REG-5)."""

    def __init__(self) -> None:
        super().__init__("identity.hint_not_offered")


class HintRevealingError(Rejected):
    """The hint gives the password away (REG-5)."""

    def __init__(self) -> None:
        super().__init__("identity.hint_revealing")


class NameInvalidError(Rejected):
    """Not a name that a screen can show (REG-8)."""

    def __init__(self) -> None:
        super().__init__("identity.name_invalid")


class DossierNotMatchedError(Rejected):
    """The dossier was not added; whether it is unknown, somebody else's or badly described is not told (REG-7)."""

    def __init__(self) -> None:
        super().__init__("identity.dossier_not_matched")


class TermsUnknownError(NotFound):
    """There are no such terms of use."""

    def __init__(self) -> None:
        super().__init__("identity.terms_unknown")


class TermsOutdatedError(Conflict):
    """Another version of the terms is in force: read that one first (LOG-7)."""

    def __init__(self) -> None:
        super().__init__("identity.terms_outdated")


class ConsentMissingError(Rejected):
    """A contact address is kept with consent only (REG-2)."""

    def __init__(self) -> None:
        super().__init__("identity.consent_missing")


class ContactNotPendingError(Conflict):
    """No contact address waits for this code."""

    def __init__(self) -> None:
        super().__init__("identity.contact_not_pending")


class AnswerInvalidError(Rejected):
    """An answer with next to nothing in it, far too long, the same as another, or to a question that is not asked."""

    def __init__(self) -> None:
        super().__init__("identity.answer_invalid")

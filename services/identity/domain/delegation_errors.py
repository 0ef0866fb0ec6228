"""Refusals around delegation; the families decide what a transport does with them (``shared.errors``)."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected, Throttled


class ProviderInPersonError(Forbidden):
    """Only the provider in person may do this, not a delegate."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_provider_only")


class TreeAnswerUnknownError(Rejected):
    """An answer that its question does not offer; ``position`` counts from 1."""

    def __init__(self, position: int) -> None:
        super().__init__("identity.delegation_answer_unknown", position=position)


class TreeUnfinishedError(Rejected):
    """The answers end at a question."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_answers_unfinished")


class DelegationNotPossibleError(Rejected):
    """The answers lead to a refusal; the code names it (DEL-1)."""

    def __init__(self, outcome: str) -> None:
        super().__init__(f"identity.delegation_refused_{outcome}")


class DatesInvalidError(Rejected):
    """The delegation would begin before today, or end before it begins."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_dates_invalid")


class EmailsAlikeError(Rejected):
    """Both addresses lead to the same mailbox (DEL-3)."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_emails_alike")


class RoleAddressError(Rejected):
    """The address is that of a role or a place, which several people read (DEL-3)."""

    def __init__(self, party: str) -> None:
        super().__init__(f"identity.delegation_{party}_role_address")


class EmailOfAnotherError(Rejected):
    """Somebody else uses the address already (DEL-3)."""

    def __init__(self, party: str) -> None:
        super().__init__(f"identity.delegation_{party}_email_taken")


class DelegationUnknownError(NotFound):
    """No such request, or not the caller's."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_unknown")


class DelegationExistsError(Conflict):
    """A request for this delegate and service is open, or the delegate has that access already (DEL-2)."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_exists")


class DelegationDecidedError(Conflict):
    """The request was decided or withdrawn already."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_decided")


class DelegationNotReceivedError(Conflict):
    """Signatures are missing: there is nothing to decide yet."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_not_received")


class DelegationChangedError(Conflict):
    """The request was changed by somebody else at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_changed")


class ReasonMismatchError(Rejected):
    """A refusal needs a reason, an approval has none."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_reason_mismatch")


class DelegateDisabledError(Conflict):
    """The delegate has an account and it is disabled: that must be settled first."""

    def __init__(self) -> None:
        super().__init__("identity.delegate_disabled")


class SigningUnknownError(Conflict):
    """No such signature is under way; also for a reference that nobody has, once the code was right."""

    def __init__(self) -> None:
        super().__init__("identity.delegation_signing_unknown")


class SigningsUsedUpError(Throttled):
    """Codes for this request were asked for too often."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("identity.delegation_signings_used_up", retry_after_seconds=retry_after_seconds)


class FormIncompleteError(Rejected):
    """Bytes got lost on the way, or are not those that were announced."""

    def __init__(self) -> None:
        super().__init__("identity.form_incomplete")


class FormUnreadableError(Rejected):
    """Not a PDF that can be read."""

    def __init__(self) -> None:
        super().__init__("identity.form_unreadable")


class FormEncryptedError(Rejected):
    """The PDF is protected by a password."""

    def __init__(self) -> None:
        super().__init__("identity.form_encrypted")


class FormTooLongError(Rejected):
    """More pages than one form has: probably several forms in one file (DEL-4)."""

    def __init__(self, maximum: int) -> None:
        super().__init__("identity.form_too_long", maximum=maximum)


class FormActiveError(Rejected):
    """The PDF holds scripts or attached files."""

    def __init__(self) -> None:
        super().__init__("identity.form_active")


class FormNotSignedError(Rejected):
    """The PDF was said to be signed with a digital certificate and is not (DEL-4)."""

    def __init__(self) -> None:
        super().__init__("identity.form_not_signed")


class FormSignatureBrokenError(Rejected):
    """A digital signature of the PDF is not genuine, or the file was changed after it (DEL-4)."""

    def __init__(self) -> None:
        super().__init__("identity.form_signature_broken")


class FormsBusyError(Throttled):
    """Other files are being read, and take their time."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("identity.forms_busy", retry_after_seconds=retry_after_seconds)


class FormUsedError(Conflict):
    """The same file came for another request already: each request has its own (DEL-4)."""

    def __init__(self) -> None:
        super().__init__("identity.form_used")


class GrantUnknownError(NotFound):
    """No such grant, or not the caller's."""

    def __init__(self) -> None:
        super().__init__("identity.grant_unknown")


class GrantRevokedError(Conflict):
    """A revoked grant stays revoked; a new request can renew it."""

    def __init__(self) -> None:
        super().__init__("identity.grant_revoked")


class GrantChangedError(Conflict):
    """The grant was changed by somebody else at the same time."""

    def __init__(self) -> None:
        super().__init__("identity.grant_changed")


class AdministratorSecurityMissingError(Conflict):
    """Employees come after administrator security (DEL-9)."""

    def __init__(self) -> None:
        super().__init__("identity.employee_needs_administrator_security")

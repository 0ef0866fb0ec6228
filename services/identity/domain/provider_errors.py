"""Refusals about providers and their passwords."""

from shared.errors import Conflict, Rejected


class ProviderNumberInvalidError(Rejected):
    """Not the form that numbers of this kind of provider have (REG-11)."""

    def __init__(self, kind: str) -> None:
        super().__init__("identity.provider_number_invalid", kind=kind)


class OfficeNumberInvalidError(Rejected):
    """The office is four digits for dentists and other professionals, and nothing for everybody else (REG-11)."""

    def __init__(self) -> None:
        super().__init__("identity.office_number_invalid")


class SecurityQuestionsError(Rejected):
    """Not one question of each list (REG-14)."""

    def __init__(self) -> None:
        super().__init__("identity.security_questions")


class EmailsDifferError(Rejected):
    """The address was not typed twice the same way (REG-14)."""

    def __init__(self) -> None:
        super().__init__("identity.emails_differ")


class PasswordUnchangedError(Rejected):
    """The new password is the present one: a temporary password must not become one's own (REG-15)."""

    def __init__(self) -> None:
        super().__init__("identity.password_unchanged")


class PasswordIsOwnError(Conflict):
    """The account's owner has chosen a password: nobody sends a temporary one in its place (REG-15)."""

    def __init__(self) -> None:
        super().__init__("identity.password_is_own")


class StatementsAlikeError(Rejected):
    """Two statements with one batch number are one statement (REG-13)."""

    def __init__(self) -> None:
        super().__init__("identity.statements_alike")


class TermsVersionError(Conflict):
    """The terms were accepted in another version than the one that applies (REG-10)."""

    def __init__(self) -> None:
        super().__init__("identity.terms_version")

"""E-mail addresses as Acquit keeps them: ASCII, lower case, deliverable by any SMTP server."""

from typing import Final

from email_validator import EmailNotValidError, validate_email

from services.identity.domain.errors import EmailInvalidError

LONGEST_ADDRESS: Final = 254


def email_address(text: str) -> str:
    """The address in its one form: domain names in IDNA, everything case-folded. No network is asked.

    Raises:
        EmailInvalidError: not an address, quoted or with a display name, or not ASCII before the ``@``.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise EmailInvalidError from error
    if checked.ascii_email is None or len(checked.ascii_email) > LONGEST_ADDRESS:
        raise EmailInvalidError
    return checked.ascii_email.casefold()

"""User codes: names that members choose to sign in with (REG-3)."""

import re
from typing import Final

from services.identity.domain.errors import UserCodeInvalidError

_USER_CODE: Final = re.compile(r"[A-Za-z0-9]{5,36}")


def user_code(text: str) -> str:
    """The code as it was typed, without surrounding space.

    Raises:
        UserCodeInvalidError: not 5 to 36 letters and digits, or anything else between them.
    """
    code = text.strip()
    if _USER_CODE.fullmatch(code) is None:
        raise UserCodeInvalidError
    return code

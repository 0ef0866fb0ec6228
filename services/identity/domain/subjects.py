"""Whose failed sign-ins are counted together (LOG-11)."""

import hmac
from hashlib import sha256

from services.identity.domain.accounts import user_name_key


class Subjects:
    """Names the counters of failed sign-ins, so that only identity knows whose they are.

    All names of an account, whatever their case, lead to one counter. A name that nobody has gets a counter of its own,
    which stays behind when somebody registers with it: the account's is another one (K3, K4).
    """

    def __init__(self, pepper: bytes) -> None:
        self._key = hmac.digest(pepper, b"sign-in subjects", "sha256")

    def of_account(self, account_id: str) -> str:
        """The counter of an account."""
        return self._digest(f"account|{account_id}")

    def of_name(self, user_name: str) -> str:
        """The counter of a name that is no account's."""
        return self._digest(f"name|{user_name_key(user_name)}")

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), sha256).hexdigest()[:40]

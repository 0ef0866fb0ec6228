"""Which addresses may receive one half of somebody's credentials (DEL-3)."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.identity.domain.delegation_errors import EmailOfAnotherError, EmailsAlikeError, RoleAddressError

_DOTLESS: Final = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains whose mailboxes ignore dots, and what they are called."""
_SEPARATORS: Final = re.compile(r"[._\-]+")
_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox in use, and by whom."""

    email: str
    owner: str


@dataclass(frozen=True, slots=True)
class RoleAddresses:
    """Words that name a role or a place."""

    words: frozenset[str]

    def __contains__(self, email: str) -> bool:
        """Whether the part before the ``@`` is such a word, or begins with one: ``info``, ``info2``, ``info-quebec``,
        ``rendez.vous``.
        """
        local = _DIGITS.sub("", email.rpartition("@")[0].partition("+")[0])
        parts = [part for part in _SEPARATORS.split(local) if part]
        return bool(parts) and (parts[0] in self.words or "".join(parts) in self.words)


def mailbox_key(email: str) -> str:
    """What two addresses of one mailbox have in common: no ``+tag``, and no dots where the provider ignores them."""
    local, _, domain = email.casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        return f"{local.replace('.', '')}@{_DOTLESS[domain]}"
    return f"{local}@{domain}"


def person_key(name: str) -> str:
    """What two spellings of one name have in common: letters without accents, case, signs and order of spaces."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(sign if sign.isalpha() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(letters.split())


def check_addresses(provider: Mailbox, delegate: Mailbox, *, used: Collection[Mailbox], roles: RoleAddresses) -> None:
    """Both addresses belong to one person each, and to two different ones.

    Args:
        provider: The provider's address and name.
        delegate: The same of the delegate.
        used: Mailboxes of accounts and of open requests; those of the same person do no harm.
        roles: Words that name a role.

    Raises:
        RoleAddressError, EmailsAlikeError, EmailOfAnotherError: DEL-3 with its reason.
    """
    for party, mailbox in (("provider", provider), ("delegate", delegate)):
        if mailbox.email in roles:
            raise RoleAddressError(party)
    if mailbox_key(provider.email) == mailbox_key(delegate.email):
        raise EmailsAlikeError
    for party, mailbox in (("provider", provider), ("delegate", delegate)):
        key, owner = mailbox_key(mailbox.email), person_key(mailbox.owner)
        if any(mailbox_key(other.email) == key and person_key(other.owner) != owner for other in used):
            raise EmailOfAnotherError(party)

"""Terms of use, and who accepted which version when (LOG-7, REG-10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.identity.domain.accounts import AGENT, DELEGATE, MEMBER, PROVIDER
from services.identity.domain.errors import TermsUnknownError

OF_ROLE: Final[Mapping[str, str]] = {PROVIDER: "providers", DELEGATE: "providers", AGENT: "staff"}
"""Which terms a role accepts; those of members depend on their plans."""
OF_MEMBERS: Final = "members"


@dataclass(frozen=True, slots=True)
class TermsText:
    """One version in one language; ``paragraphs`` are plain text."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """The version in force of some terms, by language (``fr``, ``en``)."""

    terms_id: str
    version: str
    texts: Mapping[str, TermsText]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Somebody consented to a version, at a time, in a language. Kept for good."""

    account_id: str
    terms_id: str
    version: str
    language: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class TermsCatalogue:
    """All terms in force."""

    terms: Mapping[str, Terms]

    def get(self, terms_id: str) -> Terms:
        """The version in force.

        Raises:
            TermsUnknownError: no such terms.
        """
        found = self.terms.get(terms_id)
        if found is None:
            raise TermsUnknownError
        return found

    def due(self, terms_ids: Collection[str], accepted: Sequence[Acceptance]) -> tuple[Terms, ...]:
        """Of these terms, those whose version in force was not accepted yet."""
        known = {(acceptance.terms_id, acceptance.version) for acceptance in accepted}
        wanted = [self.get(terms_id) for terms_id in sorted(set(terms_ids))]
        return tuple(terms for terms in wanted if (terms.terms_id, terms.version) not in known)


def terms_of(roles: Collection[str], plan_terms: Collection[str]) -> frozenset[str]:
    """Which terms somebody with these roles, and with dossiers of plans with these terms, accepts."""
    of_plans = (plan_terms or {OF_MEMBERS}) if MEMBER in roles else ()
    return frozenset({*of_plans, *(OF_ROLE[role] for role in roles if role in OF_ROLE)})

"""Uploaded papers: whose they are, who may see them, and which claim has them (CLM-5).

A paper belongs to the account and dossier, or to the provider, that uploaded it. A claim that names it joins it, once
and for good; a paper that no claim joins is forgotten.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind

RECEIPTS_PER_CLAIM: Final = 10
WAITING_AT_MOST: Final = 100
"""Papers of one account that no claim has joined, uploads under way included."""

EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
}
"""The types that are taken, and how their names end."""

_NAME_LENGTH: Final = 80
_PATH: Final = re.compile(r"[/\\]")
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_UNSAFE: Final = re.compile(r"[\"*:<>?|%;]")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long an upload may take, and how long a finished paper waits for its claim."""

    unfinished: timedelta
    waiting: timedelta


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a paper is: a member's (account and dossier), or a provider's (``provider_id``), whoever acted for it."""

    account_id: str
    dossier_id: str = ""
    provider_id: str = ""

    def same_as(self, other: "Owner") -> bool:
        """Whether both are the same member or the same provider."""
        if self.provider_id or other.provider_id:
            return self.provider_id == other.provider_id
        return (self.account_id, self.dossier_id) == (other.account_id, other.dossier_id)


def owner_of_claim(claim: Claim) -> Owner:
    """Whose papers a claim may name: those of whoever submitted it."""
    if claim.provider_id:
        return Owner(claim.account_id, provider_id=claim.provider_id)
    return Owner(claim.account_id, dossier_id=claim.dossier_id)


@dataclass(frozen=True, slots=True)
class ClaimParties:
    """A claim, and whose it is: ``provider_id`` is "" when the member submitted it."""

    claim_id: str
    dossier_id: str
    provider_id: str = ""

    def seen_by(self, owners: Iterable[Owner]) -> bool:
        """Whether one of these is the dossier's member or the provider that submitted."""
        return any(
            each.provider_id == self.provider_id if each.provider_id else each.dossier_id == self.dossier_id
            for each in owners
        )


def parties_of(claim: Claim) -> ClaimParties:
    """The claim's parties."""
    return ClaimParties(claim.id, claim.dossier_id, claim.provider_id)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paper that arrived whole and was taken; ``slices`` is in how many pieces it is kept."""

    id: str
    owner: Owner
    kind: DocumentKind
    media_type: str
    size_bytes: int
    sha256: str
    file_name: str
    slices: int
    uploaded_at: datetime
    claim: ClaimParties | None = None

    def seen_by(self, owners: Sequence[Owner]) -> bool:
        """Whether one of these may see it: its owner, and the parties of its claim."""
        if any(self.owner.same_as(each) for each in owners):
            return True
        return self.claim is not None and self.claim.seen_by(owners)


def kinds_of(receipts: Iterable[Receipt]) -> frozenset[DocumentKind]:
    """What the papers of a claim are, as adjudication asks for them."""
    return frozenset(receipt.kind for receipt in receipts)


def safe_name(given: str | None, media_type: str) -> str:
    """A file name to save under: no path, nothing invisible, nothing that a shell, a header or a file system reads as
    something else, and the ending of the type that the content has.
    """
    last = _PATH.split(unicodedata.normalize("NFC", given or ""))[-1]
    visible = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    stem = _EXTENSION.sub("", _UNSAFE.sub("", visible)).strip(" .-")[:_NAME_LENGTH].strip(" .-")
    return f"{stem or 'document'}.{EXTENSIONS[media_type]}"

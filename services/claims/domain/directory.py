"""The directory of health providers: those of identity's registers, and those that members added (CLM-2).

A provider that a member added is a *draft* until it is confirmed, then it is the dossier's *own* until an agent accepts
it, which lists it for everybody, or merges it into another one. A merged provider keeps its id: it stands for the one
it was merged into, directly, never by a chain.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.claims.domain.circumstances import ProviderStanding
from services.claims.domain.provider_errors import (
    ProviderMergedAlreadyError,
    ProviderNameMissingError,
    ProviderNotFoundError,
    ProviderNotListedError,
    ProviderOfRegisterError,
    ProviderPhoneInvalidError,
    ProviderPostalCodeInvalidError,
)
from services.claims.domain.provider_names import in_one_line, nearly_the_same, personal_name, words_of
from services.claims.domain.provider_phone import e164

HYGIENIST: Final = "hygienist"
"""The kind that bills under an agreement signed step by step; the others agree by registering (REG-10, REG-16)."""
_POSTAL_CODE: Final = re.compile(r"[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]")
_SPACES: Final = re.compile(r"\s+")


class State(StrEnum):
    """How far a provider has come: ``EXPECTED`` is one of whom the register has not told yet, only its agreement."""

    EXPECTED = "expected"
    DRAFT = "draft"
    OWN = "own"
    LISTED = "listed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeAddress:
    """Where a provider works, which is public; ``postal_code`` as ``A1A 1A1``, every part "" where it is not known."""

    street: str = ""
    unit: str = ""
    city: str = ""
    province: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What identity published of a provider, each fact by its own order.

    Attributes:
        version: Of the register's entry, 0 before the first.
        kind: Which form its number has: ``dentist``, ``pharmacy``, ``hygienist``, ``other``.
        active: Whether it practises, as the register says.
        signed_from: From which day a signed agreement counts, the earliest when there are several.
        registered_on: The business day on which it registered for online services, with an account that was used.
        account_open: Whether somebody can sign in for it.
    """

    version: int = 0
    kind: str = ""
    active: bool = True
    signed_from: date | None = None
    registered_on: date | None = None
    account_open: bool = False

    @property
    def bills_from(self) -> date | None:
        """Since when it sends claims itself: since its agreement or, where its kind signs none, since it registered."""
        if self.signed_from is not None or self.kind == HYGIENIST:
            return self.signed_from
        return self.registered_on


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """A provider as the directory knows it; ``name`` is a person's, "" for a clinic as such.

    ``phone`` is in E.164. ``dossier_id`` and ``added_at`` say whose addition it was; ``registration`` is there for
    providers of the registers only. ``merged_into`` is never itself merged.
    """

    provider_id: str
    state: State
    profession: str = ""
    name: str = ""
    practice_name: str = ""
    phone: str = ""
    address: PracticeAddress = field(default_factory=PracticeAddress)
    registration: Registration | None = None
    dossier_id: str = ""
    account_id: str = ""
    added_at: datetime | None = None
    merged_into: str = ""

    @property
    def display_name(self) -> str:
        return self.name or self.practice_name

    @property
    def kind(self) -> str:
        """The kind of its number; "" for one that is in no register."""
        return "" if self.registration is None else self.registration.kind

    @property
    def words(self) -> tuple[str, ...]:
        """By which it is found."""
        return words_of(self.name, self.practice_name)

    @property
    def standing(self) -> ProviderStanding | None:
        """What adjudication gets; nothing for one that no register knows."""
        known = self.registration
        if known is None or self.state is State.EXPECTED:
            return None
        return ProviderStanding(self.provider_id, known.kind, known.active, known.signed_from)

    def seen_by(self, dossier_id: str) -> bool:
        """Whether a member of that dossier may find and choose it."""
        if self.state is State.LISTED:
            return True
        return self.state is State.OWN and self.dossier_id == dossier_id

    def bills_directly(self, today: date) -> bool:
        """Whether it sends its claims itself, so that the member pays only what is not covered (CLM-6)."""
        known = self.registration
        if known is None or not known.active or not known.account_open or known.bills_from is None:
            return False
        return known.bills_from <= today

    def resembles(self, other: "DirectoryEntry") -> bool:
        """Whether the two are likely one provider: the same telephone, or nearly the same name in one profession."""
        if self.phone and self.phone == other.phone:
            return True
        if self.profession and other.profession and self.profession != other.profession:
            return False
        return nearly_the_same(self.display_name, other.display_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a member typed about a provider, in the form in which it is kept."""

    profession: str
    first_name: str
    last_name: str
    clinic_name: str
    phone: str
    address: PracticeAddress

    @classmethod
    def of(cls, *, profession: str, names: Sequence[str], phone: str, address: PracticeAddress) -> "Typed":
        """``names`` are first name, last name and clinic.

        Raises:
            ProviderNameMissingError: no last name and no clinic.
            ProviderPhoneInvalidError, ProviderPostalCodeInvalidError.
        """
        first_name, last_name, clinic_name = personal_name(names[0]), personal_name(names[1]), in_one_line(names[2])
        if not words_of(last_name, clinic_name):
            raise ProviderNameMissingError
        number = e164(phone)
        if not number:
            raise ProviderPhoneInvalidError
        return cls(
            profession=profession,
            first_name=first_name if last_name else "",
            last_name=last_name,
            clinic_name=clinic_name,
            phone=number,
            address=replace(
                address,
                street=in_one_line(address.street),
                unit=in_one_line(address.unit),
                city=in_one_line(address.city),
                postal_code=_postal_code(address.postal_code),
            ),
        )

    def draft(self, provider_id: str, *, dossier_id: str, account_id: str, at: datetime) -> DirectoryEntry:
        """The provider, not yet confirmed."""
        return DirectoryEntry(
            provider_id=provider_id,
            state=State.DRAFT,
            profession=self.profession,
            name=f"{self.first_name} {self.last_name}".strip(),
            practice_name=self.clinic_name,
            phone=self.phone,
            address=self.address,
            dossier_id=dossier_id,
            account_id=account_id,
            added_at=at,
        )


def _postal_code(typed: str) -> str:
    code = _SPACES.sub("", typed).upper()
    if not code.isascii() or _POSTAL_CODE.fullmatch(code) is None:
        raise ProviderPostalCodeInvalidError
    return f"{code[:3]} {code[3:]}"


def confirmed(entry: DirectoryEntry, *, dossier_id: str) -> DirectoryEntry:
    """A draft of that dossier becomes its own; confirming again changes nothing.

    Raises:
        ProviderNotFoundError: not something that this dossier added.
    """
    if entry.dossier_id != dossier_id:
        raise ProviderNotFoundError
    return replace(entry, state=State.OWN) if entry.state is State.DRAFT else entry


def accepted(entry: DirectoryEntry) -> DirectoryEntry:
    """An agent lists what a member added for everybody.

    Raises:
        ProviderNotFoundError: its member has not confirmed it.
        ProviderOfRegisterError, ProviderMergedAlreadyError.
    """
    _check_added(entry)
    if entry.state is State.MERGED:
        raise ProviderMergedAlreadyError
    return replace(entry, state=State.LISTED)


def merged(
    entry: DirectoryEntry, into: DirectoryEntry, earlier: Sequence[DirectoryEntry]
) -> tuple[DirectoryEntry, ...]:
    """All that changes when ``entry`` is found to be ``into``; ``earlier`` were merged into ``entry`` before.

    Whoever was merged stands for its target directly, so no chain grows, and a target is never merged itself, so there
    is no circle.

    Raises:
        ProviderNotFoundError: not confirmed by its member.
        ProviderOfRegisterError: a registered provider has a number of its own: it is nobody else.
        ProviderMergedAlreadyError: merged before, or the two are one.
        ProviderNotListedError: the target is not listed for everybody.
    """
    _check_added(entry)
    if entry.state is State.MERGED or entry.provider_id == into.provider_id:
        raise ProviderMergedAlreadyError
    if into.state is not State.LISTED:
        raise ProviderNotListedError
    return tuple(replace(each, state=State.MERGED, merged_into=into.provider_id) for each in (entry, *earlier))


def _check_added(entry: DirectoryEntry) -> None:
    if entry.registration is not None:
        raise ProviderOfRegisterError
    if entry.state is State.DRAFT:
        raise ProviderNotFoundError


def current(entries: Mapping[str, DirectoryEntry], provider_id: str) -> DirectoryEntry | None:
    """Who an id stands for today, among ``entries``."""
    entry = entries.get(provider_id)
    return entries.get(entry.merged_into) if entry is not None and entry.merged_into else entry

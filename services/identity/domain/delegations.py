"""A request to delegate one online service to one person, from its draft to the decision (DEL-1 to DEL-6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from services.identity.domain.delegate_emails import Mailbox, mailbox_key
from services.identity.domain.delegation_errors import (
    DatesInvalidError,
    DelegationDecidedError,
    DelegationNotPossibleError,
    DelegationNotReceivedError,
    ReasonMismatchError,
    TreeUnfinishedError,
)
from services.identity.domain.delegation_tree import DecisionTree, Question

REFERENCE_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_REFERENCE_LENGTH: Final = 8
SIGNING_LIFETIME: Final = timedelta(hours=24)
"""How long a signature under way is remembered."""
SIGNINGS_PER_DAY: Final = 10
"""Codes for one reference in 24 hours: nobody's mailbox is flooded by somebody who knows a reference."""


class Service(StrEnum):
    """What a provider may delegate, each on its own (DEL-2)."""

    BILLING = "billing"
    PAYMENTS = "payments"
    PROFILE = "profile"
    INBOX = "inbox"


class State(StrEnum):
    """Where a request is; the last three are final."""

    DRAFT = "draft"
    AWAITING_SIGNATURES = "awaiting_signatures"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def open(self) -> bool:
        """Whether something can still come of it."""
        return self in {State.DRAFT, State.AWAITING_SIGNATURES, State.SUBMITTED}


class Party(StrEnum):
    PROVIDER = "provider"
    DELEGATE = "delegate"


class SignatureKind(StrEnum):
    """In the portal with a code, or on a form in one of three ways (DEL-4)."""

    PORTAL = "portal"
    DIGITAL_CERTIFICATE = "digital_certificate"
    STYLUS = "stylus"
    SCANNED = "scanned"


@dataclass(frozen=True, slots=True)
class Signature:
    """That a party agreed to the request."""

    party: Party
    kind: SignatureKind
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSignature:
    """A digital signature whose bytes are in order. ``trusted`` tells whether its certificate comes from an issuer that
    the installation trusts, ``stated_at`` is what the signer's own clock said. Agents see both, and decide.
    """

    signer: str
    issuer: str
    trusted: bool
    stated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The signed form of a request: one file for one request. ``upload_id`` names its stored slices."""

    upload_id: str
    sha256: str
    size: int
    pages: int
    slices: int
    sending_id: str | None = None
    certificates: tuple[CertificateSignature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRequest:
    """All that both parties sign, and what became of it.

    ``received_at`` is when the last signature arrived: agents decide in that order (DEL-5).
    """

    request_id: str
    reference: str
    provider_id: str
    requested_by: str
    provider_name: str
    provider_email: str
    delegate_name: str
    delegate_email: str
    service: Service
    valid_from: date
    valid_to: date | None
    language: str
    created_at: datetime
    state: State = State.DRAFT
    signatures: tuple[Signature, ...] = ()
    form: Form | None = None
    received_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    version: int = 1

    @property
    def delegate_key(self) -> str:
        """By which requests for the same delegate are recognised."""
        return mailbox_key(self.delegate_email)

    @property
    def mailboxes(self) -> tuple[Mailbox, Mailbox]:
        """The provider's address and the delegate's, with their owners."""
        return Mailbox(self.provider_email, self.provider_name), Mailbox(self.delegate_email, self.delegate_name)

    def email_of(self, party: Party) -> str:
        return self.provider_email if party is Party.PROVIDER else self.delegate_email

    def signed_by(self, party: Party) -> bool:
        return any(signature.party is party for signature in self.signatures)

    def sign(self, party: Party, *, now: datetime) -> "DelegationRequest":
        """With the party's signature in the portal; signing twice changes nothing.

        Raises:
            DelegationDecidedError: decided or withdrawn meanwhile.
        """
        if self.signed_by(party):
            return self
        self._require_unsubmitted()
        signed = replace(self, signatures=(*self.signatures, Signature(party, SignatureKind.PORTAL, now)))
        complete = all(signed.signed_by(each) for each in Party)
        return _received(signed, now) if complete else replace(signed, state=State.AWAITING_SIGNATURES)

    def attach(self, form: Form, kind: SignatureKind, *, now: datetime) -> "DelegationRequest":
        """With the form that both parties signed.

        Raises:
            DelegationDecidedError: received already, decided or withdrawn.
        """
        self._require_unsubmitted()
        signatures = tuple(Signature(party, kind, now) for party in Party)
        return _received(replace(self, form=form, signatures=signatures), now)

    def withdraw(self, *, now: datetime) -> "DelegationRequest":
        """Taken back by the provider.

        Raises:
            DelegationDecidedError: decided already.
        """
        if not self.state.open:
            raise DelegationDecidedError
        return replace(self, state=State.WITHDRAWN, decided_at=now)

    def decide(self, *, approve: bool, reason: str | None, agent: str, now: datetime) -> "DelegationRequest":
        """Approved, or refused for a reason.

        Raises:
            ReasonMismatchError: a refusal without reason, or an approval with one.
            DelegationDecidedError, DelegationNotReceivedError: nothing to decide any more, or yet.
        """
        if approve is (reason is not None):
            raise ReasonMismatchError
        if not self.state.open:
            raise DelegationDecidedError
        if self.state is not State.SUBMITTED:
            raise DelegationNotReceivedError
        state = State.APPROVED if approve else State.REFUSED
        return replace(self, state=state, reason=reason, decided_by=agent, decided_at=now)

    def _require_unsubmitted(self) -> None:
        if self.state not in {State.DRAFT, State.AWAITING_SIGNATURES}:
            raise DelegationDecidedError


def _received(request: DelegationRequest, now: datetime) -> DelegationRequest:
    return replace(request, state=State.SUBMITTED, received_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A party's signature under way: a code was mailed. ``request_id`` is ``None`` for a reference that nobody has."""

    signing_id: str
    reference: str
    request_id: str | None
    party: Party
    started_at: datetime
    confirmed_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        return self.started_at + SIGNING_LIFETIME

    def under_way(self, now: datetime) -> bool:
        """Not confirmed and not expired."""
        return self.confirmed_at is None and now < self.expires_at


def service_of(tree: DecisionTree, answers: Sequence[str]) -> Service:
    """The online service that these answers lead to (DEL-1).

    Raises:
        TreeAnswerUnknownError, TreeUnfinishedError: not a path of the tree.
        DelegationNotPossibleError: the path ends in a refusal, like that of a commercial billing agency.
    """
    end = tree.follow(answers)
    if isinstance(end, Question):
        raise TreeUnfinishedError
    if end.service is None:
        raise DelegationNotPossibleError(end.outcome)
    return Service(end.service)


def check_dates(valid_from: date, valid_to: date | None, *, today: date) -> None:
    """A delegation begins today or later and does not end before (DEL-8).

    Raises:
        DatesInvalidError.
    """
    if valid_from < today or (valid_to is not None and valid_to < valid_from):
        raise DatesInvalidError


def reference_of(number: int) -> str:
    """The name of a request that people type: eight signs, forty bits of ``number``."""
    signs = [REFERENCE_ALPHABET[number >> (5 * place) & 31] for place in range(_REFERENCE_LENGTH)]
    return "".join(signs[:4]) + "-" + "".join(signs[4:])


def normalised_reference(typed: str) -> str:
    """The reference in its one form, with its dash."""
    plain = typed.replace("-", "")
    return f"{plain[:4]}-{plain[4:]}"

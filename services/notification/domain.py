"""Contacts, deliveries and the names that a mail gets: pure, without transport and storage."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from shared.errors import NotFound, Rejected, Transient

Value = str | int | date
"""What a letter may mention: texts, cents, and instants or days that rendering writes in the person's language."""

_READABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that are not taken for one another."""


class Language(StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"


class Template(StrEnum):
    """Every mail that there is; the value names its files in ``templates/``."""

    REGISTRATION_CODE = "registration_code"
    SIGN_IN_CODE = "sign_in_code"
    ALREADY_REGISTERED = "already_registered"
    REGISTRATION_NOT_MATCHED = "registration_not_matched"
    DOSSIER_ADDED = "dossier_added"
    CONTACT_CODE = "contact_code"
    RECOVERY_CODE = "recovery_code"
    STEP_UP_CODE = "step_up_code"
    EMAIL_CHANGE_CODE = "email_change_code"
    RECOVERY_NOT_MATCHED = "recovery_not_matched"
    RECOVERY_BLOCKED = "recovery_blocked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a mail
    USER_NAME = "user_name"
    EMAIL_CHANGED = "email_changed"
    SECURITY_QUESTIONS_CHANGED = "security_questions_changed"
    ADMINISTRATOR_SECURITY_CHANGED = "administrator_security_changed"
    DIRECT_DEPOSIT_CHANGED = "direct_deposit_changed"
    PROVIDER_NOT_MATCHED = "provider_not_matched"
    PROVIDER_OF_CHAIN = "provider_of_chain"
    PROVIDER_ACCOUNT_OPENED = "provider_account_opened"
    TEMPORARY_PASSWORD = "temporary_password"  # noqa: S105 - the name of a mail
    TEMPORARY_PASSWORD_REMINDER = "temporary_password_reminder"  # noqa: S105 - the name of a mail
    DIRECT_DEPOSIT_ENROLLED = "direct_deposit_enrolled"
    SUSPICION_CODE = "suspicion_code"
    NEW_DEVICE = "new_device"
    WAS_IT_YOU = "was_it_you"
    SESSION_ENDED_REUSE = "session_ended_reuse"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_REINSTATED = "account_reinstated"
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    CLAIM_DECIDED = "claim_decided"
    CLAIM_ESTIMATED = "claim_estimated"
    PAYMENT_SENT = "payment_sent"
    PAYMENT_RETURNED = "payment_returned"
    INBOX_MESSAGE = "inbox_message"
    HYGIENIST_NOT_MATCHED = "hygienist_not_matched"
    HYGIENIST_ACCOUNT_CREATED = "hygienist_account_created"
    HYGIENIST_ACCOUNT_ELSEWHERE = "hygienist_account_elsewhere"
    AGREEMENT_SIGNED = "agreement_signed"
    DELEGATION_CODE = "delegation_code"
    DELEGATION_TO_SIGN = "delegation_to_sign"
    DELEGATION_REFUSED = "delegation_refused"
    DELEGATION_GRANTED = "delegation_granted"
    DELEGATION_CHANGED = "delegation_changed"
    DELEGATE_USER_NAME = "delegate_user_name"
    DELEGATE_PASSWORD = "delegate_password"  # noqa: S105 - the name of a mail


class DeliveryState(StrEnum):
    """``claimed`` is under way or waits for its next attempt; the other three are final."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"


class ContactMissing(Transient):
    """Nobody is known for this account or dossier yet: the event that tells may still be on its way."""

    def __init__(self) -> None:
        super().__init__("notification.contact_missing")


class DeliveryBusy(Transient):
    """Another delivery of the same message is sending this mail at this moment."""

    def __init__(self) -> None:
        super().__init__("notification.delivery_busy")


class MailDeferred(Transient):
    """The mail server is away, or said "later" (4xx). ``smtp_code`` is 0 where there was no answer."""

    def __init__(self, smtp_code: int = 0) -> None:
        super().__init__("notification.mail_deferred", smtp_code=smtp_code)


class MailRefused(Rejected):
    """The mail server refuses this recipient or this content for good (5xx)."""

    def __init__(self, smtp_code: int) -> None:
        super().__init__("notification.mail_refused", smtp_code=smtp_code)


class UnusableAddress(Rejected):
    """Not an address that can stand in a header and an SMTP command; the address itself is not told."""

    def __init__(self) -> None:
        super().__init__("notification.unusable_address")


class InboxMessageUnknown(NotFound):
    """No such message, or not one that the caller may read."""

    def __init__(self) -> None:
        super().__init__("notification.message_unknown")


class AttachmentUnknown(NotFound):
    """The message has no such file."""

    def __init__(self) -> None:
        super().__init__("notification.attachment_unknown")


@dataclass(frozen=True, slots=True)
class Contact:
    """Where to reach the holder of an account, and how to address them; the latest ``recorded_at`` counts."""

    account_id: str
    email: str
    language: Language
    name: str
    dossier_ids: tuple[str, ...] = ()
    provider_id: str | None = None
    recorded_at: datetime | None = None
    chosen_email: str | None = None

    @property
    def notice_email(self) -> str:
        """Where notices go that are not about access: the address that was chosen for them, with consent (REG-2)."""
        return self.chosen_email or self.email


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one recipient; its id is what makes a second one recognisable."""

    delivery_id: str
    template: Template
    account_id: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one process to send a mail, until it lapses."""

    token: str
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail was given up. ``final`` is false where a message taken from the dead letters may try again."""

    delivery: Delivery
    state: DeliveryState
    reason: str
    attempt: int
    failed_at: datetime
    final: bool


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What is kept of a delivery: no address, no content."""

    delivery_id: str
    template: Template
    account_id: str | None
    state: DeliveryState
    attempts: int
    reason: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """To whom, in which language, about what. The values may hold a code: they are never stored or logged."""

    recipient: str
    language: Language
    reference: str
    happened_at: datetime
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready for the server: envelope and content."""

    sender: str
    recipient: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose inbox a message lies in: an account's, or a provider's, which delegates may read as well."""

    account_id: str | None = None
    provider_id: str | None = None

    def __post_init__(self) -> None:
        if (self.account_id is None) == (self.provider_id is None):
            raise ValueError("either an account or a provider")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of a file; ``size`` in bytes, ``digest`` its SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """A message in a secure inbox. It is never changed and never removed; ``position`` orders by arrival."""

    message_id: str
    position: str
    owner: Owner
    kind: str
    subject: Words
    body: Words
    attachments: tuple[Attachment, ...]
    written_at: datetime
    read_at: datetime | None = None


def attachment_of(name: str, media_type: str, content: bytes) -> Attachment:
    """What is to be known of a file."""
    return Attachment(name, media_type, len(content), sha256(content).hexdigest())


def delivery_id_of(event_id: str, account_id: str) -> str:
    """Id of the mail to one account because of one event: the same at every redelivery (MSG-4)."""
    return f"{event_id}.{_digest(account_id)[:8]}"


def reference_of(delivery_id: str) -> str:
    """Three characters by which a person and the help desk can tell two mails apart (MSG-1)."""
    number = int(_digest(delivery_id), 16)
    return "".join(_READABLE[number // len(_READABLE) ** place % len(_READABLE)] for place in range(3))


def message_id_of(delivery_id: str, domain: str) -> str:
    """``Message-ID`` of a mail (RFC 5322 §3.6.4): mail programs show two with the same id once."""
    left = "-".join(part for part in re.split(r"[^A-Za-z0-9-]+", delivery_id) if part)
    return f"<{left}@{domain}>"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_ADDRESS_LENGTH: Final = 254
_LOCAL_LENGTH: Final = 64


def usable_address(text: str) -> str:
    """The address as SMTP takes it: dot-atom, at most 254 characters (RFC 5321 §4.5.3), domain in ASCII (RFC 5891).

    Nothing that passes can end a header line or an SMTP command.

    Raises:
        UnusableAddress: for everything else, quoted local parts and local parts beyond ASCII included.
    """
    local, _, domain = text.rpartition("@")
    try:
        candidate = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise UnusableAddress from error
    fits = len(candidate) <= _ADDRESS_LENGTH and len(local) <= _LOCAL_LENGTH
    if not fits or _ADDRESS.fullmatch(candidate) is None:
        raise UnusableAddress
    return candidate

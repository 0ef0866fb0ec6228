"""What notification is asked, answers and publishes: mails, and the secure inbox."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from shared.contracts import Command, Event, Identifier, Instant, Language, Part, Query, RecordedAct, Sealed, View
from shared.contracts.identity import EmailAddress, SealedCode

CodePurpose = Literal[
    "registration", "sign_in", "recovery", "step_up", "email_change", "delegation", "suspicion", "contact"
]
"""What a one-time code is for; each has a mail of its own."""

NoticeKind = Literal[
    "already_registered",
    "registration_not_matched",
    "recovery_not_matched",
    "recovery_blocked",
    "password_changed",
    "user_name",
    "email_changed",
    "security_questions_changed",
    "administrator_security_changed",
    "direct_deposit_changed",
    "provider_not_matched",
    "provider_of_chain",
    "provider_account_opened",
    "temporary_password",
    "temporary_password_reminder",
    "dossier_added",
    "hygienist_not_matched",
    "hygienist_account_created",
    "hygienist_account_elsewhere",
    "agreement_signed",
    "delegation_to_sign",
    "delegation_refused",
    "delegation_granted",
    "delegation_changed",
    "delegate_user_name",
    "delegate_password",
    "new_device",
    "was_it_you",
    "session_ended_reuse",
    "account_disabled",
    "account_reinstated",
    "second_factor_changed",
    "webhook_disabled",
]
"""Mails about access; each has a template."""


_WRITTEN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _as_written(value: str | datetime) -> str | datetime:
    """Only what is written as an instant is one: a number as text is no time."""
    if isinstance(value, str) and _WRITTEN_INSTANT.fullmatch(value) is None:
        raise ValueError("not an instant")
    return value


NoticeValue = Annotated[
    StrictInt | Annotated[Instant, BeforeValidator(_as_written)] | str, Field(union_mode="left_to_right")
]
"""What a mail may mention: cents or counts, instants (which stay instants on their way), texts."""


class Addressed(Command):
    """To an account's access address, or to an address that is not an account's (yet, or any longer)."""

    account_id: Identifier | None = None
    email: EmailAddress | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _has_one_recipient(self) -> Self:
        if (self.account_id is None) == (self.email is None):
            raise ValueError("either an account or an e-mail address")
        return self


class SendCode(Addressed):
    """Mail a one-time code."""

    wire_type: ClassVar[str] = "notification.send_code.v1"
    purpose: CodePurpose
    code: SealedCode
    origin: str = Field(
        default="",
        max_length=80,
        description="Hint at where it was asked for: browser and network.",
        examples=["Firefox, Windows, 203.0.113.0/24"],
    )


class SendAccessNotice(Addressed):
    """Mail a notice about access.

    ``values`` are what its template shows; ``secret`` is a temporary password, sealed for notification with the binding
    ``("secret", delivery_id)``.
    """

    wire_type: ClassVar[str] = "notification.send_access_notice.v1"
    delivery_id: Identifier
    kind: NoticeKind
    reference: str
    occurred_at: Instant
    values: Mapping[str, NoticeValue] = {}
    secret: Sealed | None = None


class DeliveryDelayed(Event):
    """A mail with a code could not be handed over at the first attempt and is tried again until the code expires."""

    wire_type: ClassVar[str] = "notification.delivery_delayed.v1"
    delivery_id: Identifier
    template: str
    account_id: Identifier | None
    delayed_at: Instant

    def subject(self) -> str:
        return self.delivery_id


class DeliveryFailed(Event):
    """A mail could not be handed over after every retry."""

    wire_type: ClassVar[str] = "notification.delivery_failed.v1"
    delivery_id: Identifier
    template: str
    account_id: Identifier | None
    failed_at: Instant

    def subject(self) -> str:
        return self.delivery_id


InboxKind = Literal["agreement", "registration_confirmed", "letter", "statement"]
"""What a message in the secure inbox is about; screens sort and label by it."""

INBOX_LIMIT_BYTES: Final = 1_048_576
"""Of all attachments of a message together: what travels on the bus and waits in an outbox stays small."""

AttachmentName = Annotated[
    str, Field(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\.pdf$", examples=["accord-signe.pdf"])
]


class InboxText(Part):
    """A text in both languages; French without its no-break spaces, which whoever shows it puts in."""

    fr: str = Field(min_length=1, max_length=4_000)
    en: str = Field(min_length=1, max_length=4_000)


class NewAttachment(Part):
    """A file on its way into an inbox; base64 on the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")
    name: AttachmentName
    media_type: Literal["application/pdf"] = "application/pdf"
    content: bytes = Field(min_length=1, max_length=INBOX_LIMIT_BYTES, examples=["JVBERi0xLjcK"], repr=False)


class PutInboxMessage(Command):
    """Put a message into the secure inbox of an account or of a provider (MSG-2).

    ``message_id`` is the sender's and says what caused it: sent again, it is the same message. Unless ``announced`` is
    false, because another mail tells already, a mail says that something arrived.
    """

    wire_type: ClassVar[str] = "notification.put_inbox_message.v1"
    message_id: Identifier
    account_id: Identifier | None = None
    provider_id: Identifier | None = Field(default=None, examples=[None])
    kind: InboxKind
    subject: InboxText
    body: InboxText
    attachments: tuple[NewAttachment, ...] = Field(default=(), max_length=5)
    written_at: Instant
    announced: bool = True

    @model_validator(mode="after")
    def _is_addressed_and_small(self) -> Self:
        if (self.account_id is None) == (self.provider_id is None):
            raise ValueError("either an account or a provider")
        names = {attachment.name for attachment in self.attachments}
        if len(names) != len(self.attachments):
            raise ValueError("attachments have different names")
        if sum(len(attachment.content) for attachment in self.attachments) > INBOX_LIMIT_BYTES:
            raise ValueError(f"attachments have more than {INBOX_LIMIT_BYTES} bytes")
        return self


class InboxMessageArrived(Event):
    """A message lies in the secure inbox of an account or of a provider."""

    wire_type: ClassVar[str] = "notification.inbox_message_arrived.v1"
    message_id: Identifier
    account_id: Identifier | None = None
    provider_id: Identifier | None = Field(default=None, examples=[None])
    kind: InboxKind
    announced: bool
    arrived_at: Instant

    def subject(self) -> str:
        return self.message_id


class InboxMessageRead(Event):
    """Somebody marked a message as read, for the first time; a delegate on behalf of a provider (DEL-7)."""

    wire_type: ClassVar[str] = "notification.inbox_message_read.v1"
    message_id: Identifier
    account_id: Identifier
    on_behalf_of: Identifier | None = None
    read_at: Instant

    def subject(self) -> str:
        return self.message_id


class ActRecorded(RecordedAct):
    """An act on what notification keeps: somebody took a file from an inbox."""

    wire_type: ClassVar[str] = "notification.act_recorded.v1"


class ListInbox(Query):
    """Messages that the actor may read, newest first: one's own, and the provider's with the service ``inbox``."""

    wire_type: ClassVar[str] = "notification.list_inbox.v1"
    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(default=None, max_length=64)


class AttachmentView(Part):
    """A file of a message; ``sha256`` in hexadecimal."""

    name: str
    media_type: str
    size: int
    sha256: str


class InboxItem(Part):
    """A message in the list; ``provider_id`` is set on those of a provider."""

    message_id: Identifier
    provider_id: Identifier | None = None
    kind: InboxKind
    subject: InboxText
    written_at: Instant
    read_at: Instant | None = None
    attachments: int


class InboxPage(View):
    """A page of messages, the cursor of the next, and how many of all are unread."""

    messages: tuple[InboxItem, ...]
    unread: int
    next_before: str | None = None


class GetInboxMessage(Query):
    """One message, whole but for the content of its files."""

    wire_type: ClassVar[str] = "notification.get_inbox_message.v1"
    message_id: Identifier


class InboxMessageView(View):
    """A message of the secure inbox."""

    message_id: Identifier
    provider_id: Identifier | None = None
    kind: InboxKind
    subject: InboxText
    body: InboxText
    attachments: tuple[AttachmentView, ...]
    written_at: Instant
    read_at: Instant | None = None


class MarkInboxMessageRead(Command):
    """The actor has read a message; the first time counts."""

    wire_type: ClassVar[str] = "notification.mark_inbox_message_read.v1"
    message_id: Identifier


class GetAttachment(Query):
    """A file of a message."""

    wire_type: ClassVar[str] = "notification.get_attachment.v1"
    message_id: Identifier
    name: AttachmentName


class AttachmentContent(View):
    """A file as it was put into the inbox."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")
    name: str
    media_type: str
    sha256: str
    content: bytes = Field(repr=False)

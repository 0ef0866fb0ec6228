"""The secure inbox: what is put into it, and what its readers see (MSG-2).

Somebody may read what lies in the inbox of the own account, and what lies in a provider's inbox with that provider's
online service ``inbox``: the provider in person always, a delegate with a grant. Everything else does not exist.
"""

from typing import Final

from services.notification.domain import (
    AttachmentUnknown,
    InboxMessage,
    InboxMessageUnknown,
    Owner,
    Words,
    attachment_of,
)
from services.notification.ports import Inbox
from shared.clock import Clock, IdMaker
from shared.contracts import Actor, Done
from shared.contracts.identity import OnlineService
from shared.contracts.notification import (
    ActRecorded,
    AttachmentContent,
    AttachmentView,
    GetAttachment,
    GetInboxMessage,
    InboxItem,
    InboxMessageArrived,
    InboxMessageRead,
    InboxMessageView,
    InboxPage,
    InboxText,
    ListInbox,
    MarkInboxMessageRead,
    PutInboxMessage,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

SERVICE: Final[OnlineService] = "inbox"


async def put_inbox_message(
    received: Received[PutInboxMessage], work: Work, *, inbox: Inbox, clock: Clock, ids: IdMaker
) -> None:
    """Put a message into an inbox, once, however often it is sent."""
    command = received.message
    message = InboxMessage(
        message_id=command.message_id,
        position=ids(),
        owner=Owner(account_id=command.account_id, provider_id=command.provider_id),
        kind=command.kind,
        subject=Words(command.subject.fr, command.subject.en),
        body=Words(command.body.fr, command.body.en),
        attachments=tuple(attachment_of(file.name, file.media_type, file.content) for file in command.attachments),
        written_at=command.written_at,
    )
    contents = {file.name: file.content for file in command.attachments}
    if await inbox.add(message, contents, session=work.session):
        work.publish(
            InboxMessageArrived(
                message_id=message.message_id,
                account_id=command.account_id,
                provider_id=command.provider_id,
                kind=command.kind,
                announced=command.announced,
                arrived_at=clock(),
            )
        )


async def list_inbox(received: Received[ListInbox], *, inbox: Inbox) -> InboxPage:
    """A page of what the caller may read; the cursor is the position of the page's last message."""
    query, owners = received.message, _owners(received.require_actor())
    found = await inbox.list_of(owners, before=query.before, limit=query.limit + 1)
    page = found[: query.limit]
    return InboxPage(
        messages=tuple(_item(message) for message in page),
        unread=await inbox.count_unread(owners),
        next_before=page[-1].position if len(found) > query.limit else None,
    )


async def get_inbox_message(received: Received[GetInboxMessage], *, inbox: Inbox) -> InboxMessageView:
    """A message that the caller may read.

    Raises:
        InboxMessageUnknown: there is none, or it is somebody else's.
    """
    return _view(await _readable(received.message.message_id, received.require_actor(), inbox))


async def note_attachment(received: Received[GetAttachment], work: Work, *, inbox: Inbox, clock: Clock) -> None:
    """Record who takes a file, before it is given (U5).

    Raises:
        InboxMessageUnknown, AttachmentUnknown: nothing is taken.
    """
    actor, query = received.require_actor(), received.message
    message = await _readable(query.message_id, actor, inbox, session=work.session)
    if all(file.name != query.name for file in message.attachments):
        raise AttachmentUnknown
    work.publish(
        ActRecorded(
            act="sensitive_read",
            account_id=actor.account_id,
            on_behalf_of=actor.on_behalf_of,
            about=message.owner.provider_id or message.owner.account_id,
            correlation_id=received.correlation_id,
            occurred_at=clock(),
            details={"what": "attachment", "message": message.message_id, "kind": message.kind},
        )
    )


async def get_attachment(received: Received[GetAttachment], *, inbox: Inbox) -> AttachmentContent:
    """A file of a message that the caller may read.

    Raises:
        InboxMessageUnknown, AttachmentUnknown.
    """
    query = received.message
    message = await _readable(query.message_id, received.require_actor(), inbox)
    found = next((file for file in message.attachments if file.name == query.name), None)
    content = None if found is None else await inbox.content(message.message_id, found.name)
    if found is None or content is None:
        raise AttachmentUnknown
    return AttachmentContent(name=found.name, media_type=found.media_type, sha256=found.digest, content=content)


async def mark_inbox_message_read(
    received: Received[MarkInboxMessageRead], work: Work, *, inbox: Inbox, clock: Clock
) -> Done:
    """Note that somebody read a message; who did so first stays noted.

    Raises:
        InboxMessageUnknown.
    """
    actor = received.require_actor()
    message = await _readable(received.message.message_id, actor, inbox, session=work.session)
    now = clock()
    if await inbox.mark_read(message, at=now, account_id=actor.account_id, session=work.session):
        work.publish(
            InboxMessageRead(
                message_id=message.message_id,
                account_id=actor.account_id,
                on_behalf_of=actor.on_behalf_of,
                read_at=now,
            )
        )
    return Done()


def _owners(actor: Actor) -> frozenset[Owner]:
    """Whose inboxes the actor may read."""
    owners = {Owner(account_id=actor.account_id)}
    if actor.provider_id is not None and SERVICE in actor.services:
        owners.add(Owner(provider_id=actor.provider_id))
    return frozenset(owners)


async def _readable(message_id: str, actor: Actor, inbox: Inbox, *, session: Session | None = None) -> InboxMessage:
    message = await inbox.get(message_id, session=session)
    if message is None or message.owner not in _owners(actor):
        raise InboxMessageUnknown
    return message


def _item(message: InboxMessage) -> InboxItem:
    return InboxItem(
        message_id=message.message_id,
        provider_id=message.owner.provider_id,
        kind=message.kind,
        subject=_text(message.subject),
        written_at=message.written_at,
        read_at=message.read_at,
        attachments=len(message.attachments),
    )


def _view(message: InboxMessage) -> InboxMessageView:
    return InboxMessageView(
        message_id=message.message_id,
        provider_id=message.owner.provider_id,
        kind=message.kind,
        subject=_text(message.subject),
        body=_text(message.body),
        attachments=tuple(
            AttachmentView(name=file.name, media_type=file.media_type, size=file.size, sha256=file.digest)
            for file in message.attachments
        ),
        written_at=message.written_at,
        read_at=message.read_at,
    )


def _text(words: Words) -> InboxText:
    return InboxText(fr=words.fr, en=words.en)

"""The secure inbox: kept once, told without content, read by those who may."""

import json

import pytest
from pydantic import ValidationError

from services.notification.domain import AttachmentUnknown, InboxMessageUnknown, Owner
from services.notification.handlers import inbox as handlers
from services.notification.handlers import notices
from shared.contracts import Actor
from shared.contracts.notification import (
    INBOX_LIMIT_BYTES,
    ActRecorded,
    GetAttachment,
    GetInboxMessage,
    InboxMessageArrived,
    InboxMessageRead,
    InboxPage,
    ListInbox,
    MarkInboxMessageRead,
    NewAttachment,
    PutInboxMessage,
)
from shared.errors import Transient
from shared.outbox import Work
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW
from tests.support.notification_desk import Desk
from tests.support.notification_memory import MemoryInbox, text_of

pytestmark = pytest.mark.req("MSG-2")


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


async def put(inbox: MemoryInbox, command: PutInboxMessage) -> Work:
    cause = build.received(command)
    work = Work(None, cause, source="notification")
    await handlers.put_inbox_message(cause, work, inbox=inbox, clock=lambda: NOW, ids=build.random_position)
    return work


async def listed(inbox: MemoryInbox, actor: Actor, **query: object) -> InboxPage:
    return await handlers.list_inbox(build.received(ListInbox.model_validate(query), actor=actor), inbox=inbox)


async def mark_read(inbox: MemoryInbox, message_id: str, actor: Actor) -> Work:
    cause = build.received(MarkInboxMessageRead(message_id=message_id), actor=actor)
    work = Work(None, cause, source="notification")
    await handlers.mark_inbox_message_read(cause, work, inbox=inbox, clock=lambda: NOW)
    return work


async def note(inbox: MemoryInbox, query: GetAttachment, actor: Actor) -> Work:
    cause = build.received(query, actor=actor)
    work = Work(None, cause, source="notification")
    await handlers.note_attachment(cause, work, inbox=inbox, clock=lambda: NOW)
    return work


@pytest.mark.req("OPS-7", "DEL-7", "U5")
async def test_who_takes_a_file_is_recorded_and_for_whom(inbox: MemoryInbox) -> None:
    command = build.put_inbox_message(provider_id="p-1")
    await put(inbox, command)
    delegate = build.actor(roles=("delegate",), provider_id="p-1", on_behalf_of="p-1", services=("inbox",))
    query = GetAttachment(message_id=command.message_id, name="accord-signe.pdf")
    (act,) = (await note(inbox, query, delegate)).events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.account_id, act.on_behalf_of, act.about) == (
        "sensitive_read",
        delegate.account_id,
        "p-1",
        "p-1",
    )
    assert act.details == {"what": "attachment", "message": command.message_id, "kind": "agreement"}
    with pytest.raises(AttachmentUnknown):
        await note(inbox, query.model_copy(update={"name": "other.pdf"}), delegate)
    with pytest.raises(InboxMessageUnknown):
        await note(inbox, query, build.actor())


async def test_a_message_sent_twice_lies_there_once_and_is_announced_once(inbox: MemoryInbox) -> None:
    command = build.put_inbox_message()
    works = [await put(inbox, command) for _ in range(2)]
    assert [len(work.events) for work in works] == [1, 0]
    (arrived,) = works[0].events
    assert arrived == InboxMessageArrived(
        message_id=command.message_id, account_id=command.account_id, kind="agreement", announced=True, arrived_at=NOW
    )
    owners = [Owner(account_id=command.account_id)]
    assert len(await inbox.list_of(owners, before=None, limit=9)) == 1


async def test_the_owner_sees_the_message_and_gets_its_file(inbox: MemoryInbox) -> None:
    command = build.put_inbox_message()
    await put(inbox, command)
    actor = build.actor(account_id=command.account_id)
    page = await listed(inbox, actor)
    assert [(item.message_id, item.attachments, item.read_at) for item in page.messages] == [
        (command.message_id, 1, None)
    ]
    assert (page.unread, page.next_before) == (1, None)
    view = await handlers.get_inbox_message(
        build.received(GetInboxMessage(message_id=command.message_id), actor=actor), inbox=inbox
    )
    assert view.subject.fr == "Votre accord signé"
    assert [(file.name, file.size) for file in view.attachments] == [("accord-signe.pdf", 8)]
    query = GetAttachment(message_id=command.message_id, name="accord-signe.pdf")
    file = await handlers.get_attachment(build.received(query, actor=actor), inbox=inbox)
    assert (file.content, file.sha256) == (b"%PDF-1.7", view.attachments[0].sha256)


async def test_pages_follow_one_another(inbox: MemoryInbox) -> None:
    actor = build.actor()
    commands = [build.put_inbox_message(account_id=actor.account_id) for _ in range(5)]
    for command in commands:
        await put(inbox, command)
    seen: list[str] = []
    before = None
    for _ in range(3):
        page = await listed(inbox, actor, limit=2, before=before)
        seen += [item.message_id for item in page.messages]
        before = page.next_before
    assert seen == [command.message_id for command in commands][::-1]
    assert before is None


OTHERS = {
    "somebody else": build.actor(),
    "another provider": build.actor(roles=("provider",), provider_id="p-other", services=("inbox",)),
    "a delegate without the service": build.actor(
        roles=("delegate",), provider_id="p-1", on_behalf_of="p-1", services=("billing", "payments", "profile")
    ),
    "an agent": build.actor(roles=("agent",)),
}


@pytest.mark.parametrize("name", OTHERS)
async def test_what_lies_in_a_provider_s_inbox_does_not_exist_for_others(inbox: MemoryInbox, name: str) -> None:
    command = build.put_inbox_message(provider_id="p-1")
    await put(inbox, command)
    actor = OTHERS[name]
    assert (await listed(inbox, actor)).messages == ()
    with pytest.raises(InboxMessageUnknown):
        await handlers.get_inbox_message(
            build.received(GetInboxMessage(message_id=command.message_id), actor=actor), inbox=inbox
        )
    query = GetAttachment(message_id=command.message_id, name="accord-signe.pdf")
    with pytest.raises(InboxMessageUnknown):
        await handlers.get_attachment(build.received(query, actor=actor), inbox=inbox)
    with pytest.raises(InboxMessageUnknown):
        await mark_read(inbox, command.message_id, actor)


@pytest.mark.req("DEL-2")
@pytest.mark.parametrize(
    "actor",
    [
        build.actor(roles=("provider",), provider_id="p-1", services=("billing", "payments", "profile", "inbox")),
        build.actor(roles=("delegate",), provider_id="p-1", on_behalf_of="p-1", services=("inbox",)),
    ],
    ids=["the provider", "a delegate with the service"],
)
async def test_a_provider_s_inbox_is_open_to_the_provider_and_to_delegates_with_the_service(
    inbox: MemoryInbox, actor: Actor
) -> None:
    of_provider = build.put_inbox_message(provider_id="p-1")
    own = build.put_inbox_message(account_id=actor.account_id)
    for command in (of_provider, own):
        await put(inbox, command)
    page = await listed(inbox, actor)
    assert [(item.message_id, item.provider_id) for item in page.messages] == [
        (own.message_id, None),
        (of_provider.message_id, "p-1"),
    ]


@pytest.mark.req("DEL-7")
async def test_the_first_reading_is_noted_with_who_read_for_whom(inbox: MemoryInbox) -> None:
    command = build.put_inbox_message(provider_id="p-1")
    await put(inbox, command)
    delegate = build.actor(roles=("delegate",), provider_id="p-1", on_behalf_of="p-1", services=("inbox",))
    first = await mark_read(inbox, command.message_id, delegate)
    again = await mark_read(inbox, command.message_id, delegate)
    assert first.events == [
        InboxMessageRead(message_id=command.message_id, account_id=delegate.account_id, on_behalf_of="p-1", read_at=NOW)
    ]
    assert again.events == []
    page = await listed(inbox, delegate)
    assert (page.unread, page.messages[0].read_at) == (0, NOW)


async def test_a_file_that_the_message_has_not_is_not_found(inbox: MemoryInbox) -> None:
    command = build.put_inbox_message()
    await put(inbox, command)
    query = GetAttachment(message_id=command.message_id, name="autre.pdf")
    actor = build.actor(account_id=command.account_id)
    with pytest.raises(AttachmentUnknown):
        await handlers.get_attachment(build.received(query, actor=actor), inbox=inbox)


async def arrived(desk: Desk, **changes: object) -> None:
    values = {"message_id": build.random_id(), "kind": "agreement", "announced": True, "arrived_at": NOW} | changes
    event = InboxMessageArrived.model_validate(values)
    await notices.on_inbox_message_arrived(build.received(event), courier=desk.courier, contacts=desk.contacts)


async def test_the_mail_says_that_something_arrived_and_nothing_of_what_it_says() -> None:
    contact = build.contact(provider_id="p-1")
    desk = Desk(contact, build.contact())
    await arrived(desk, provider_id="p-1")
    (mail,) = desk.mailer.messages
    assert mail["To"] == contact.email
    assert "messagerie sécurisée" in mail["Subject"]
    assert "accord" not in text_of(mail).casefold()


async def test_no_second_mail_where_another_tells_already() -> None:
    contact = build.contact()
    desk = Desk(contact)
    await arrived(desk, account_id=contact.account_id, announced=False)
    assert desk.mailer.mails == []


async def test_a_provider_who_is_not_known_yet_is_waited_for() -> None:
    with pytest.raises(Transient):
        await arrived(Desk(), provider_id="p-1")


@pytest.mark.parametrize(
    "changes",
    [
        {"account_id": "a", "provider_id": "p"},
        {"account_id": None, "provider_id": None},
        {"attachments": (NewAttachment(name="a.pdf", content=b"1"), NewAttachment(name="a.pdf", content=b"2"))},
        {
            "attachments": (
                NewAttachment(name="a.pdf", content=bytes(INBOX_LIMIT_BYTES)),
                NewAttachment(name="b.pdf", content=b"1"),
            )
        },
    ],
    ids=["two owners", "no owner", "one name twice", "too large"],
)
def test_a_message_that_cannot_be_kept_cannot_be_written(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        build.put_inbox_message(**changes)


@pytest.mark.parametrize("name", ["../a.pdf", 'a".pdf', "a.exe", "a\r\n.pdf", "É.pdf", ".pdf", "a.pdf\n"])
def test_the_name_of_a_file_can_stand_in_a_header(name: str) -> None:
    with pytest.raises(ValidationError):
        NewAttachment(name=name, content=b"%PDF")


def test_files_travel_as_base64() -> None:
    command = build.put_inbox_message(attachments=(NewAttachment(name="a.pdf", content=b"\x00\xff\xfe"),))
    raw = command.model_dump_json()
    assert json.loads(raw)["attachments"][0]["content"] == "AP_-"
    assert PutInboxMessage.model_validate_json(raw) == command

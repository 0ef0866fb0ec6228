"""The service on the real bus, database and mail server, with nothing but its own rights."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Self

import pytest
from pymongo.errors import OperationFailure

from deploy.local.stack import Stack
from services.notification.app import build
from services.notification.domain import DeliveryState, Owner, delivery_id_of
from services.notification.settings import Settings
from services.notification.storage import DeliveryRepository, InboxRepository
from shared.clock import utc_now
from shared.contracts import Command, Event
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.notification import SendCode
from shared.envelopes import event_envelope, request_envelope
from shared.messaging import Publisher, make_broker
from shared.mongo import connect
from shared.service import Service
from shared.settings import read_text
from shared.tokens import load_private_key
from tests.support import notification_builders as builders
from tests.support.notification_memory import text_of
from tests.support.waiting import eventually


@pytest.fixture
async def service(stack: Stack) -> AsyncIterator[Service]:
    settings = Settings(
        rabbitmq_url=stack.rabbitmq_url("notification"),
        mongodb_url=stack.mongodb_url("notification"),
        smtp_host="127.0.0.1",
        smtp_port=stack.servers.smtp_port,
        smtp_from="Acquit <no-reply@acquit.example>",
        notification_key_file=stack.secrets.file("notification.private.pem"),
    )
    service = build(settings)
    await service.start()
    background = [asyncio.ensure_future(work()) for work in service._background]
    yield service
    await service.broker.stop()
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await service.outbox.drain()
    service.database.close()


@pytest.fixture
async def deliveries(stack: Stack, service: Service) -> AsyncIterator[DeliveryRepository]:
    database = connect(stack.mongodb_url("notification"), service.database.name, pool_size=2)
    yield DeliveryRepository(database)
    database.close()


class Sender:
    """Speaks on the bus as one of the other services."""

    def __init__(self, stack: Stack, user: str) -> None:
        self._broker = make_broker(stack.rabbitmq_url(user), prefetch=10, app_id=user)
        self._publisher = Publisher(self._broker, user=user)
        self._user = user

    async def __aenter__(self) -> Self:
        await self._broker.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._broker.stop()

    async def send(self, command: Command) -> None:
        await self._publisher.publish(request_envelope(command))

    async def publish(self, event: Event, *, times: int = 1) -> str:
        envelope = event_envelope(event, source=self._user, cause=builders.received(event))
        for _ in range(times):
            await self._publisher.publish(envelope)
        return envelope.message_id


def command_with(code: str, stack: Stack) -> SendCode:
    key = load_private_key(read_text(Path(stack.secrets.file("notification.private.pem"))))
    return builders.send_code(builders.sealed_code(code, sealed_for=key.public(), sent_at=utc_now()))


async def state_of(deliveries: DeliveryRepository, delivery_id: str) -> DeliveryState | None:
    record = await deliveries.get(delivery_id)
    return record.state if record else None


async def settled(deliveries: DeliveryRepository, delivery_id: str, state: DeliveryState) -> None:
    async def probe() -> bool:
        return await state_of(deliveries, delivery_id) is state

    await eventually(probe, f"delivery {delivery_id} is {state}")


def mails_to(stack: Stack, address: str) -> list[EmailMessage]:
    return stack.servers.mailbox().messages_to(address)


@pytest.mark.req("LOG-1", "MSG-3", "MSG-4")
async def test_a_sealed_code_arrives_readable_and_once(stack: Stack, deliveries: DeliveryRepository) -> None:
    code = builders.random_code()
    command = command_with(code, stack)
    async with Sender(stack, "edge") as edge:
        await edge.send(command)
        await settled(deliveries, command.code.delivery_id, DeliveryState.SENT)
        await edge.send(command)
        last = command_with(code, stack)
        await edge.send(last)
        await settled(deliveries, last.code.delivery_id, DeliveryState.SENT)
    (message,) = mails_to(stack, str(command.email))
    assert code in text_of(message)
    assert message["X-Acquit-Delivery"] == command.code.delivery_id


@pytest.mark.req("MSG-1", "MSG-4")
async def test_a_member_known_from_an_event_is_told_about_a_claim_once(
    stack: Stack, deliveries: DeliveryRepository
) -> None:
    member = builders.member_registered(language="en")
    event = builders.claim_adjudicated(account_id=member.account_id, outcome="approved")
    async with Sender(stack, "claims") as claims, Sender(stack, "identity") as identity:
        event_id = await claims.publish(event, times=2)  # before the member is known: the bus tries again
        await identity.publish(member)
        await settled(deliveries, delivery_id_of(event_id, member.account_id), DeliveryState.SENT)
    (message,) = mails_to(stack, member.email)
    assert message["Subject"] == "Claim 7K2M-9QXA-4T1B: decision made"


@pytest.mark.req("MSG-4")
async def test_a_mail_that_cannot_be_addressed_is_given_up_and_announced(
    stack: Stack, deliveries: DeliveryRepository, service: Service
) -> None:
    notice = builders.access_notice(email="no address at all")
    async with Sender(stack, "identity") as identity:
        await identity.send(notice)
        await settled(deliveries, notice.delivery_id, DeliveryState.FAILED)
    log = service.database.collection("message_log")

    async def published() -> bool:
        row = await log.find_one({"_id": f"notification.failures|{notice.delivery_id}:1"})
        return row is not None and "dispatched_at" in row

    await eventually(published, "the failure was published and confirmed")


@pytest.mark.req("MSG-2", "MSG-4")
async def test_a_message_for_a_provider_sent_twice_lies_in_the_inbox_once_and_is_announced_once(
    stack: Stack, service: Service
) -> None:
    provider_id, account_id = builders.random_id(), builders.random_id()
    contact = ContactRecorded(
        account_id=account_id,
        email=f"{account_id}@example.org",
        language="fr",
        display_name="Noémie Lachance",
        provider_id=provider_id,
        recorded_at=utc_now(),
    )
    command, last = (builders.put_inbox_message(provider_id=provider_id) for _ in range(2))
    inbox, owner = InboxRepository(service.database), Owner(provider_id=provider_id)

    async def arrived() -> bool:
        found = {message.message_id for message in await inbox.list_of([owner], before=None, limit=9)}
        return found == {command.message_id, last.message_id}

    async def announced() -> bool:
        return len(mails_to(stack, contact.email)) == 2

    async with Sender(stack, "identity") as identity:
        for each in (command, command, last):
            await identity.send(each)
        await identity.publish(contact)
        await eventually(arrived, "both messages lie in the inbox")
        await eventually(announced, "each message was announced")
    subjects = {message["Subject"] for message in mails_to(stack, contact.email)}
    assert subjects == {"Un message vous attend dans votre messagerie sécurisée"}
    assert await inbox.content(command.message_id, "accord-signe.pdf") == b"%PDF-1.7"


@pytest.mark.req("MSG-2")
async def test_the_service_itself_has_no_right_to_change_or_remove_what_lies_in_an_inbox(service: Service) -> None:
    for name in ("inbox", "inbox_files", "inbox_reads"):
        collection = service.database.collection(name)
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.update_one({"_id": "x"}, {"$set": {"kind": "letter"}})
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.delete_one({"_id": "x"})

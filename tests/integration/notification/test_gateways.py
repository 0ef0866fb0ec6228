"""Mails over real SMTP connections."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from services.notification.domain import MailDeferred, MailRefused
from services.notification.gateways import SmtpMailer
from tests.support import notification_builders as build
from tests.support.notification_smtp import HANG_UP, ScriptedServer, scripted_server


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as script:
        yield script


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Let the event loop run until ``condition`` holds."""
    try:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"not within 10 s: {what}")


async def test_a_mail_arrives_with_its_envelope_and_content(server: ScriptedServer) -> None:
    mail = build.mail(content=b"Subject: A test\r\n\r\nHello.\r\n.\r\n..\r\n")
    await SmtpMailer(server.address(), connections=1).send(mail)
    (envelope,) = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (mail.sender, [mail.recipient])
    assert envelope.content == mail.content


async def test_a_connection_is_used_again(server: ScriptedServer) -> None:
    mailer = SmtpMailer(server.address(), connections=1)
    for _ in range(5):
        await mailer.send(build.mail())
    assert len(server.envelopes) == 5
    assert len(server.connections) == 1


async def test_a_connection_that_the_server_closed_is_replaced_without_an_error(server: ScriptedServer) -> None:
    mailer = SmtpMailer(server.address(), connections=1)
    await mailer.send(build.mail())
    server.hang_up()
    await mailer.send(build.mail())
    assert len(server.envelopes) == 2
    assert len(server.connections) == 2


async def test_no_more_connections_are_opened_than_allowed(server: ScriptedServer) -> None:
    server.gate = asyncio.Event()
    mailer = SmtpMailer(server.address(), connections=2)
    sending = [asyncio.create_task(mailer.send(build.mail())) for _ in range(6)]
    await eventually(lambda: server.waiting == 2, "two mails are being taken")
    assert len(server.connections) == 2
    server.gate.set()
    await asyncio.gather(*sending)
    assert len(server.envelopes) == 6
    assert len(server.connections) == 2


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["rcpt", "data"])
async def test_a_recipient_or_content_refused_for_good_is_refused(server: ScriptedServer, command: str) -> None:
    mail = build.mail()
    getattr(server, command).append(f"550 no such mailbox {mail.recipient}")
    mailer = SmtpMailer(server.address(), connections=1)
    with pytest.raises(MailRefused) as refusal:
        await mailer.send(mail)
    assert refusal.value.params == {"smtp_code": 550}
    assert refusal.value.__suppress_context__, "what the server said names the address"
    await mailer.send(build.mail())


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
async def test_a_server_that_says_later_is_tried_later(server: ScriptedServer, command: str) -> None:
    getattr(server, command).append("451 try again later")
    with pytest.raises(MailDeferred) as deferral:
        await SmtpMailer(server.address(), connections=1).send(build.mail())
    assert deferral.value.params == {"smtp_code": 451}


async def test_a_server_that_refuses_the_sender_is_wrongly_set_up_and_no_fault_of_the_mail(
    server: ScriptedServer,
) -> None:
    server.mail.append("550 sender not allowed")
    with pytest.raises(MailDeferred):
        await SmtpMailer(server.address(), connections=1).send(build.mail())


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
async def test_a_connection_that_breaks_is_replaced_at_the_next_attempt(server: ScriptedServer, command: str) -> None:
    getattr(server, command).append(HANG_UP)
    mailer = SmtpMailer(server.address(), connections=1, now=iter((0.0, 0.0, 2.0)).__next__)
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    await mailer.send(build.mail())
    assert len(server.connections) == 2


async def test_a_server_that_is_away_is_asked_again_only_after_a_moment() -> None:
    async with scripted_server() as gone:
        address = gone.address()
    now = 100.0
    mailer = SmtpMailer(address, connections=1, now=lambda: now)
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    async with scripted_server() as other:
        back = SmtpMailer(other.address(), connections=1, now=lambda: now)
        back._down_until = mailer._down_until
        with pytest.raises(MailDeferred):
            await back.send(build.mail())
        assert other.connections == []
        now += 1.0
        await back.send(build.mail())
        assert len(other.envelopes) == 1


async def test_a_server_that_does_not_answer_costs_no_more_than_the_time_allowed(server: ScriptedServer) -> None:
    server.gate = asyncio.Event()
    mailer = SmtpMailer(server.address(reply_seconds=0.05), connections=1)
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    server.gate.set()


async def test_a_cancelled_mail_leaves_no_half_used_connection_behind(server: ScriptedServer) -> None:
    server.gate = asyncio.Event()
    mailer = SmtpMailer(server.address(), connections=1)
    sending = asyncio.create_task(mailer.send(build.mail()))
    await eventually(lambda: server.waiting == 1, "the mail is being taken")
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    server.gate.set()
    await mailer.send(build.mail())
    assert len(server.connections) == 2


async def test_a_server_that_must_encrypt_and_cannot_gets_no_mail(server: ScriptedServer) -> None:
    with pytest.raises(MailDeferred):
        await SmtpMailer(server.address(starttls=True), connections=1).send(build.mail())
    assert server.envelopes == []

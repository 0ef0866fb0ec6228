"""Mails over real SMTP connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic

import pytest

from services.notification.domain import MailDeferred, MailRefused
from services.notification.gateways import SmtpMailer, SmtpServer
from tests.support import notification_builders as build
from tests.support.notification_smtp import HANG_UP, ScriptedServer, scripted_server

MakeMailer = Callable[..., SmtpMailer]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as script:
        yield script


@pytest.fixture
async def mailer_for() -> AsyncIterator[MakeMailer]:
    """Makes mailers and closes their connections in the end."""
    closing: list[asyncio.Task[None]] = []

    def make(server: SmtpServer, *, connections: int = 1, now: Callable[[], float] = monotonic) -> SmtpMailer:
        mailer = SmtpMailer(server, connections=connections, now=now)
        closing.append(asyncio.create_task(mailer.close_at_the_end()))
        return mailer

    yield make
    await asyncio.gather(*(asyncio.wait_for(task, timeout=0) for task in closing), return_exceptions=True)


async def test_a_mail_arrives_with_its_envelope_and_content(server: ScriptedServer, mailer_for: MakeMailer) -> None:
    mail = build.mail(content=b"Subject: A test\r\n\r\nHello.\r\n.\r\n..\r\n")
    await mailer_for(server.address()).send(mail)
    (envelope,) = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (mail.sender, [mail.recipient])
    assert envelope.content == mail.content


async def test_a_connection_is_used_again(server: ScriptedServer, mailer_for: MakeMailer) -> None:
    mailer = mailer_for(server.address())
    for _ in range(5):
        await mailer.send(build.mail())
    assert len(server.envelopes) == 5
    assert len(server.connections) == 1


async def test_a_connection_that_the_server_closed_is_replaced_without_an_error(
    server: ScriptedServer, mailer_for: MakeMailer
) -> None:
    mailer = mailer_for(server.address())
    await mailer.send(build.mail())
    server.hang_up()
    await mailer.send(build.mail())
    assert len(server.envelopes) == 2
    assert len(server.connections) == 2


async def test_no_more_connections_are_opened_than_allowed(server: ScriptedServer, mailer_for: MakeMailer) -> None:
    server.gate = asyncio.Event()
    mailer = mailer_for(server.address(), connections=2)
    sending = [asyncio.create_task(mailer.send(build.mail())) for _ in range(6)]
    for _ in range(2):
        await asyncio.wait_for(server.arrived.get(), timeout=10)
    assert len(server.connections) == 2
    server.gate.set()
    await asyncio.gather(*sending)
    assert len(server.envelopes) == 6
    assert len(server.connections) == 2


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["rcpt", "data"])
async def test_a_recipient_or_content_refused_for_good_is_refused(
    server: ScriptedServer, command: str, mailer_for: MakeMailer
) -> None:
    mail = build.mail()
    getattr(server, command).append(f"550 no such mailbox {mail.recipient}")
    mailer = mailer_for(server.address())
    with pytest.raises(MailRefused) as refusal:
        await mailer.send(mail)
    assert refusal.value.params == {"smtp_code": 550}
    assert refusal.value.__suppress_context__, "what the server said names the address"
    assert refusal.value.__cause__ is None
    await mailer.send(build.mail())


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
async def test_a_server_that_says_later_is_tried_later(
    server: ScriptedServer, command: str, mailer_for: MakeMailer
) -> None:
    getattr(server, command).append("451 try again later")
    with pytest.raises(MailDeferred) as deferral:
        await mailer_for(server.address()).send(build.mail())
    assert deferral.value.params == {"smtp_code": 451}


async def test_a_server_that_refuses_the_sender_is_wrongly_set_up_and_no_fault_of_the_mail(
    server: ScriptedServer, mailer_for: MakeMailer
) -> None:
    server.mail.append("550 sender not allowed")
    with pytest.raises(MailDeferred):
        await mailer_for(server.address()).send(build.mail())


@pytest.mark.req("MSG-4")
@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
async def test_a_connection_that_breaks_is_replaced_at_the_next_attempt(
    server: ScriptedServer, command: str, mailer_for: MakeMailer
) -> None:
    getattr(server, command).append(HANG_UP)
    mailer = mailer_for(server.address(), now=iter((0.0, 0.0, 2.0)).__next__)
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    await mailer.send(build.mail())
    assert len(server.connections) == 2


async def test_a_server_that_is_away_is_asked_again_only_after_a_moment(mailer_for: MakeMailer) -> None:
    async with scripted_server() as gone:
        address = gone.address()
    now = 100.0
    mailer = mailer_for(address, now=lambda: now)
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    async with scripted_server(port=address.port) as back:
        with pytest.raises(MailDeferred):
            await mailer.send(build.mail())
        assert back.connections == []
        now += 1.0
        await mailer.send(build.mail())
        assert len(back.envelopes) == 1


async def test_a_server_that_does_not_answer_costs_no_more_than_the_time_allowed(
    server: ScriptedServer, mailer_for: MakeMailer
) -> None:
    server.gate = asyncio.Event()
    mailer = mailer_for(server.address(reply_seconds=0.05))
    with pytest.raises(MailDeferred):
        await mailer.send(build.mail())
    server.gate.set()


async def test_a_cancelled_mail_leaves_no_half_used_connection_behind(
    server: ScriptedServer, mailer_for: MakeMailer
) -> None:
    server.gate = asyncio.Event()
    mailer = mailer_for(server.address())
    sending = asyncio.create_task(mailer.send(build.mail()))
    await asyncio.wait_for(server.arrived.get(), timeout=10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    server.gate.set()
    await mailer.send(build.mail())
    assert len(server.connections) == 2


async def test_a_server_that_must_encrypt_and_cannot_gets_no_mail(
    server: ScriptedServer, mailer_for: MakeMailer
) -> None:
    with pytest.raises(MailDeferred):
        await mailer_for(server.address(starttls=True)).send(build.mail())
    assert server.envelopes == []


async def test_idle_connections_are_closed_when_the_service_stops(server: ScriptedServer) -> None:
    mailer = SmtpMailer(server.address(), connections=1)
    await mailer.send(build.mail())
    task = asyncio.create_task(mailer.close_at_the_end())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert mailer._idle == []

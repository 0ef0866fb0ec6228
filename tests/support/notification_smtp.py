"""A real SMTP server in the test's own event loop, which answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notification.gateways import SmtpServer

LOOPBACK = "127.0.0.1"
ACCEPTED = "250 accepted"


class Hang:
    """An answer that breaks the connection instead, after the command was read."""


HANG_UP = Hang()


@dataclass(slots=True)
class ScriptedServer:
    """Answers to come; a command finds ``ACCEPTED`` where its list is empty. While ``gate`` is there, mails
    announce themselves in ``arrived`` and get their answer once it opens.
    """

    mail: list[str | Hang] = field(default_factory=list)
    rcpt: list[str | Hang] = field(default_factory=list)
    data: list[str | Hang] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    connections: list[SMTP] = field(default_factory=list)
    gate: asyncio.Event | None = None
    arrived: asyncio.Queue[Envelope] = field(default_factory=asyncio.Queue)
    port: int = 0

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._answer(server, self.mail)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._answer(server, self.rcpt)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        if self.gate is not None:
            self.arrived.put_nowait(envelope)
            await self.gate.wait()
        return self._answer(server, self.data)

    def hang_up(self) -> None:
        """Close every connection, as servers do with idle ones."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.close()

    def address(self, **changes: Any) -> SmtpServer:
        return SmtpServer(**{"host": LOOPBACK, "port": self.port, "hello_name": "mail.example.org", **changes})

    @staticmethod
    def _answer(server: SMTP, answers: list[str | Hang]) -> str:
        answer = answers.pop(0) if answers else ACCEPTED
        if isinstance(answer, str):
            return answer
        assert isinstance(server.transport, asyncio.WriteTransport)
        server.transport.abort()
        return ACCEPTED


@asynccontextmanager
async def scripted_server(*, port: int = 0) -> AsyncIterator[ScriptedServer]:
    script = ScriptedServer()
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        made = SMTP(script, hostname="localhost", loop=loop)
        script.connections.append(made)
        return made

    server = await loop.create_server(connection, host=LOOPBACK, port=port)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        script.hang_up()
        await server.wait_closed()

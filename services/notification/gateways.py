"""The mail server: SMTP (RFC 5321) over a few connections that stay open."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException

from services.notification.domain import Mail, MailDeferred, MailRefused

_PERMANENT: Final = 500
_TRANSACTION_FAILED: Final = 599
_DOWN_SECONDS: Final = 1.0
"""How long others are turned away after a connection failed, so that a dead server costs one time-out, not hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mails go, and how."""

    host: str
    port: int
    hello_name: str
    starttls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    connect_seconds: float = 5.0
    reply_seconds: float = 60.0
    """A server may take its time after the content; giving up early would send the mail twice (RFC 5321 §4.5.3.2)."""


class SmtpMailer:
    """At most ``connections`` at a time, opened when needed, used again, replaced when the server closed them."""

    def __init__(self, server: SmtpServer, *, connections: int, now: Callable[[], float] = monotonic) -> None:
        self._server = server
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[SMTP] = []
        self._now = now
        self._down_until = float("-inf")

    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` over; see the port ``Mailer``. What the server said is dropped: it may quote the address."""
        async with self._slots:
            client = await self._begun(mail)
            try:
                await client.rcpt(mail.recipient)
                await client.data(mail.content)
            except (SMTPRecipientRefused, SMTPDataError) as error:
                client.close()
                raise _verdict(error) from None
            except (SMTPException, OSError):
                client.close()
                raise MailDeferred from None
            except BaseException:
                client.close()
                raise
            self._idle.append(client)

    async def close_at_the_end(self) -> None:
        """Background work: close the idle connections when the service stops."""
        try:
            await asyncio.Event().wait()
        finally:
            while self._idle:
                self._idle.pop().close()

    async def _begun(self, mail: Mail) -> SMTP:
        """A connection on which ``MAIL FROM`` was accepted: the command shows whether an idle one still lives."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.mail(mail.sender)
            except (SMTPException, OSError):
                client.close()
            else:
                return client
        return await self._connected(mail)

    async def _connected(self, mail: Mail) -> SMTP:
        if self._now() < self._down_until:
            raise MailDeferred
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.hello_name,
            start_tls=server.starttls,
            username=server.username,
            password=server.password,
            timeout=server.reply_seconds,
        )
        try:
            await client.connect(timeout=server.connect_seconds)
            await client.mail(mail.sender)
        except (SMTPException, OSError) as error:
            client.close()
            self._down_until = self._now() + _DOWN_SECONDS
            raise MailDeferred(error.code if isinstance(error, SMTPResponseException) else 0) from None
        return client


def _verdict(error: SMTPResponseException) -> MailDeferred | MailRefused:
    """4xx means later, 5xx never (RFC 5321 §4.2.1)."""
    if _PERMANENT <= error.code <= _TRANSACTION_FAILED:
        return MailRefused(error.code)
    return MailDeferred(error.code)

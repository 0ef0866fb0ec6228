"""A mail server that keeps everything in a Maildir: `python -m deploy.local.mail --port N --maildir DIR`.

It accepts any recipient and delivers nothing further. Each message is stored once, with the envelope's recipients
in `Delivered-To` fields at its top. `deploy.local.mailbox` reads the result; so does any Maildir reader.
"""

import argparse
import asyncio
import itertools
import os
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import LOOPBACK

_LARGEST_MESSAGE = 10 * 1024 * 1024


class MaildirStore:
    """The handler of the SMTP server: one file per message."""

    def __init__(self, maildir: Path) -> None:
        self._fresh = maildir / "tmp"
        self._new = maildir / "new"
        self._numbers = itertools.count()
        for name in ("tmp", "new", "cur"):
            (maildir / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        if not isinstance(content, bytes):
            return "451 no content"
        self.store([str(recipient) for recipient in envelope.rcpt_tos], content)
        return "250 stored"

    def store(self, recipients: list[str], content: bytes) -> None:
        """Write the message under `tmp`, then move it to `new`: a reader never sees half of it."""
        name = f"{time.time_ns()}.{os.getpid()}_{next(self._numbers)}.localhost"
        top = "".join(f"Delivered-To: {recipient}\r\n" for recipient in recipients)
        fresh = self._fresh / name
        fresh.write_bytes(top.encode() + content)
        fresh.rename(self._new / name)


async def serve(maildir: Path, *, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    store = MaildirStore(maildir)

    def session() -> SMTP:
        return SMTP(store, hostname="localhost", data_size_limit=_LARGEST_MESSAGE, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(session, host=LOOPBACK, port=port)
    async with server:
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mail", description="Keeps mail in a Maildir.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.maildir, port=arguments.port))


if __name__ == "__main__":
    main()

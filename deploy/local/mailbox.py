"""Reading the mail that `deploy.local.mail` has stored."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

_POLL_S: Final = 0.02
_ENVELOPE_FIELD: Final = b"delivered-to:"


def _any(_message: EmailMessage) -> bool:
    return True


class Mailbox:
    """A Maildir, indexed by recipient.

    Each file is read once for its recipients and parsed once if someone asks for it; many waiters share the
    look at the directory. Addresses are compared without regard to case. Not thread-safe.
    """

    def __init__(self, maildir: Path) -> None:
        self._folders = (maildir / "new", maildir / "cur")
        self._seen: set[str] = set()
        self._by_recipient: dict[str, list[Path]] = defaultdict(list)
        self._parsed: dict[Path, EmailMessage] = {}
        self._looked_at = float("-inf")
        self._read: set[int] = set()

    def messages_to(self, address: str) -> list[EmailMessage]:
        """Everything delivered to the address, oldest first."""
        self._look()
        return [self._parse(path) for path in self._by_recipient.get(address.lower(), ())]

    def recipients(self) -> list[str]:
        """Every address that got mail, in lower case, sorted."""
        self._look()
        return sorted(self._by_recipient)

    def mark_read(self, message: EmailMessage) -> None:
        """Take note that somebody read a message of this mailbox."""
        self._read.add(id(message))

    def was_read(self, message: EmailMessage) -> bool:
        """Whether somebody did."""
        return id(message) in self._read

    def find(
        self, address: str, *, subject_contains: str = "", predicate: Callable[[EmailMessage], bool] = _any
    ) -> EmailMessage | None:
        """The newest message to the address that matches."""
        for message in self.messages_to(address)[::-1]:
            if subject_contains in str(message["Subject"] or "") and predicate(message):
                return message
        return None

    async def wait_for(
        self,
        address: str,
        *,
        subject_contains: str = "",
        predicate: Callable[[EmailMessage], bool] = _any,
        timeout_s: float = 10.0,
    ) -> EmailMessage:
        """The newest message to the address that matches, as soon as there is one.

        Raises:
            TimeoutError: None came in time; the error lists the subjects that did come.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            found = self.find(address, subject_contains=subject_contains, predicate=predicate)
            if found is not None:
                return found
            if time.monotonic() > deadline:
                subjects = [str(message["Subject"]) for message in self.messages_to(address)]
                raise TimeoutError(
                    f"no mail to {address} with {subject_contains!r} in its subject within {timeout_s:g} s; "
                    f"there are {subjects}"
                )
            await asyncio.sleep(_POLL_S)

    def _look(self) -> None:
        """Index what has arrived since the last look, at most once per poll interval."""
        now = time.monotonic()
        if now - self._looked_at < _POLL_S / 2:
            return
        self._looked_at = now
        fresh = [entry for folder in self._folders for entry in _entries(folder) if entry.name not in self._seen]
        for entry in sorted(fresh, key=lambda entry: entry.name):
            self._seen.add(entry.name)
            for recipient in _recipients(Path(entry.path)):
                self._by_recipient[recipient].append(Path(entry.path))

    def _parse(self, path: Path) -> EmailMessage:
        message = self._parsed.get(path)
        if message is None:
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            self._parsed[path] = message
        return message


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.exists():
        return []
    with os.scandir(folder) as entries:
        return list(entries)


def _recipients(path: Path) -> list[str]:
    """The envelope fields stand at the very top, so the message itself need not be parsed."""
    found = []
    with path.open("rb") as file:
        for line in file:
            if not line.lower().startswith(_ENVELOPE_FIELD):
                break
            found.append(line[len(_ENVELOPE_FIELD) :].decode().strip().lower())
    return found

"""What takes a finished deposit file to the bank: a folder here, SFTP or a managed transfer elsewhere (BNK-4)."""

import asyncio
import os
from pathlib import Path
from typing import Protocol

from shared.errors import Transient


class BankUnreachable(Transient):
    """The file cannot be handed over now; it is handed over again later, with the same bytes under the same name."""

    def __init__(self, name: str) -> None:
        super().__init__("banking.bank_unreachable", name=name)


class Carrier(Protocol):
    """Takes a finished file to the place where the bank looks for it: a folder here, a server of the bank elsewhere."""

    async def carry(self, path: Path, name: str) -> None:
        """Hand over the file at ``path``, complete and on disk, under ``name``.

        The bank sees all of the file or nothing (a name of its own until the last byte is there, then a rename). The
        same name again replaces, with the same bytes: a crash may come before anybody heard of the first time. When
        this returns, the file survives a power failure on the bank's side as well as can be known. Whether it moves
        the file away or leaves it is its own affair.

        Raises:
            BankUnreachable: try again later.
        """


class FolderCarrier:
    """``Carrier`` into a folder of the same file system: a rename, which survives a power failure."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def carry(self, path: Path, name: str) -> None:
        """See ``Carrier``."""
        _rename(path, self._directory / name)
        await asyncio.to_thread(_sync_directory, self._directory)


def _rename(path: Path, target: Path) -> None:
    # In the event loop on purpose: it is short, and a thread might go on with it after we gave up.
    path.replace(target)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

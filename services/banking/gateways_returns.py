"""Files of returns by way of the folder of the bank's reports; they are told apart by their suffix."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.banking.domain.return_file import ReturnFileRefused

RETURNS_SUFFIX: Final = ".returns.txt"
MAXIMUM_BYTES: Final = 64 * 2**20
_SHOWN_OF_DIGEST: Final = 12


class ReturnsFolder:
    """``ReturnsInbox``: a file is complete once it has its name; a rename takes it to ``archive`` or ``rejected``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._archive = directory / "archive"
        self._rejected = directory / "rejected"
        for folder in (directory, self._archive, self._rejected):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def list_names(self) -> Sequence[str]:
        """See ``ReturnsInbox``."""
        return await asyncio.to_thread(self._list)

    def _list(self) -> list[str]:
        return sorted(
            path.name
            for path in self._directory.iterdir()
            if path.name.endswith(RETURNS_SUFFIX) and not path.name.startswith(".") and path.is_file()
        )

    async def read(self, name: str) -> bytes | None:
        """See ``ReturnsInbox``."""
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> bytes | None:
        path = self._directory / name
        try:
            if path.stat().st_size > MAXIMUM_BYTES:
                raise ReturnFileRefused("too_large", record=1)
            return path.read_bytes()
        except FileNotFoundError:
            return None

    async def done(self, name: str) -> None:
        """See ``ReturnsInbox``."""
        await asyncio.to_thread(self._move, name, self._archive)

    async def refuse(self, name: str, *, reason: str) -> None:
        """See ``ReturnsInbox``."""
        note = self._rejected / f"{name}.reason"
        await asyncio.to_thread(note.write_text, json.dumps({"report": name, "reason": reason}) + "\n")
        await asyncio.to_thread(self._move, name, self._rejected)

    def _move(self, name: str, folder: Path) -> None:
        """Another file of the same name that was put away before stays."""
        path, target = self._directory / name, folder / name
        with suppress(FileNotFoundError):  # another process was faster
            if target.exists():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_SHOWN_OF_DIGEST]
                target = folder / f"{digest}-{name}"
            path.replace(target)

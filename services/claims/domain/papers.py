"""What an uploaded file is, told from its content alone, in one pass and constant memory (CLM-5).

PDF, JPEG, PNG and HEIC are taken. Nothing is decoded, so that a small file which unpacks to a huge picture harms nobody
here. A file that two programs would read as two different things is refused, and so is a PDF behind a password.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import filetype
from filetype.types.archive import Pdf
from filetype.types.image import Heic, Jpeg, Png

from services.claims.domain.receipt_errors import (
    ReceiptAmbiguousError,
    ReceiptDamagedError,
    ReceiptEncryptedError,
    ReceiptTypeError,
)

PDF: Final = Pdf.MIME
PNG: Final = Png.MIME
_TAKEN: Final = (Pdf(), Jpeg(), Png(), Heic())

_HEAD: Final = 8_192
_PDF_HEADER: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_HEADER_WITHIN: Final = 1_024
"""Readers of PDF look for the header this far into a file, whatever stands before it."""
_PDF_END: Final = b"%%EOF"
_PDF_ENCRYPTED: Final = re.compile(rb"/Encrypt\s*(?:<<|[0-9]+\s+[0-9]+\s+R)")
_LONGEST_MARK: Final = 64
"""Bytes of the part before that are looked at again, so that no mark is missed between two parts."""

_PNG_FIRST_CHUNK: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_TAIL: Final = _ZIP_END_BYTES + 0xFFFF
"""A ZIP archive (JAR, Office document) is found by its directory at the end, behind anything; a comment may follow."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file is."""

    media_type: str
    size_bytes: int
    sha256: str


def media_type_of(head: bytes) -> str:
    """The type of a file by its first 8 KiB or more.

    Raises:
        ReceiptTypeError: none that is taken.
        ReceiptAmbiguousError: a picture that is a PDF as well.
    """
    found = filetype.match(head[:_HEAD], _TAKEN)
    if found is None:
        raise ReceiptTypeError
    media_type = str(found.mime)
    if media_type == PDF:
        if not _PDF_HEADER.match(head):
            raise ReceiptTypeError
    elif b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        raise ReceiptAmbiguousError
    if media_type == PNG and not head.startswith(_PNG_FIRST_CHUNK):
        raise ReceiptTypeError
    return media_type


class Inspection:
    """Looks at a file part by part; the first part holds 8 KiB or all of it."""

    def __init__(self) -> None:
        self._media_type = ""
        self._size = 0
        self._digest = sha256()
        self._tail = b""
        self._encrypted = False

    def look_at(self, part: bytes) -> None:
        """The next part.

        Raises:
            ReceiptTypeError, ReceiptAmbiguousError: at the first part.
        """
        if not self._size:
            self._media_type = media_type_of(part)
        self._size += len(part)
        self._digest.update(part)
        if self._media_type == PDF and not self._encrypted:
            self._encrypted = _PDF_ENCRYPTED.search(self._tail[-_LONGEST_MARK:] + part) is not None
        self._tail = part[-_TAIL:] if len(part) >= _TAIL else (self._tail + part)[-_TAIL:]

    @property
    def arrived(self) -> tuple[int, str]:
        """Bytes and SHA-256 of what was looked at."""
        return self._size, self._digest.hexdigest()

    def findings(self) -> Findings:
        """What it is, once all parts were looked at.

        Raises:
            ReceiptDamagedError: cut off, or empty.
            ReceiptAmbiguousError: an archive as well.
            ReceiptEncryptedError.
        """
        ends = {PDF: _PDF_END, PNG: _PNG_END}
        if not self._size or ends.get(self._media_type, b"") not in self._tail:
            raise ReceiptDamagedError
        if _ends_as_archive(self._tail):
            raise ReceiptAmbiguousError
        if self._encrypted:
            raise ReceiptEncryptedError
        return Findings(self._media_type, *self.arrived)


def _ends_as_archive(tail: bytes) -> bool:
    start = tail.rfind(_ZIP_END)
    if start < 0 or start + _ZIP_END_BYTES > len(tail):
        return False
    comment = int.from_bytes(tail[start + _ZIP_END_BYTES - 2 : start + _ZIP_END_BYTES], "little")
    return start + _ZIP_END_BYTES + comment == len(tail)

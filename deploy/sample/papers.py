"""Papers that members upload with claims, made on the fly: a receipt as PDF, a picture as PNG. Nobody issued them."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from fpdf import FPDF, XPos, YPos

_LINE_MM: Final = 8
_GREYS: Final = 256


def receipt_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A page with a title and lines under it; text in the alphabets of French and English."""
    page = FPDF(format="letter")
    page.core_fonts_encoding = "cp1252"
    page.add_page()
    page.set_font("helvetica", "B", 16)
    page.cell(0, _LINE_MM, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("helvetica", "", 11)
    for line in lines:
        page.cell(0, _LINE_MM, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return bytes(page.output())


def photo_png(width: int = 64, height: int = 48) -> bytes:
    """A grey picture that gets lighter towards the right, as a photograph of a label stands for it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = b"\0" + bytes(column * (_GREYS - 1) // max(1, width - 1) for column in range(width))
    pixels = zlib.compress(row * height)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

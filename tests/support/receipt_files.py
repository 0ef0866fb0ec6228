"""Small files of every type, and of some that only look like one."""

import struct
import zlib


def pdf(padding: int = 0) -> bytes:
    """A PDF with as many bytes in a comment."""
    return (
        b"%PDF-1.4\n%" + b"x" * padding + b"\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )


def pdf_of(size: int) -> bytes:
    """A PDF of exactly so many bytes."""
    return pdf(size - len(pdf()))


def encrypted_pdf(padding: int = 0) -> bytes:
    """A PDF whose trailer names an encryption dictionary."""
    return pdf(padding).replace(b"trailer<<", b"trailer<</Encrypt 5 0 R ")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1) -> bytes:
    """A PNG that says it has this size; 60000 × 60000 is a bomb for whoever decodes it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0\0")) + _chunk(b"IEND", b"")
    )


def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 64 + b"\xff\xd9"


def heic() -> bytes:
    brands = b"heic" + b"\0\0\0\0" + b"mif1heic"
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + b"\0" * 64


def zip_directory(comment: bytes = b"") -> bytes:
    """The end of an empty ZIP archive, which makes an archive of whatever stands before it."""
    return b"PK\x05\x06" + b"\0" * 16 + struct.pack("<H", len(comment)) + comment


EACH_TYPE = {
    "application/pdf": pdf(),
    "image/jpeg": jpeg(),
    "image/png": png(),
    "image/heic": heic(),
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

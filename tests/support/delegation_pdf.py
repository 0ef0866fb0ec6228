"""PDF files as people hand them in: scans, files with a digital signature, and files that are neither."""

from io import BytesIO

from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)


def scan(text: str = "signed by hand", *, pages: int = 1, padding: int = 0) -> bytes:
    """A plain file; ``padding`` makes it larger."""
    pdf = FPDF()
    pdf.set_font("Helvetica")
    for page in range(pages):
        pdf.add_page()
        pdf.cell(text=f"{text} {page}")
    return bytes(pdf.output()) + b"%" * padding


def digitally_signed(*, byte_range: tuple[int, ...] | None = None) -> bytes:
    """A file with a signature field; the range is that of a signature over the file unless said otherwise."""
    numbers = byte_range or (0, 400, 600, 200)
    signature = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Sig"),
            NameObject("/Filter"): NameObject("/Adobe.PPKLite"),
            NameObject("/Contents"): ByteStringObject(b"\x30\x82" * 20),
            NameObject("/ByteRange"): ArrayObject(NumberObject(number) for number in numbers),
        }
    )
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scan("signed with a certificate"))))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): TextStringObject("signature"),
            NameObject("/V"): writer._add_object(signature),
        }
    )
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): ArrayObject([writer._add_object(field)])}
    )
    return _written(writer)


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scan())))
    writer.encrypt("secret", algorithm="AES-256")
    return _written(writer)


def with_script() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scan())))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('hello');")}
    )
    return _written(writer)


def with_attachment() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scan())))
    writer.add_attachment("tool.exe", b"MZ")
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()

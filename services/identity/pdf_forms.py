"""Delegation forms as PDF: written with fpdf2, read with pypdf in a thread of its own (DEL-4).

Uploaded files are untrusted: nothing of them is rendered or run. What is read is the page tree, the catalogue and the
signature fields; a file whose reading takes too long counts as unreadable. Digital signatures are validated in
``pdf_signatures``.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import Any, Final, TypeVar

from anyascii import anyascii
from asn1crypto.x509 import Certificate
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from services.identity.domain.delegation_errors import (
    FormActiveError,
    FormEncryptedError,
    FormNotSignedError,
    FormsBusyError,
    FormTooLongError,
    FormUnreadableError,
)
from services.identity.domain.delegations import CertificateSignature, DelegationRequest, Service
from services.identity.pdf_signatures import certificate_signatures

PAGES_AT_MOST: Final = 4
READING_SECONDS: Final = 5.0
MAGIC: Final = b"%PDF-"
_COME_BACK_SECONDS: Final = 10
R = TypeVar("R")
_DEEPEST: Final = 5
_WIDTH: Final = 170
_LINE: Final = 7

_TEXTS: Final = {
    "fr": {
        "title": "Demande d'accès à un service en ligne",
        "reference": "Référence",
        "provider": "Professionnel (mandant)",
        "delegate": "Utilisateur (mandataire)",
        "email": "Courriel",
        "service": "Service en ligne",
        "dates": "Période",
        "from_on": "à compter du {0}",
        "from_to": "du {0} au {1}",
        "agree": "Le mandant autorise le mandataire, membre de son personnel, à utiliser ce service en son nom. "
        "Chacun répond de ses propres activités et garde ses identifiants pour lui.",
        "signature": "Signature et date",
        "hint": "Un fichier PDF par demande.",
        Service.BILLING: "Facturation",
        Service.PAYMENTS: "Paiements et relevés",
        Service.PROFILE: "Profil",
        Service.INBOX: "Messagerie sécurisée",
    },
    "en": {
        "title": "Request for access to an online service",
        "reference": "Reference",
        "provider": "Provider (grantor)",
        "delegate": "User (delegate)",
        "email": "E-mail",
        "service": "Online service",
        "dates": "Period",
        "from_on": "from {0} on",
        "from_to": "from {0} to {1}",
        "agree": "The grantor authorises the delegate, a member of the grantor's staff, to use this service in the "
        "grantor's name. Each answers for own acts and keeps own credentials to oneself.",
        "signature": "Signature and date",
        "hint": "One PDF file per request.",
        Service.BILLING: "Billing",
        Service.PAYMENTS: "Payments and statements",
        Service.PROFILE: "Profile",
        Service.INBOX: "Secure inbox",
    },
}


class PdfForms:
    """Writes blank forms and looks into signed ones: the port ``Forms``."""

    def __init__(self, *, roots: Sequence[Certificate] = (), seconds: float = READING_SECONDS) -> None:
        self._roots = roots
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pdf")
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)

    def blank(self, request: DelegationRequest) -> bytes:
        """The form, filled in, with a box for each signature."""
        texts, pdf = _TEXTS[request.language], FPDF(format="letter")
        pdf.set_creation_date(request.created_at)
        pdf.set_lang(f"{request.language}-CA")
        pdf.set_title(texts["title"])
        pdf.set_margins(20, 20)
        pdf.add_page()
        _line(pdf, texts["title"], size=16, bold=True)
        _line(pdf, f"{texts['reference']} : {request.reference}", bold=True)
        _line(pdf, f"{texts['service']} : {texts[request.service]}")
        _line(pdf, f"{texts['dates']} : {_period(request, texts)}")
        _line(pdf, texts["agree"])
        for party, mailbox in zip(("provider", "delegate"), request.mailboxes, strict=True):
            pdf.ln(_LINE)
            _line(pdf, texts[party], bold=True)
            _line(pdf, mailbox.owner)
            _line(pdf, f"{texts['email']} : {mailbox.email}")
            _line(pdf, f"{texts['signature']} :")
            pdf.cell(_WIDTH, 3 * _LINE, border=1, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.ln(_LINE)
        _line(pdf, texts["hint"], size=9)
        return bytes(pdf.output())

    async def pages(self, content: bytes, *, digitally_signed: bool) -> int:
        """How many pages a signed form has.

        Raises:
            FormUnreadableError, FormEncryptedError, FormTooLongError, FormActiveError, FormNotSignedError.
            FormsBusyError: other files are still being read.
        """
        return await self._read(partial(_pages, content, digitally_signed=digitally_signed))

    async def certificates(self, content: bytes) -> tuple[CertificateSignature, ...]:
        """The digital signatures of a form, validated.

        Raises:
            FormSignatureBrokenError, FormUnreadableError, FormsBusyError.
        """
        return await self._read(partial(certificate_signatures, content, self._roots))

    async def _read(self, look: Callable[[], R]) -> R:
        reading = self._thread.submit(look)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(reading), self._seconds)
        except TimeoutError as error:
            if reading.cancelled():  # it never began
                raise FormsBusyError(retry_after_seconds=_COME_BACK_SECONDS) from error
            raise FormUnreadableError from error


def _pages(content: bytes, *, digitally_signed: bool) -> int:
    if not content.startswith(MAGIC):
        raise FormUnreadableError
    try:
        return _checked(PdfReader(BytesIO(content)), content, digitally_signed=digitally_signed)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise FormUnreadableError from error


def _checked(reader: PdfReader, content: bytes, *, digitally_signed: bool) -> int:
    if reader.is_encrypted:
        raise FormEncryptedError
    pages = len(reader.pages)
    if pages == 0:
        raise FormUnreadableError
    if pages > PAGES_AT_MOST:
        raise FormTooLongError(PAGES_AT_MOST)
    root = reader.root_object
    names = _dictionary(root.get("/Names"))
    action = _dictionary(root.get("/OpenAction"))
    if "/JavaScript" in names or "/EmbeddedFiles" in names or action.get("/S") in {"/JavaScript", "/Launch"}:
        raise FormActiveError
    if digitally_signed and not any(_covers(value, len(content)) for value in _signatures(root)):
        raise FormNotSignedError
    return pages


def _signatures(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Values of the signature fields (ISO 32000-1 §12.7.4.5)."""
    yield from _signatures_below(_dictionary(root.get("/AcroForm")).get("/Fields"), 0)


def _signatures_below(fields: Any, depth: int) -> Iterator[DictionaryObject]:
    fields = [] if fields is None else fields.get_object()
    if depth > _DEEPEST:
        return
    for each in fields:
        field = _dictionary(each)
        if field.get("/FT") == "/Sig" and "/V" in field:
            yield _dictionary(field["/V"])
        yield from _signatures_below(field.get("/Kids"), depth + 1)


def _covers(signature: DictionaryObject, size: int) -> bool:
    """Whether a signature has contents, and a byte range from the start to the end with one gap (§12.8.1)."""
    numbers = [int(number) for number in signature.get("/ByteRange", [])]
    if len(numbers) != 4 or not signature.get("/Contents"):  # noqa: PLR2004 - two pairs of offset and length
        return False
    start, length, second, rest = numbers
    return start == 0 and 0 < length < second and rest > 0 and second + rest <= size


def _dictionary(value: Any) -> DictionaryObject:
    found = None if value is None else value.get_object()
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _period(request: DelegationRequest, texts: dict[str, str]) -> str:
    start = request.valid_from.isoformat()
    if request.valid_to is None:
        return texts["from_on"].format(start)
    return texts["from_to"].format(start, request.valid_to.isoformat())


def _line(pdf: FPDF, text: str, *, size: int = 11, bold: bool = False) -> None:
    pdf.set_font("Helvetica", "B" if bold else "", size)
    pdf.multi_cell(_WIDTH, _LINE, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _latin(text: str) -> str:
    """The text in the characters that the built-in fonts have."""
    return "".join(sign if ord(sign) < 256 else anyascii(sign) for sign in text)  # noqa: PLR2004 - Latin-1

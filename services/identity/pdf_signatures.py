"""Digital signatures in uploaded PDF files, validated with pyHanko (DEL-4; ISO 32000-1 §12.8, PAdES).

What makes a file unusable is decided here: bytes that were changed after a signature, a signature that its certificate
did not make, or anything that no signature covers. Whether to believe in the issuer is the agent's decision: it is
told as a fact, against the roots that the installation trusts. Nothing is fetched from the network.
"""

import logging
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from asn1crypto.x509 import Certificate
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import PdfSignatureStatus, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from services.identity.domain.delegation_errors import FormSignatureBrokenError
from services.identity.domain.delegations import CertificateSignature

_UNREADABLE: Final = (
    PdfError,
    SigningError,
    SignatureValidationError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    RecursionError,
    OSError,
)
_LONGEST_NAME: Final = 200


def load_roots(path: Path | None) -> Sequence[Certificate]:
    """The certificates of issuers that the installation trusts: a PEM file, or none."""
    return () if path is None else tuple(load_certs_from_pemder([str(path)]))  # type: ignore[no-untyped-call]


def certificate_signatures(content: bytes, roots: Sequence[Certificate]) -> tuple[CertificateSignature, ...]:
    """Who signed a file, oldest first; the last signature covers all of it.

    Raises:
        FormSignatureBrokenError: a signature is wrong, or something was changed or added since.
    """
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    try:
        embedded = PdfFileReader(BytesIO(content)).embedded_regular_signatures
        statuses = [validate_pdf_signature(each, _context(roots)) for each in embedded]
    except _UNREADABLE as error:
        raise FormSignatureBrokenError from error
    if not statuses or not all(map(_sound, statuses)):
        raise FormSignatureBrokenError
    if statuses[-1].coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise FormSignatureBrokenError
    return tuple(_told(status) for status in statuses)


def _context(roots: Sequence[Certificate]) -> ValidationContext:
    """A context for one signature; these are not to be shared."""
    return ValidationContext(trust_roots=list(roots), allow_fetching=False)


def _sound(status: PdfSignatureStatus) -> bool:
    """Unchanged, made by the key of its certificate, and followed by nothing but what later signing adds."""
    return bool(status.intact and status.valid and status.docmdp_ok)


def _told(status: PdfSignatureStatus) -> CertificateSignature:
    certificate = status.signing_cert
    return CertificateSignature(
        signer=str(certificate.subject.human_friendly)[:_LONGEST_NAME],
        issuer=str(certificate.issuer.human_friendly)[:_LONGEST_NAME],
        trusted=bool(status.trusted),
        stated_at=status.signer_reported_dt,
    )

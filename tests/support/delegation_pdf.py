"""PDF files as people hand them in: scans, files with a digital signature, and files that are neither."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fpdf import FPDF
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore
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


USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody with a certificate of an authority made for the tests; ``root`` is that authority's, as PEM."""

    name: str
    certificate: bytes
    key: bytes
    root: bytes


@cache
def signatory(name: str = "Dre Anaïs Côté", *, authority: str = "Autorité d'essai") -> Signatory:
    """Always the same for a name."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, subject = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (authority, name))
    root = _certificate(issuer, issuer, root_key.public_key(), root_key, authority=True)
    own = _certificate(subject, issuer, key.public_key(), root_key, authority=False)
    as_pem = serialization.Encoding.PEM
    private = key.private_bytes(as_pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Signatory(name, own.public_bytes(as_pem), private, root.public_bytes(as_pem))


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: Any, signing: Any, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys(USAGES, False)
    allowed = ("key_cert_sign",) if authority else ("digital_signature", "content_commitment")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**(usage | dict.fromkeys(allowed, True))), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )


def digitally_signed(*signatories: Signatory, content: bytes | None = None) -> bytes:
    """A file that everybody named has signed with pyHanko, one after the other; somebody has unless said otherwise."""
    signed = content or scan("signed with a certificate")
    with ThreadPoolExecutor(1) as thread:  # pyHanko runs a loop of its own, which a test may have already
        for position, one in enumerate(signatories or (signatory(),)):
            signed = thread.submit(_signed, signed, one, f"Signature{position}").result()
    return signed


def _signed(content: bytes, one: Signatory, field: str) -> bytes:
    signer = SimpleSigner(
        signing_cert=next(load_certs_from_pemder_data(one.certificate)),
        signing_key=load_private_key_from_pemder_data(one.key, None),
        cert_registry=SimpleCertificateStore.from_certs(load_certs_from_pemder_data(one.root)),
    )
    written = sign_pdf(
        IncrementalPdfFileWriter(BytesIO(content)), PdfSignatureMetadata(field_name=field), signer=signer
    )
    return bytes(written.getvalue())


def with_signature_field(*, byte_range: tuple[int, ...] | None = None) -> bytes:
    """A file that looks signed: a field with contents that are no signature, over the range of one or over another."""
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

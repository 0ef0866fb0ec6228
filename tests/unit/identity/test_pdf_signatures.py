"""DEL-4: digital signatures of uploaded forms are validated; whom to trust is a fact for the agent."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from services.identity.domain.delegation_errors import FormSignatureBrokenError
from services.identity.pdf_forms import PdfForms
from services.identity.pdf_signatures import load_roots
from tests.support import delegation_pdf as pdf

pytestmark = pytest.mark.req("DEL-4")


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    path = tmp_path / "roots.pem"
    path.write_bytes(pdf.signatory().root)
    return path


async def test_the_signer_is_told_and_whether_the_issuer_is_trusted(roots: Path) -> None:
    content = pdf.digitally_signed()
    (known,) = await PdfForms(roots=load_roots(roots)).certificates(content)
    (unknown,) = await PdfForms(roots=load_roots(None)).certificates(content)
    assert (known.trusted, unknown.trusted) == (True, False)
    assert "Dre Anaïs Côté" in known.signer
    assert "Autorité d'essai" in known.issuer
    assert known.stated_at is not None


async def test_both_parties_sign_one_after_the_other(roots: Path) -> None:
    delegate = pdf.signatory("Luc Tremblay", authority="Une autre autorité")
    found = await PdfForms(roots=load_roots(roots)).certificates(pdf.digitally_signed(pdf.signatory(), delegate))
    assert [each.trusted for each in found] == [True, False]
    assert "Luc Tremblay" in found[1].signer


def changed(content: bytes) -> bytes:
    """One byte of the page is another."""
    at = content.index(b"/MediaBox")
    return content[:at] + content[at:].replace(b"/MediaBox", b"/MediaBoy", 1)


def added(content: bytes) -> bytes:
    """A page more, as an update that leaves the signed bytes alone."""
    writer = PdfWriter(BytesIO(content), incremental=True)
    writer.add_page(PdfReader(BytesIO(pdf.scan("the small print"))).pages[0])
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def forged(content: bytes) -> bytes:
    """A digit of the signature itself is another."""
    at = content.index(b"/Contents <") + 700
    return content[:at] + (b"0" if content[at : at + 1] != b"0" else b"1") + content[at + 1 :]


@pytest.mark.parametrize("broken", [changed, added, forged], ids=lambda broken: broken.__name__)
async def test_a_file_that_is_not_what_was_signed_is_refused(broken: object) -> None:
    content = broken(pdf.digitally_signed())  # type: ignore[operator]
    with pytest.raises(FormSignatureBrokenError):
        await PdfForms().certificates(content)


async def test_nothing_that_only_looks_like_a_signature_is_one() -> None:
    for content in (pdf.scan(), pdf.with_signature_field(), b"%PDF-1.7 nothing"):
        with pytest.raises(FormSignatureBrokenError):
            await PdfForms().certificates(content)

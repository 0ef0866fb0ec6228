"""Blank forms, and looking into files that come from outside (DEL-4)."""

import contextlib
import threading
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from services.identity import pdf_forms
from services.identity.domain.delegation_errors import (
    FormActiveError,
    FormEncryptedError,
    FormNotSignedError,
    FormsBusyError,
    FormTooLongError,
    FormUnreadableError,
)
from services.identity.domain.delegations import Service
from services.identity.pdf_forms import PAGES_AT_MOST, PdfForms
from shared.errors import AppError
from tests.support import delegation_builders as build
from tests.support import delegation_pdf as pdf

FORMS = PdfForms()


@pytest.mark.req("DEL-4")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("service", list(Service))
def test_the_blank_form_says_all_that_is_signed(language: str, service: Service) -> None:
    request = build.request(language=language, service=service, delegate_name="Łucja D’Amours-Œil", valid_to=None)
    reader = PdfReader(BytesIO(PdfForms().blank(request)))
    text = " ".join(reader.pages[0].extract_text().split())
    for fact in (request.reference, request.provider_name, request.provider_email, request.delegate_email):
        assert fact in text
    assert "Lucja D'Amours" in text
    assert request.valid_from.isoformat() in text
    assert len(reader.pages) == 1


@pytest.mark.req("DEL-4")
async def test_a_blank_form_that_came_back_and_scans_are_readable() -> None:
    forms = PdfForms()
    assert await forms.pages(forms.blank(build.request()), digitally_signed=False) == 1
    assert await forms.pages(pdf.scan(pages=PAGES_AT_MOST), digitally_signed=False) == PAGES_AT_MOST


@pytest.mark.req("DEL-4")
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"GIF89a" + pdf.scan(), FormUnreadableError),
        (b"%PDF-1.7\nnothing else", FormUnreadableError),
        (pdf.scan()[:300], FormUnreadableError),
        (pdf.scan(pages=PAGES_AT_MOST + 1), FormTooLongError),
        (pdf.encrypted(), FormEncryptedError),
        (pdf.with_script(), FormActiveError),
        (pdf.with_attachment(), FormActiveError),
    ],
)
async def test_what_is_no_single_plain_form_is_refused(content: bytes, error: type[AppError]) -> None:
    with pytest.raises(error):
        await PdfForms().pages(content, digitally_signed=False)


@pytest.mark.req("DEL-4")
async def test_a_digital_signature_must_be_there_and_cover_the_file() -> None:
    forms = PdfForms()
    assert await forms.pages(pdf.digitally_signed(), digitally_signed=True) == 1
    for content in (
        pdf.scan(),
        pdf.with_signature_field(byte_range=(0, 400)),
        pdf.with_signature_field(byte_range=(5, 400, 600, 200)),
        pdf.with_signature_field(byte_range=(0, 400, 600, 10_000_000)),
    ):
        with pytest.raises(FormNotSignedError):
            await forms.pages(content, digitally_signed=True)


@pytest.mark.req("DEL-4")
async def test_a_file_that_takes_too_long_to_read_is_unreadable_and_those_behind_it_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = threading.Event()

    def endless(content: bytes, *, digitally_signed: bool) -> int:
        return int(reading.wait(30))

    monkeypatch.setattr(pdf_forms, "_pages", endless)
    forms = PdfForms(seconds=0.05)
    with pytest.raises(FormUnreadableError):
        await forms.pages(pdf.scan(), digitally_signed=False)
    with pytest.raises(FormsBusyError):
        await forms.pages(pdf.scan(), digitally_signed=False)
    reading.set()


@pytest.mark.req("DEL-4")
@given(content=st.binary(max_size=400) | st.binary(max_size=400).map(lambda noise: pdf.scan()[:600] + noise))
async def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(AppError):
        assert await FORMS.pages(content, digitally_signed=True) > 0

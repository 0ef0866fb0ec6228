"""What a file is, by its content."""

import random
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.papers import Findings, Inspection, media_type_of
from services.claims.domain.receipt_errors import (
    ReceiptAmbiguousError,
    ReceiptDamagedError,
    ReceiptEncryptedError,
    ReceiptTypeError,
)
from shared.errors import Rejected
from tests.support.receipt_files import (
    EACH_TYPE,
    encrypted_pdf,
    heic,
    jpeg,
    pdf,
    png,
    zip_directory,
)

pytestmark = pytest.mark.req("CLM-5")


def findings(content: bytes, *, part: int = 256 * 1024) -> Findings:
    inspection = Inspection()
    for start in range(0, len(content), part):
        inspection.look_at(content[start : start + part])
    return inspection.findings()


@pytest.mark.parametrize("media_type", EACH_TYPE)
def test_each_type_that_is_taken_is_told_from_its_content(media_type: str) -> None:
    content = EACH_TYPE[media_type]
    assert findings(content) == Findings(media_type, len(content), sha256(content).hexdigest())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00" + b"\0" * 100,
        b"GIF89a" + b"\0" * 100,
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 100,
        b"\xef\xbb\xbf" + pdf(),
        b"junk\n" + pdf(),
        pdf().replace(b"%PDF-1.4", b"%PDF-9.x"),
        b"\x89PNG\r\n\x1a\n<script>",
        heic().replace(b"heic", b"avif"),
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptTypeError):
        media_type_of(content)


@pytest.mark.parametrize(
    "content",
    [
        jpeg()[:20] + b"\xff\xfe%PDF-1.4" + jpeg()[20:],
        png() + zip_directory(),
        pdf() + zip_directory(b"a comment"),
        jpeg() + zip_directory(b"c" * 0xFFFF),
    ],
)
@pytest.mark.parametrize("part", [256 * 1024, 9_000])
def test_what_is_two_things_at_once_is_refused(content: bytes, part: int) -> None:
    with pytest.raises(ReceiptAmbiguousError):
        findings(content, part=part)


def test_signs_of_an_archive_inside_a_picture_mean_nothing() -> None:
    assert findings(jpeg() + zip_directory() + b"more of the picture").media_type == "image/jpeg"
    assert findings(jpeg() + b"PK\x05\x06").media_type == "image/jpeg"


@pytest.mark.parametrize("content", [pdf()[:-8], png()[:-4]])
def test_what_was_cut_off_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptDamagedError):
        findings(content)


def test_nothing_at_all_is_damaged() -> None:
    with pytest.raises(ReceiptDamagedError):
        Inspection().findings()


@given(split=st.integers(8_192, 8_400))
def test_a_pdf_behind_a_password_is_refused_wherever_the_parts_meet(split: int) -> None:
    content = encrypted_pdf(8_140)
    inspection = Inspection()
    inspection.look_at(content[:split])
    inspection.look_at(content[split:])
    with pytest.raises(ReceiptEncryptedError):
        inspection.findings()


def test_a_pdf_that_mentions_encryption_is_not_behind_a_password() -> None:
    assert findings(pdf().replace(b"/Count 0", b"/Count 0/EncryptMetadata true")).media_type == "application/pdf"


def test_a_picture_that_unpacks_to_gigabytes_is_taken_and_never_unpacked() -> None:
    assert findings(png(60_000, 60_000)).media_type == "image/png"


@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", heic()[:16]]))
def test_no_content_leads_to_anything_but_a_type_or_a_refusal(content: bytes, start: bytes) -> None:
    with suppress(Rejected):
        assert findings(start + content).media_type in EACH_TYPE


def test_parts_of_any_size_give_the_same() -> None:
    content = pdf(300_000)
    sizes = random.Random(7).sample(range(8_192, 300_000), 5)  # noqa: S311 - reproducible
    assert {findings(content, part=size) for size in sizes} == {findings(content)}

"""The signed agreement and its letter as PDF, read back with another library than the one that wrote them."""

import io
from dataclasses import replace
from hashlib import sha256

import pytest
from pypdf import PdfReader

from services.identity.documents.agreement import AgreementDocuments
from services.identity.documents.paper import ENCODING, printable, written_day
from services.identity.domain.agreements import Agreement, AgreementText
from tests.support import hygienist_builders as build

pytestmark = pytest.mark.req("REG-19")
DOCUMENTS = AgreementDocuments({language: build.text(language) for language in ("fr", "en")})


def words(document: bytes) -> str:
    """All text of a PDF in single spaces."""
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


@pytest.fixture(params=["fr", "en"])
def agreement(request: pytest.FixtureRequest) -> Agreement:
    return build.agreement(language=request.param)


def test_the_agreement_says_who_signed_what_when_and_how(agreement: Agreement) -> None:
    text = words(DOCUMENTS.agreement(agreement))
    facts, signing = agreement.facts, agreement.signing
    for fact in (
        "Zoé D’Amours",
        facts.professional.reference_number,
        facts.professional.permit_number,
        facts.correspondence.street,
        facts.practice_name,
        facts.practice.street,
        "App. 4",
        written_day(facts.effective_date, agreement.language),
        signing.user_name,
        signing.session_id,
        agreement.text_version,
        agreement.text_digest,
        agreement.agreement_id,
        "UTC-0500, Toronto",
        "10 h 00 min 00 s" if agreement.language == "fr" else "10:00:00",
    ):
        assert fact in text, fact


def test_the_agreement_holds_the_whole_text_that_its_hash_names(agreement: Agreement) -> None:
    text = words(DOCUMENTS.agreement(agreement))
    shipped: AgreementText = build.text(agreement.language)
    for line in shipped.plain.replace("\u00a0", " ").splitlines():
        halves = (line[: len(line) // 3], line[-len(line) // 3 :])  # a page may end in the middle
        assert all(half.strip() in text for half in halves), line
    assert agreement.text_digest == sha256(shipped.plain.encode()).hexdigest()


@pytest.mark.wide
def test_the_same_agreement_gives_the_same_bytes_and_another_instant_others(agreement: Agreement) -> None:
    document = DOCUMENTS.agreement(agreement)
    assert DOCUMENTS.agreement(agreement) == document
    later = replace(agreement.signing, signed_at=agreement.signing.signed_at.replace(second=1))
    assert DOCUMENTS.agreement(replace(agreement, signing=later)) != document


def test_the_letter_names_the_copy_by_its_hash(agreement: Agreement) -> None:
    digest = sha256(DOCUMENTS.agreement(agreement)).hexdigest()
    text = words(DOCUMENTS.letter(replace(agreement, document_digest=digest)))
    for fact in ("Zoé D’Amours", digest, agreement.agreement_id, agreement.facts.correspondence.street):
        assert fact in text


def test_the_document_tells_readers_its_language_and_title(agreement: Agreement) -> None:
    reader = PdfReader(io.BytesIO(DOCUMENTS.agreement(agreement)))
    assert str(reader.root_object["/Lang"]) == f"{agreement.language}-CA"
    assert reader.metadata is not None
    assert reader.metadata.title == build.text(agreement.language).title


def test_names_beyond_the_fonts_stay_legible() -> None:
    signed = build.agreement(professional=build.professional(first_name="Zażółć", last_name="Ωμέγα"))
    text = words(DOCUMENTS.agreement(signed))
    assert "Zazólc" in text
    assert "Omega" in text


@pytest.mark.parametrize("text", ["« Œuvre — l’été… » 30 €", "Žůž 山田 😀 \u202f!", "‘x’ “y” – Ÿ"])
def test_whatever_is_printed_can_be_encoded(text: str) -> None:
    printable(text).encode(ENCODING)


def test_french_typography_survives() -> None:
    assert printable("« Œuvre — l’été… »") == "« Œuvre — l’été… »"


def test_the_first_of_a_month_is_written_as_the_language_wants_it() -> None:
    first, other = build.facts().effective_date, build.facts().effective_date.replace(day=21)
    assert [written_day(day, "fr") for day in (first, other)] == ["1er novembre 2026", "21 novembre 2026"]
    assert written_day(first, "en") == "November 1, 2026"


def test_long_facts_stay_on_one_page_each_and_nothing_is_lost() -> None:
    address = build.address(street="Rue " + "très longue " * 8, city="Saint-Louis-du-Ha ! Ha !")
    signed = build.agreement(correspondence=address, practice=address, statements=address, practice_name="N" * 100)
    text = words(DOCUMENTS.agreement(signed))
    assert text.count("Saint-Louis-du-Ha ! Ha !") == 3

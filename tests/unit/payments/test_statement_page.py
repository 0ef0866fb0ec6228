"""Statements as PDF and CSV: every figure and reason, in both languages, the same bytes each time (PAY-3)."""

import csv
import io
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from deploy.wording import TARGET, wording
from services.payments.documents.pdf import pdf_of
from services.payments.documents.statement_csv import COLUMNS, statement_csv
from services.payments.documents.statement_page import StatementPages, money, percent
from services.payments.documents.wording import Wording
from services.payments.domain.statement import Statement
from services.payments.domain.statement_documents import Language, Names, totals_of
from shared.csv_files import csv_form
from tests.support.payments_builders import a_line
from tests.support.payments_statements import a_claim_on_statement, squeezed, text_of, three_claims

pytestmark = pytest.mark.wide
WORDS = Wording()
PAGES = StatementPages(WORDS)
BOTH = pytest.mark.parametrize("language", ["fr", "en"])


@pytest.fixture(scope="module")
def statement() -> Statement:
    return three_claims()


@pytest.fixture(scope="module")
def pdfs(statement: Statement) -> dict[str, bytes]:
    return {language: pdf_of(PAGES.html(statement, language), b"id") for language in ("fr", "en")}


def test_the_words_are_those_of_claims() -> None:
    assert TARGET.read_text(encoding="utf-8") == wording(), "python -m deploy.wording"


@BOTH
@pytest.mark.req("PAY-3")
def test_every_figure_and_every_reason_stands_in_the_pdf(
    statement: Statement, pdfs: dict[str, bytes], language: Language
) -> None:
    text = squeezed(text_of(pdfs[language]))
    assert statement.batch_number in text
    for claim in statement.claims:
        assert claim.claim_number in text
        assert squeezed(WORDS.claim_type(claim.claim_type, language)) in text
        for line in claim.lines:
            cents = (line.submitted_cents, line.eligible_cents, line.deductible_cents, line.benefit_cents)
            for amount in cents:
                assert squeezed(money(amount, language)) in text
            assert squeezed(percent(line.share_basis_points, language)) in text
            assert line.service_date.isoformat() in text
            for code in line.reason_codes:
                assert squeezed(WORDS.reason(code, language)) in text
    totals = totals_of(statement)
    for amount in (totals.submitted_cents, totals.benefit_cents, -totals.previously_cents, totals.paid_cents):
        assert squeezed(money(amount, language)) in text


@pytest.mark.req("PAY-3", "PAY-7")
def test_what_was_paid_before_and_what_is_taken_back_are_named(pdfs: dict[str, bytes]) -> None:
    french, english = text_of(pdfs["fr"]), text_of(pdfs["en"])
    assert "Ajustement" in french
    assert "Récupération" in french
    assert "Recovery: an amount paid earlier is deducted from this payment." in english
    assert "-$54.56" in english
    assert "1 200,00 $" in french
    assert "82,5 %" in french


@BOTH
@pytest.mark.req("PAY-3")
def test_the_pdf_is_tagged_and_says_its_language_and_title(pdfs: dict[str, bytes], language: str) -> None:
    reader = PdfReader(BytesIO(pdfs[language]))
    root: Any = reader.root_object
    assert bool(root["/MarkInfo"]["/Marked"])
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == f"{language}-CA"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title


@BOTH
@pytest.mark.req("PAY-3")
def test_made_again_it_is_the_same_bytes(statement: Statement, pdfs: dict[str, bytes], language: Language) -> None:
    assert pdf_of(PAGES.html(statement, language), b"id") == pdfs[language]


@BOTH
@pytest.mark.req("PAY-3")
def test_payee_and_persons_stand_there_by_name_and_by_id_where_there_is_none(
    statement: Statement, language: Language
) -> None:
    first, second, *_ = statement.claims
    names = Names("Béatrice Roy-Côté", {first.person_id: "=Émile Roy", second.person_id: "Léa Roy"})
    page = PAGES.html(statement, language, names)
    assert "Béatrice Roy-Côté" in page
    assert f"{first.claim_number} – =Émile Roy –" in page
    assert statement.claims[2].person_id in page
    content = statement_csv(statement, language, wording=WORDS, names=names).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content), delimiter=csv_form(language).separator))
    assert {row[WORDS.words(language)["person"]] for row in rows} == {
        "'=Émile Roy",
        "Léa Roy",
        statement.claims[2].person_id,
    }


def test_texts_are_escaped_in_the_page(statement: Statement) -> None:
    claim = a_claim_on_statement(claim_type="<script>", lines=(a_line(reason_codes=("<img src=x>",)),))
    page = PAGES.html(replace(statement, claims=(claim,)), "en")
    assert "<script>" not in page
    assert "<img" not in page


@BOTH
@pytest.mark.req("PAY-3", "PAY-4")
def test_the_csv_read_back_has_every_line_and_adds_up(statement: Statement, language: Language) -> None:
    content = statement_csv(statement, language, wording=WORDS)
    form = csv_form(language)
    assert content.startswith(b"\xef\xbb\xbf") is (language == "fr")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=form.separator))
    words = WORDS.words(language)
    assert list(rows[0]) == [words[name] for name in COLUMNS]
    benefits = [row[words["benefit"]] for row in rows]
    assert sum(round(float(text.replace(",", ".")) * 100) for text in benefits) == statement.amount_cents
    lines = [(claim, line) for claim in statement.claims for line in claim.lines]
    of_lines = [row for row in rows if row[words["line"]]]
    assert len(of_lines) == len(lines)
    for row, (claim, line) in zip(of_lines, lines, strict=True):
        assert row[words["claim"]] == claim.claim_number
        assert row[words["service_date"]] == line.service_date.isoformat()
        sign = form.decimal_sign
        assert row[words["submitted"]] == f"{line.submitted_cents // 100}{sign}{line.submitted_cents % 100:02d}"
        for code in line.reason_codes:
            assert WORDS.reason(code, language) in row[words["reasons"]]

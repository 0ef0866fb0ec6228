"""Statements with known figures, and what is read back from their files."""

import re
from io import BytesIO

from pypdf import PdfReader

from services.payments.domain.statement import Statement, StatementClaim
from services.payments.domain.statement_documents import DocumentKey, Names, RenderingFailed
from tests.support.payments_builders import a_line, a_statement, some_claim_number, some_id


def a_claim_on_statement(**overrides: object) -> StatementClaim:
    facts: dict[str, object] = {
        "claim_number": some_claim_number(),
        "version": 1,
        "person_id": some_id("person"),
        "claim_type": "dental_filling",
        "benefit_cents": 6_800,
        "previously_cents": 0,
        "lines": (a_line(reason_codes=("above_customary_charge", "deductible_applied")),),
    }
    return StatementClaim(**(facts | overrides))  # type: ignore[arg-type]


def three_claims() -> Statement:
    """One paid for the first time, one corrected upwards, one taken back: 1 234.56 + 20.00 - 54.56 = 1 200.00."""
    first = a_claim_on_statement(
        benefit_cents=123_456,
        lines=(
            a_line(submitted_cents=200_000, eligible_cents=154_945, deductible_cents=625, benefit_cents=123_456),
            a_line(line=2, benefit_cents=0, eligible_cents=0, outcome="denied", reason_codes=("service_unknown",)),
        ),
    )
    corrected = a_claim_on_statement(version=2, benefit_cents=6_800, previously_cents=4_800)
    voided = a_claim_on_statement(
        version=3,
        benefit_cents=0,
        previously_cents=5_456,
        lines=(a_line(benefit_cents=0, share_basis_points=8_250, reason_codes=("claim_voided",), outcome="denied"),),
    )
    return a_statement(amount_cents=120_000, claims=(first, corrected, voided))


def text_of(pdf: bytes) -> str:
    """All words of a PDF, one space between them: how lines break in a cell does not matter."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def squeezed(text: str) -> str:
    """Without any space, since a word may stand on two lines."""
    return re.sub(r"\s", "", text)


class RecordedRendering:
    """Makes something else each time, and can be told to fail: a file that is made twice would show."""

    def __init__(self, *, padding: bytes = b"") -> None:
        self._padding = padding
        self.made: list[DocumentKey] = []
        self.names: list[Names] = []
        self.failures: list[RenderingFailed] = []

    async def render(self, statement: Statement, key: DocumentKey, names: Names) -> bytes:
        if self.failures:
            raise self.failures.pop()
        self.made.append(key)
        self.names.append(names)
        return f"{key} {names.payee_of(statement)} {statement.amount_cents} {len(self.made)}".encode() + self._padding

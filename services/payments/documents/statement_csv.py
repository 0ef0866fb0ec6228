"""A statement as CSV: one row per line, and one for each claim that was paid before (PAY-3)."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.payments.documents.wording import Wording
from services.payments.domain.claim_version import DecidedLine
from services.payments.domain.statement import Statement, StatementClaim
from services.payments.domain.statement_documents import Language, Names
from shared.csv_files import Amount, Cell, Share, csv_form

COLUMNS: Final = (
    "batch",
    "claim",
    "person",
    "claim_type",
    "line",
    "service_date",
    "submitted",
    "eligible",
    "deductible",
    "share",
    "benefit",
    "outcome",
    "reasons",
)
"""Names in ``statement.toml``."""
_NOBODY: Final = Names()


def statement_csv(statement: Statement, language: Language, *, wording: Wording, names: Names = _NOBODY) -> bytes:
    """The file. The column of benefits adds up to the amount of the batch: what earlier batches paid for a claim has a
    row of its own, negative.
    """
    words, form = wording.words(language), csv_form(language)
    rows = (
        row for claim in statement.claims for row in _rows(claim, _about(statement, claim, names), language, wording)
    )
    return form.opening([words[name] for name in COLUMNS]) + form.rows(rows)


def _about(statement: Statement, claim: StatementClaim, names: Names) -> tuple[str, str, str]:
    return statement.batch_number, claim.claim_number, names.person_of(claim)


def _rows(
    claim: StatementClaim, about: tuple[str, str, str], language: Language, wording: Wording
) -> Iterator[Sequence[Cell]]:
    words = wording.words(language)
    head = (*about, wording.claim_type(claim.claim_type, language))
    for line in claim.lines:
        yield (*head, *_figures(line), words[line.outcome], _reasons(line, language, wording))
    rest = claim.benefit_cents - claim.previously_cents - sum(line.benefit_cents for line in claim.lines)
    if rest:
        note = words["recovery" if claim.benefit_cents < claim.previously_cents else "adjustment"]
        yield (*head, None, None, None, None, None, None, Amount(rest), words["claim_previously"], note)


def _figures(line: DecidedLine) -> tuple[Cell, ...]:
    return (
        line.line,
        line.service_date,
        Amount(line.submitted_cents),
        Amount(line.eligible_cents),
        Amount(line.deductible_cents),
        Share(line.share_basis_points),
        Amount(line.benefit_cents),
    )


def _reasons(line: DecidedLine, language: Language, wording: Wording) -> str:
    said = [wording.reason(code, language) for code in line.reason_codes]
    return " ".join(said) or wording.words(language)["no_reason"]

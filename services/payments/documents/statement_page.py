"""A statement as the HTML of which its PDF is made: every figure and every reason, written as its language writes them.

The HTML is a function of the statement alone. Its dates are the statement's, so that the PDF made of it is the same
whenever, and however often, it is made.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.payments.documents.wording import NO_BREAK_SPACE, Wording
from services.payments.domain.claim_version import DecidedLine
from services.payments.domain.statement import Statement, StatementClaim
from services.payments.domain.statement_documents import Language, Names, totals_of
from shared.clock import business_day
from shared.money import BASIS_POINTS, Cents

_LOCALES: Final = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
_NOBODY: Final = Names()
_BEFORE_SIGN: Final = re.compile(r"(?<=\S) (?=[:;?!»%$])")


@dataclass(frozen=True, slots=True)
class LineOnPage:
    """A line, written out."""

    number: int
    service_date: str
    submitted: str
    eligible: str
    deductible: str
    share: str
    benefit: str
    outcome: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimOnPage:
    """A claim, written out; ``sums`` are name, amount and note."""

    number: str
    person: str
    type: str
    lines: tuple[LineOnPage, ...]
    sums: tuple[tuple[str, str, str], ...]


class StatementPages:
    """Writes statements."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )
        self._template = environment.get_template("statement.html")

    def html(self, statement: Statement, language: Language, names: Names = _NOBODY) -> str:
        """The whole page."""
        words = {name: spaced(text, language) for name, text in self._wording.words(language).items()}
        return self._template.render(
            language=language,
            words=words,
            statement=statement,
            made_at=statement.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            facts=tuple(_facts(statement, words, language, names)),
            claims=[self._claim(claim, words, language, names) for claim in statement.claims],
            totals=tuple(_totals(statement, words, language)),
        )

    def _claim(self, claim: StatementClaim, words: Mapping[str, str], language: Language, names: Names) -> ClaimOnPage:
        return ClaimOnPage(
            number=claim.claim_number,
            person=names.person_of(claim),
            type=self._wording.claim_type(claim.claim_type, language),
            lines=tuple(self._line(line, words, language) for line in claim.lines),
            sums=tuple(_sums(claim, words, language)),
        )

    def _line(self, line: DecidedLine, words: Mapping[str, str], language: Language) -> LineOnPage:
        return LineOnPage(
            number=line.line,
            service_date=line.service_date.isoformat(),
            submitted=money(line.submitted_cents, language),
            eligible=money(line.eligible_cents, language),
            deductible=money(line.deductible_cents, language),
            share=percent(line.share_basis_points, language),
            benefit=money(line.benefit_cents, language),
            outcome=words[line.outcome],
            reasons=self._reasons(line.reason_codes, words, language),
        )

    def _reasons(self, codes: Sequence[str], words: Mapping[str, str], language: Language) -> tuple[str, ...]:
        said = tuple(spaced(self._wording.reason(code, language), language) for code in codes)
        return said or (words["no_reason"],)


def money(cents: Cents, language: Language) -> str:
    """``1 234,56 $`` or ``$1,234.56``."""
    return format_currency(Decimal(cents) / 100, "CAD", locale=_LOCALES[language])


def percent(basis_points: int, language: Language) -> str:
    """``80 %`` or ``80%``; halves and smaller parts are shown."""
    return format_percent(Decimal(basis_points) / BASIS_POINTS, "#,##0.##%", locale=_LOCALES[language]).replace(
        "%", f"{NO_BREAK_SPACE}%" if language == "fr" else "%"
    )


def spaced(text: str, language: Language) -> str:
    """French with its no-break spaces; English as it is."""
    if language != "fr":
        return text
    return _BEFORE_SIGN.sub(NO_BREAK_SPACE, text).replace("« ", f"«{NO_BREAK_SPACE}")


def _day(day: date, language: Language) -> str:
    return format_date(day, "long", locale=_LOCALES[language])


def _facts(
    statement: Statement, words: Mapping[str, str], language: Language, names: Names
) -> Iterator[tuple[str, str]]:
    yield words["batch"], statement.batch_number
    yield words["payee"], names.payee_of(statement)
    yield words["issued_on"], _day(business_day(statement.issued_at), language)
    yield words["paid_on"], _day(statement.payable_on, language)
    yield words["claims_count"], str(len(statement.claims))
    yield words["amount_paid"], money(statement.amount_cents, language)


def _sums(claim: StatementClaim, words: Mapping[str, str], language: Language) -> Iterator[tuple[str, str, str]]:
    """What the claim is worth, and where it was paid before also that, and what this batch makes of it."""
    if not claim.previously_cents:
        yield words["claim_benefit"], money(claim.benefit_cents, language), ""
        return
    in_batch = claim.benefit_cents - claim.previously_cents
    yield words["claim_benefit"], money(claim.benefit_cents, language), ""
    yield words["claim_previously"], money(-claim.previously_cents, language), ""
    yield words["claim_in_batch"], money(in_batch, language), words["recovery" if in_batch < 0 else "adjustment"]


def _totals(statement: Statement, words: Mapping[str, str], language: Language) -> Iterator[tuple[str, str]]:
    totals = totals_of(statement)
    yield words["submitted"], money(totals.submitted_cents, language)
    yield words["eligible"], money(totals.eligible_cents, language)
    yield words["deductible"], money(totals.deductible_cents, language)
    yield words["total_benefit"], money(totals.benefit_cents, language)
    if totals.previously_cents:
        yield words["total_previously"], money(-totals.previously_cents, language)
    yield words["amount_paid"], money(totals.paid_cents, language)

"""Statements as files: made once from the stored statement, and the same bytes for ever (PAY-3, PAY-5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal

from services.payments.domain.payable import PayeeClass
from services.payments.domain.statement import Statement, StatementClaim
from shared.errors import Transient
from shared.money import Cents

Language = Literal["fr", "en"]
Form = Literal["pdf", "csv"]

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
_STEMS: Final = {"fr": "releve", "en": "statement"}
_MEDIA_TYPES: Final[dict[Form, str]] = {"pdf": "application/pdf", "csv": "text/csv"}


class RenderingFailed(Transient):
    """The process that makes documents ended on the way; another one makes it when asked again."""

    def __init__(self) -> None:
        super().__init__("payments.rendering_failed")


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Which file: of one statement there is one in each form and language."""

    batch_number: str
    form: Form
    language: Language

    def __str__(self) -> str:
        return f"{self.batch_number}.{self.language}.{self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDocument:
    """A file with its hash; once stored it is never made again."""

    key: DocumentKey
    content: bytes
    sha256: str
    made_at: datetime

    @property
    def name(self) -> str:
        """``releve-10000042.pdf``, ``statement-10000042.csv``."""
        return f"{_STEMS[self.key.language]}-{self.key.batch_number}.{self.key.form}"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self.key.form]


def document_of(key: DocumentKey, content: bytes, *, at: datetime) -> StatementDocument:
    """The file ``content``, hashed."""
    return StatementDocument(key=key, content=content, sha256=sha256(content).hexdigest(), made_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTotals:
    """Sums over all lines and claims of a statement."""

    submitted_cents: Cents
    eligible_cents: Cents
    deductible_cents: Cents
    benefit_cents: Cents
    previously_cents: Cents
    paid_cents: Cents


def totals_of(statement: Statement) -> StatementTotals:
    """``benefit_cents - previously_cents == paid_cents``: what claims are worth, less what was paid before."""
    lines = [line for claim in statement.claims for line in claim.lines]
    return StatementTotals(
        submitted_cents=sum(line.submitted_cents for line in lines),
        eligible_cents=sum(line.eligible_cents for line in lines),
        deductible_cents=sum(line.deductible_cents for line in lines),
        benefit_cents=sum(claim.benefit_cents for claim in statement.claims),
        previously_cents=sum(claim.previously_cents for claim in statement.claims),
        paid_cents=statement.amount_cents,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """An account that is told of a payee's statements, in its language; ``name`` is its holder's."""

    account_id: str
    language: Language
    name: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Who stands on a statement: its payee, and the persons of its claims by id. Ids stand for names not known."""

    payee: str = ""
    persons: Mapping[str, str] = field(default_factory=dict)

    def payee_of(self, statement: Statement) -> str:
        return self.payee or statement.payee_id

    def person_of(self, claim: StatementClaim) -> str:
        return self.persons.get(claim.person_id, claim.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCopy:
    """A statement that goes by post because its payee asked for that; ``posted_at`` once it went."""

    batch_number: str
    payee_id: str
    payee_class: PayeeClass
    issued_at: datetime
    posted_at: datetime | None = None
    posted_by: str | None = None

"""Statements as files, who gets them how, and what agents read of payees (PAY-3, PAY-5)."""

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.contracts import Command, Identifier, Instant, Language, Part, Query, RecordedAct, View
from shared.contracts.payments import BatchNumber, PayeeClass, PaymentsQuery

StatementForm = Literal["pdf", "csv"]
StatementOf = Literal["dossier", "provider"]
"""Whose statement: one of the actor's dossier, or of the actor's provider."""


class GetStatementDocument(Query):
    """The statement of one of the actor's batches as a file; without ``language``, in the actor's (PAY-3)."""

    wire_type: ClassVar[str] = "payments.get_statement_document.v1"
    batch_number: BatchNumber
    form: StatementForm
    payee: StatementOf = "dossier"
    language: Language | None = None


class ReadStatementDocument(Query):
    """The statement of any batch as a file, for agents."""

    wire_type: ClassVar[str] = "payments.read_statement_document.v1"
    batch_number: BatchNumber
    form: StatementForm
    language: Language | None = None


class StatementDocumentView(View):
    """A file; base64 on the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")
    name: str = Field(examples=["releve-10000042.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    sha256: str
    content: bytes = Field(examples=["JVBERi0xLjcK"], repr=False)


class ReadStatement(Query):
    """The statement of any batch, for agents."""

    wire_type: ClassVar[str] = "payments.read_statement.v1"
    batch_number: BatchNumber


class ListPayeePayments(PaymentsQuery):
    """Payments to any dossier or provider, newest first, for agents."""

    wire_type: ClassVar[str] = "payments.list_payee_payments.v1"
    payee_id: Identifier


class GetStatementDelivery(Query):
    """How the actor's dossier or provider gets its statements (PAY-5)."""

    wire_type: ClassVar[str] = "payments.get_statement_delivery.v1"
    payee: StatementOf = "dossier"


class ChooseStatementDelivery(Command):
    """Have the statements to come sent by post as well, or no longer (PAY-5)."""

    wire_type: ClassVar[str] = "payments.choose_statement_delivery.v1"
    payee: StatementOf = "dossier"
    by_post: bool


class StatementDeliveryView(View):
    """How statements come: in the secure inbox always, by post where that was asked for."""

    by_post: bool
    chosen_at: Instant | None = None


class ListStatementsToPost(Query):
    """Statements that have to go by post and did not yet, the oldest batch first, for agents."""

    wire_type: ClassVar[str] = "payments.list_statements_to_post.v1"
    limit: int = Field(default=50, ge=1, le=200)
    after: str | None = Field(default=None, max_length=64)


class StatementToPost(Part):
    """A statement on the post list; agents take the file and the payee's address from where they stand."""

    batch_number: BatchNumber
    payee_id: Identifier
    payee_class: PayeeClass
    issued_at: Instant


class StatementsToPost(View):
    """A page of the post list."""

    statements: tuple[StatementToPost, ...]
    next_after: str | None = None


class MarkStatementPosted(Command):
    """A statement went by post; saying so again changes nothing."""

    wire_type: ClassVar[str] = "payments.mark_statement_posted.v1"
    batch_number: BatchNumber


class StatementActRecorded(RecordedAct):
    """An act about statements that the audit keeps: who took one as a file, what agents read and posted."""

    wire_type: ClassVar[str] = "payments.statement_act_recorded.v1"

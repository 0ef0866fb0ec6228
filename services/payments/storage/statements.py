"""Statements in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.payments.domain.statement import Statement, StatementClaim
from services.payments.storage.lines import line_documents, lines_from
from shared.mongo import Database, Document, Session

COLLECTION: Final = "statements"


class MongoStatements:
    """One document per batch, its number being the id, never changed."""

    def __init__(self, database: Database) -> None:
        self._statements = database.collection(COLLECTION)

    async def add_many(self, statements: Sequence[Statement], *, session: Session | None) -> None:
        await self._statements.insert_many([_document(statement) for statement in statements], session=session)

    async def get(self, batch_number: str) -> Statement | None:
        document = await self._statements.find_one({"_id": batch_number})
        return None if document is None else _statement_from(document)


def _document(statement: Statement) -> Document:
    return {
        "_id": statement.batch_number,
        "payment_id": statement.payment_id,
        "payee_id": statement.payee_id,
        "issued_at": statement.issued_at,
        "payable_on": statement.payable_on.isoformat(),
        "amount_cents": statement.amount_cents,
        "claims": [_claim_document(claim) for claim in statement.claims],
    }


def _claim_document(claim: StatementClaim) -> Document:
    return {
        "claim_number": claim.claim_number,
        "version": claim.version,
        "person_id": claim.person_id,
        "claim_type": claim.claim_type,
        "benefit_cents": claim.benefit_cents,
        "previously_cents": claim.previously_cents,
        "lines": line_documents(claim.lines),
    }


def _statement_from(document: Mapping[str, Any]) -> Statement:
    return Statement(
        batch_number=document["_id"],
        payment_id=document["payment_id"],
        payee_id=document["payee_id"],
        issued_at=document["issued_at"],
        payable_on=date.fromisoformat(document["payable_on"]),
        amount_cents=document["amount_cents"],
        claims=tuple(_claim_from(claim) for claim in document["claims"]),
    )


def _claim_from(document: Mapping[str, Any]) -> StatementClaim:
    return StatementClaim(
        claim_number=document["claim_number"],
        version=document["version"],
        person_id=document["person_id"],
        claim_type=document["claim_type"],
        benefit_cents=document["benefit_cents"],
        previously_cents=document["previously_cents"],
        lines=lines_from(document["lines"]),
    )

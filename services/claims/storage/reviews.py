"""What reviewers keep beside claims, and the queue of claims that wait for them, in MongoDB (CLM-12)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from services.claims.domain.adjudication import Outcome
from services.claims.domain.review import Lock, Note, Proposal, Review
from services.claims.handlers.ports import ListPosition, StoredClaim
from services.claims.handlers.ports_reviews import QueueFilter
from services.claims.storage.claim_documents import claim_from, ruling_document, ruling_from
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

_PENDED: Final = Outcome.PENDED.value

SCHEMA: Final = Schema(
    collections=("reviews",),
    indexes=(Index("claims", (("received_at", 1), ("_id", 1)), partial={"outcome": _PENDED}),),
)


class MongoReviews:
    """``ReviewRepository``: one document per claim that a reviewer had in hand."""

    def __init__(self, database: Database) -> None:
        self._reviews = database.collection("reviews")

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, Review]:
        rows = await self._reviews.find({"_id": {"$in": list(claim_ids)}}, session=session)
        return {row["_id"]: _review(row) for row in rows}

    async def save(self, review: Review, *, session: Session | None) -> None:
        await self._reviews.replace_one({"_id": review.claim_id}, _document(review), upsert=True, session=session)


class MongoPendedClaims:
    """``PendedClaims``, in the collection of the claims."""

    def __init__(self, database: Database) -> None:
        self._claims = database.collection("claims")

    async def list_in_review(
        self, wanted: QueueFilter, *, after: ListPosition | None, limit: int
    ) -> Sequence[StoredClaim]:
        conditions: list[Document] = [{"outcome": _PENDED, "voided": {"$ne": True}}]
        if wanted.reason is not None:
            conditions.append({"pended_for": wanted.reason})
        if wanted.claim_type is not None:
            conditions.append({"claim_type": wanted.claim_type})
        if wanted.received_before is not None:
            conditions.append({"received_at": {"$lt": wanted.received_before}})
        if after is not None:
            same = {"received_at": after.received_at, "_id": {"$gt": after.claim_id}}
            conditions.append({"$or": [{"received_at": {"$gt": after.received_at}}, same]})
        rows = await self._claims.find({"$and": conditions}, sort=[("received_at", 1), ("_id", 1)], limit=limit)
        return [claim_from(row) for row in rows]


def _document(review: Review) -> Document:
    lock, proposal = review.lock, review.proposal
    document: Document = {
        "_id": review.claim_id,
        "notes": [{"agent_id": note.agent_id, "at": note.at, "text": note.text} for note in review.notes],
    }
    if lock is not None:
        document["lock"] = {"agent_id": lock.agent_id, "until": lock.until}
    if proposal is not None:
        document["proposal"] = {
            "agent_id": proposal.agent_id,
            "at": proposal.at,
            "version": proposal.version,
            "benefit_cents": proposal.benefit_cents,
            "rulings": [ruling_document(number, ruling) for number, ruling in sorted(proposal.rulings.items())],
        }
    return document


def _review(row: Mapping[str, Any]) -> Review:
    lock, proposal = row.get("lock"), row.get("proposal")
    return Review(
        claim_id=row["_id"],
        lock=None if lock is None else Lock(lock["agent_id"], lock["until"]),
        notes=tuple(Note(note["agent_id"], note["at"], note["text"]) for note in row["notes"]),
        proposal=None if proposal is None else _proposal(proposal),
    )


def _proposal(row: Mapping[str, Any]) -> Proposal:
    return Proposal(
        agent_id=row["agent_id"],
        at=row["at"],
        version=row["version"],
        benefit_cents=row["benefit_cents"],
        rulings={each["line"]: ruling_from(each) for each in row["rulings"]},
    )

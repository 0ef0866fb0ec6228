"""Claim versions in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from services.payments.domain.claim_version import ClaimHead, ClaimVersion, DecidedClaim
from services.payments.storage.lines import line_documents, lines_from
from shared.mongo import Database, Document, Session
from shared.schema import Index

COLLECTION: Final = "claim_versions"
INDEXES: Final = (Index(COLLECTION, (("claim_id", 1), ("follows", 1)), unique=True),)
"""One successor per version: two differences to the same predecessor cannot both be stored."""

_HEAD_FIELDS: Final = {"claim_id": 1, "version": 1, "payee_id": 1, "payee_class": 1, "benefit_cents": 1}


class MongoClaimVersions:
    """One document per version, never changed."""

    def __init__(self, database: Database) -> None:
        self._versions = database.collection(COLLECTION)

    async def heads(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, ClaimHead]:
        heads: dict[str, ClaimHead] = {}
        query = {"claim_id": {"$in": list(claim_ids)}}
        for document in await self._versions.find(query, projection=_HEAD_FIELDS, session=session):
            head = _head_from(document)
            known = heads.get(head.claim_id)
            if known is None or known.version < head.version:
                heads[head.claim_id] = head
        return heads

    async def get_many(self, keys: Collection[str], *, session: Session | None) -> Mapping[str, ClaimVersion]:
        documents = await self._versions.find({"_id": {"$in": list(keys)}}, session=session)
        return {document["_id"]: _version_from(document) for document in documents}

    async def add_many(self, versions: Sequence[ClaimVersion], *, session: Session | None) -> None:
        await self._versions.insert_many([_document(version) for version in versions], session=session)


def _document(version: ClaimVersion) -> Document:
    claim = version.claim
    return {
        "_id": version.key,
        "claim_id": claim.claim_id,
        "version": claim.version,
        "follows": version.follows,
        "claim_number": claim.claim_number,
        "payee_id": claim.payee_id,
        "payee_class": claim.payee_class,
        "person_id": claim.person_id,
        "claim_type": claim.claim_type,
        "benefit_cents": claim.benefit_cents,
        "lines": line_documents(claim.lines),
        "recorded_at": version.recorded_at,
    }


def _version_from(document: Mapping[str, Any]) -> ClaimVersion:
    claim = DecidedClaim(
        claim_id=document["claim_id"],
        claim_number=document["claim_number"],
        version=document["version"],
        payee_id=document["payee_id"],
        payee_class=document["payee_class"],
        person_id=document["person_id"],
        claim_type=document["claim_type"],
        benefit_cents=document["benefit_cents"],
        lines=lines_from(document["lines"]),
    )
    return ClaimVersion(claim=claim, follows=document["follows"], recorded_at=document["recorded_at"])


def _head_from(document: Mapping[str, Any]) -> ClaimHead:
    return ClaimHead(
        claim_id=document["claim_id"],
        version=document["version"],
        payee_id=document["payee_id"],
        payee_class=document["payee_class"],
        benefit_cents=document["benefit_cents"],
    )

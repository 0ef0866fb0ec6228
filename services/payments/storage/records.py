"""What payments wrote down about claims and runs, read back as it is; and what banking said, kept for ever."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.payments.domain.chart import kind_of
from services.payments.domain.claim_version import ClaimVersion, DecidedClaim
from services.payments.domain.ledger import Account, Posting, adjudication_key
from services.payments.domain.payable import Payable
from services.payments.domain.payment import PaymentItem
from services.payments.domain.reconciliation import BankLine, BankWord, Batch, StoredPayable, StoredTransfer
from services.payments.storage import claim_versions, ledger, payables, payments
from shared.mongo import Collection as Stored
from shared.mongo import Database, Document, Session
from shared.schema import Index

WORDS: Final = "bank_words"
INDEXES: Final = (
    Index(WORDS, (("run_id", 1),)),
    Index(claim_versions.COLLECTION, (("recorded_at", 1),)),
    Index(payables.COLLECTION, (("run_id", 1),), partial={"run_id": {"$exists": True}}),
    Index(payments.COLLECTION, (("scheduled_at", 1),)),
)
"""Few, because each of them is written with every claim. Payables and adjudications are found by their own keys, which
follow from the versions; a claim number is looked up by reading all versions, for a person who traces one claim."""

CHUNK: Final = 5_000
"""Lines in one document, and values in one query."""


class MongoRecords:
    """``Records``. The database role of the service may insert and read what banking said, nothing else."""

    def __init__(self, database: Database) -> None:
        self._words = database.collection(WORDS)
        self._versions = database.collection(claim_versions.COLLECTION)
        self._payables = database.collection(payables.COLLECTION)
        self._payments = database.collection(payments.COLLECTION)
        self._transfers = database.collection(ledger.COLLECTION)

    async def record(self, words: Sequence[BankWord], *, session: Session | None) -> None:
        documents = [document for word in words for document in _word_documents(word)]
        await self._words.insert_many(documents, session=session)

    async def bank_words(self, run_ids: Collection[str]) -> Sequence[BankWord]:
        return [_word(row) for row in await _all(self._words, "run_id", run_ids)]

    async def claim_ids(self, claim_number: str) -> Sequence[str]:
        rows = await self._versions.find({"claim_number": claim_number}, projection={"claim_id": 1})
        return sorted({row["claim_id"] for row in rows})

    async def versions(self, claim_ids: Collection[str]) -> Sequence[ClaimVersion]:
        rows = await _all(self._versions, "claim_id", claim_ids, projection={"lines": 0})
        return sorted(map(_version, rows), key=lambda version: (version.claim.claim_id, version.claim.version))

    async def claims_recorded(self, start: datetime, end: datetime) -> Sequence[str]:
        rows = await self._versions.find(_within("recorded_at", start, end), projection={"claim_id": 1})
        return sorted({row["claim_id"] for row in rows})

    async def payables(self, keys: Collection[str]) -> Sequence[StoredPayable]:
        return [_payable(row) for row in await _all(self._payables, "_id", keys)]

    async def payables_of_run(self, run_id: str) -> Sequence[StoredPayable]:
        return [_payable(row) for row in await self._payables.find({"run_id": run_id})]

    async def batches(self, run_ids: Collection[str]) -> Sequence[Batch]:
        return [_batch(row) for row in await _all(self._payments, "run_id", run_ids)]

    async def runs_scheduled(self, start: datetime, end: datetime) -> Sequence[str]:
        rows = await self._payments.find(_within("scheduled_at", start, end), projection={"run_id": 1})
        return sorted({row["run_id"] for row in rows})

    async def batch(self, reference: str) -> Batch | None:
        row = await self._payments.find_one({"$or": [{"_id": reference}, {"batch_number": reference}]})
        return None if row is None else _batch(row)

    async def transfers(
        self, *, version_keys: Collection[str], payment_ids: Collection[str]
    ) -> Sequence[StoredTransfer]:
        rows = await _all(self._transfers, "_id", {adjudication_key(key) for key in version_keys})
        rows += await _all(self._transfers, "payment_id", payment_ids)
        return sorted(map(_transfer, rows), key=lambda transfer: (transfer.posted_at, transfer.key))


async def _all(
    collection: Stored, name: str, values: Collection[str], *, projection: Mapping[str, int] | None = None
) -> list[Document]:
    """Documents whose field has one of the values, however many these are."""
    wanted, found = sorted(set(values)), list[Document]()
    for start in range(0, len(wanted), CHUNK):
        query = {name: {"$in": wanted[start : start + CHUNK]}}
        found += await collection.find(query, projection=projection)
    return found


def _within(name: str, start: datetime, end: datetime) -> Document:
    return {name: {"$gte": start, "$lt": end}}


def _word_documents(word: BankWord) -> Iterator[Document]:
    for start in range(0, len(word.lines), CHUNK):
        lines = word.lines[start : start + CHUNK]
        yield {
            "_id": f"{word.word_id}/{start}",
            "kind": word.kind,
            "run_id": word.run_id,
            "file_number": word.file_number,
            "said_at": word.said_at,
            "lines": [{"payment_id": line.payment_id, "amount_cents": line.amount_cents} for line in lines],
        }


def _word(row: Mapping[str, Any]) -> BankWord:
    return BankWord(
        word_id=row["_id"],
        kind=row["kind"],
        run_id=row["run_id"],
        lines=tuple(
            BankLine(payment_id=line["payment_id"], amount_cents=line["amount_cents"]) for line in row["lines"]
        ),
        said_at=row["said_at"],
        file_number=row["file_number"],
    )


def _version(row: Mapping[str, Any]) -> ClaimVersion:
    claim = DecidedClaim(
        claim_id=row["claim_id"],
        claim_number=row["claim_number"],
        version=row["version"],
        payee_id=row["payee_id"],
        payee_class=row["payee_class"],
        person_id=row["person_id"],
        claim_type=row["claim_type"],
        benefit_cents=row["benefit_cents"],
        lines=(),
    )
    return ClaimVersion(claim=claim, follows=row["follows"], recorded_at=row["recorded_at"])


def _payable(row: Mapping[str, Any]) -> StoredPayable:
    payable = Payable(
        claim_id=row["claim_id"],
        version=row["version"],
        payee_id=row["payee_id"],
        payee_class=row["payee_class"],
        amount_cents=row["amount_cents"],
        opened_at=row["opened_at"],
    )
    return StoredPayable(payable=payable, run_id=row.get("run_id"))


def _batch(row: Mapping[str, Any]) -> Batch:
    return Batch(
        payment_id=row["_id"],
        batch_number=row["batch_number"],
        run_id=row["run_id"],
        payee_id=row["payee_id"],
        amount_cents=row["amount_cents"],
        items=tuple(
            PaymentItem(claim_id=item["claim_id"], version=item["version"], amount_cents=item["amount_cents"])
            for item in row["items"]
        ),
        status=row["status"],
        scheduled_at=row["scheduled_at"],
        file_number=row["file_number"],
        method=row.get("method") or "deposit",
        reissue_of=row.get("reissue_of"),
    )


def _transfer(row: Mapping[str, Any]) -> StoredTransfer:
    return StoredTransfer(
        key=row["_id"],
        posted_at=row["posted_at"],
        postings=tuple(Posting(_account(posting["account"]), posting["amount_cents"]) for posting in row["postings"]),
    )


def _account(name: str) -> Account:
    return Account(kind_of(name), name.partition(":")[2] or None)

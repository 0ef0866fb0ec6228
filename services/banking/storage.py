"""Accounts, payees, deposit files and exceptions in MongoDB. Account numbers arrive here encrypted already."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from bson.binary import Binary
from pymongo import UpdateOne

from services.banking import storage_returns
from services.banking.domain.deposit_file import DepositFile, FileState, WrittenFile
from services.banking.domain.deposit_item import DepositItem, ItemState
from services.banking.ports import (
    DepositPlan,
    EncryptedBoxes,
    FileChangedMeanwhile,
    HeldDeposit,
    StoredAccount,
)
from services.banking.storage_returns import EXCEPTIONS
from shared import outbox
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

ACCOUNTS: Final = "accounts"
PAYEES: Final = "payees"
FILE_NUMBERS: Final = "file_numbers"
DEPOSIT_FILES: Final = "deposit_files"
DEPOSIT_ITEMS: Final = "deposit_items"
HELD_DEPOSITS: Final = "held_deposits"
KEY_VAULT: Final = "__keyVault"
"""Wrapped data keys of payees; read and written by ``encryption``."""

HELD_LONGER_SECONDS: Final = 3_600
"""MongoDB removes what is held this long after its end: an event that was late still finds it; queries are exact."""

CIPHERTEXT_SUBTYPE: Final = 6
"""BSON binary subtype of encrypted values."""

SCHEMA = Schema(
    collections=(
        ACCOUNTS,
        PAYEES,
        FILE_NUMBERS,
        DEPOSIT_FILES,
        DEPOSIT_ITEMS,
        EXCEPTIONS,
        HELD_DEPOSITS,
        KEY_VAULT,
        *storage_returns.COLLECTIONS,
        outbox.COLLECTION,
    ),
    indexes=(
        *outbox.INDEXES,
        Index(KEY_VAULT, (("keyAltNames", 1),), unique=True, partial={"keyAltNames": {"$exists": True}}),
        Index(ACCOUNTS, (("fingerprint", 1),)),
        Index(HELD_DEPOSITS, (("expires_at", 1),), expire_after_seconds=HELD_LONGER_SECONDS),
        Index(DEPOSIT_FILES, (("originator_id", 1), ("creation_date", 1), ("file_number", 1)), unique=True),
        Index(DEPOSIT_ITEMS, (("run_id", 1), ("position", 1)), unique=True),
        Index(DEPOSIT_ITEMS, (("cross_reference", 1),), unique=True),
        *storage_returns.INDEXES,
    ),
)
"""A deposit file is stored under its run and an item under its payment: neither can exist twice (BNK-4). The index of
the key vault keeps two processes that enrol one payee at the same time from making two data keys."""


class MongoAccounts:
    """``AccountRepository``."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.collection(ACCOUNTS)

    async def get(self, payee_id: str, *, session: Session | None = None) -> StoredAccount | None:
        row = await self._accounts.find_one({"_id": payee_id}, session=session)
        return None if row is None else _account(row)

    async def list_for(self, payee_ids: Sequence[str]) -> Mapping[str, StoredAccount]:
        rows = await self._accounts.find({"_id": {"$in": list(payee_ids)}})
        return {row["_id"]: _account(row) for row in rows}

    async def list_payees_by_fingerprint(self, fingerprint: str, *, session: Session | None = None) -> tuple[str, ...]:
        rows = await self._accounts.find({"fingerprint": fingerprint}, sort=[("_id", 1)], session=session)
        return tuple(row["_id"] for row in rows)

    async def add(self, account: StoredAccount, *, session: Session | None = None) -> None:
        await self._accounts.insert_one(_account_document(account), session=session)

    async def replace(self, account: StoredAccount, *, session: Session | None = None) -> bool:
        before = account.version - 1
        query = {"_id": account.payee_id, "version": {"$in": [before, None] if before == 1 else [before]}}
        return await self._accounts.replace_one(query, _account_document(account), session=session)

    async def remove(self, payee_id: str, *, session: Session | None = None) -> None:
        await self._accounts.delete_one({"_id": payee_id}, session=session)


class MongoHeldDeposits:
    """``HeldDepositRepository``."""

    def __init__(self, database: Database) -> None:
        self._held = database.collection(HELD_DEPOSITS)

    async def get(self, flow_key: str, *, at: datetime) -> HeldDeposit | None:
        row = await self._held.find_one({"_id": flow_key, "expires_at": {"$gt": at}})
        if row is None:
            return None
        return HeldDeposit(flow_key=row["_id"], boxes=_boxes(row), expires_at=row["expires_at"])

    async def put(self, held: HeldDeposit, *, session: Session | None = None) -> None:
        document = {"_id": held.flow_key, "expires_at": held.expires_at, **_boxes_document(held.boxes)}
        await self._held.replace_one({"_id": held.flow_key}, document, upsert=True, session=session)

    async def remove(self, flow_key: str, *, session: Session | None = None) -> None:
        await self._held.delete_one({"_id": flow_key}, session=session)


class MongoPayees:
    """``PayeeRepository``."""

    def __init__(self, database: Database) -> None:
        self._payees = database.collection(PAYEES)

    async def names(self, payee_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        rows = await self._payees.find({"_id": {"$in": list(payee_ids)}}, session=session)
        return {row["_id"]: row["name"] for row in rows}

    async def record(self, payee_id: str, name: str, *, told_at: datetime, session: Session | None = None) -> None:
        known = await self._payees.find_one({"_id": payee_id}, session=session)
        if known is None or known["told_at"] < told_at:
            document = {"_id": payee_id, "name": name, "told_at": told_at}
            await self._payees.replace_one({"_id": payee_id}, document, upsert=True, session=session)


class MongoDepositPlans:
    """``DepositPlanRepository``: a document per file, a document per item."""

    def __init__(self, database: Database) -> None:
        self._numbers = database.collection(FILE_NUMBERS)
        self._files = database.collection(DEPOSIT_FILES)
        self._items = database.collection(DEPOSIT_ITEMS)

    async def recent_numbers(self, originator_id: str, *, session: Session | None = None) -> tuple[int, ...]:
        row = await self._numbers.find_one({"_id": originator_id}, session=session)
        return () if row is None else tuple(row["recent"])

    async def take_number(
        self, originator_id: str, number: int, *, remember: int, session: Session | None = None
    ) -> None:
        push = {"recent": {"$each": [number], "$slice": -max(1, remember)}}
        await self._numbers.update_one({"_id": originator_id}, {"$push": push}, upsert=True, session=session)

    async def get_by_run(self, run_id: str, *, session: Session | None = None) -> DepositPlan | None:
        row = await self._files.find_one({"_id": run_id}, session=session)
        if row is None:
            return None
        items = await self._items.find({"run_id": run_id}, sort=[("position", 1)], session=session)
        return _plan(row, items)

    async def runs_of(self, cross_references: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        query = {"cross_reference": {"$in": list(cross_references)}}
        rows = await self._items.find(query, projection={"cross_reference": 1, "run_id": 1}, session=session)
        return {row["cross_reference"]: row["run_id"] for row in rows}

    async def add(self, plan: DepositPlan, *, session: Session | None = None) -> None:
        await self._files.insert_one(_plan_document(plan), session=session)
        documents = [
            _item_document(item, position=position, run_id=plan.file.run_id)
            | {"payee_name": plan.payee_names[item.payee_id]}
            for position, item in enumerate(plan.file.items)
        ]
        await self._items.insert_many(documents, session=session)

    async def save(
        self, plan: DepositPlan, *, changed: Sequence[DepositItem] = (), session: Session | None = None
    ) -> None:
        run_id = plan.file.run_id
        changes = _progress(plan.file) | {"version": plan.version + 1}
        if not await self._files.update_one(
            {"_id": run_id, "version": plan.version}, {"$set": changes}, session=session
        ):
            raise FileChangedMeanwhile(run_id)
        updates = [UpdateOne({"_id": item.payment_id}, {"$set": _decision(item)}) for item in changed]
        await self._items.bulk_write(updates, session=session)


def _account_document(account: StoredAccount) -> Document:
    former = [_details(one) for one in account.former]
    return {"_id": account.payee_id, **_details(account), "held_until": account.held_until, "former": former}


def _details(account: StoredAccount) -> Document:
    return {
        "account_id": account.account_id,
        **_boxes_document(account.boxes),
        "account_ending": account.account_ending,
        "fingerprint": account.fingerprint,
        "enrolled_at": account.enrolled_at,
        "version": account.version,
        "valid_from": account.valid_from,
    }


def _account(row: Document) -> StoredAccount:
    return _version(row["_id"], row, former=tuple(_version(row["_id"], one) for one in row.get("former", ())))


def _version(payee_id: str, row: Document, *, former: tuple[StoredAccount, ...] = ()) -> StoredAccount:
    return StoredAccount(
        payee_id=payee_id,
        account_id=row["account_id"],
        boxes=_boxes(row),
        account_ending=row["account_ending"],
        fingerprint=row["fingerprint"],
        enrolled_at=row["enrolled_at"],
        version=row.get("version", 1),
        valid_from=row.get("valid_from"),
        held_until=row.get("held_until"),
        former=former,
    )


def _boxes_document(boxes: EncryptedBoxes) -> Document:
    return {
        "transit": Binary(boxes.transit, CIPHERTEXT_SUBTYPE),
        "institution": Binary(boxes.institution, CIPHERTEXT_SUBTYPE),
        "account": Binary(boxes.account, CIPHERTEXT_SUBTYPE),
    }


def _boxes(row: Document) -> EncryptedBoxes:
    return EncryptedBoxes(bytes(row["transit"]), bytes(row["institution"]), bytes(row["account"]))


def _plan_document(plan: DepositPlan) -> Document:
    file = plan.file
    return {
        "_id": file.run_id,
        "file_id": file.file_id,
        "file_name": plan.file_name,
        "originator_id": plan.originator_id,
        "file_number": file.file_number,
        "creation_date": file.creation_date.isoformat(),
        "payable_on": plan.payable_on.isoformat(),
        "reserved_at": file.reserved_at,
        "version": plan.version,
        **_progress(file),
    }


def _progress(file: DepositFile) -> Document:
    """What changes in the life of a file."""
    written = file.written
    return {
        "state": file.state.value,
        "sha256": written.sha256 if written else None,
        "byte_count": written.byte_count if written else None,
        "count": file.count,
        "total_cents": file.total_cents,
        "written_at": file.written_at,
        "sent_at": file.sent_at,
        "closed_at": file.closed_at,
    }


def _plan(row: Document, items: Sequence[Document]) -> DepositPlan:
    written = None
    if row["sha256"] is not None:
        written = WrittenFile(
            sha256=row["sha256"],
            byte_count=row["byte_count"],
            count=row["count"],
            total_cents=row["total_cents"],
        )
    file = DepositFile(
        file_id=row["file_id"],
        run_id=row["_id"],
        file_number=row["file_number"],
        creation_date=date.fromisoformat(row["creation_date"]),
        items=tuple(_item(item) for item in items),
        state=FileState(row["state"]),
        reserved_at=row["reserved_at"],
        written=written,
        written_at=row["written_at"],
        sent_at=row["sent_at"],
        closed_at=row["closed_at"],
    )
    return DepositPlan(
        file=file,
        file_name=row["file_name"],
        originator_id=row["originator_id"],
        payable_on=date.fromisoformat(row["payable_on"]),
        payee_names={item["payee_id"]: item["payee_name"] for item in items},
        version=row["version"],
    )


def _item_document(item: DepositItem, *, position: int, run_id: str) -> Document:
    return {
        "_id": item.payment_id,
        "run_id": run_id,
        "position": position,
        "payee_id": item.payee_id,
        "amount_cents": item.amount_cents,
        "batch_number": item.batch_number,
        "cross_reference": item.cross_reference,
        **_decision(item),
    }


def _decision(item: DepositItem) -> Document:
    return {"state": item.state.value, "decided_at": item.decided_at, "return_reason": item.return_reason}


def _item(row: Document) -> DepositItem:
    return DepositItem(
        payment_id=row["_id"],
        payee_id=row["payee_id"],
        amount_cents=row["amount_cents"],
        batch_number=row["batch_number"],
        cross_reference=row["cross_reference"],
        state=ItemState(row["state"]),
        decided_at=row["decided_at"],
        return_reason=row["return_reason"],
    )

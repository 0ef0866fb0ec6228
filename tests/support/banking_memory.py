# ruff: noqa: ARG002 - the session is MongoDB's
"""Banking's ports in memory: what the MongoDB repositories and the vault do, without a server."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.banking.domain.accounts import DirectDeposit
from services.banking.domain.deposit_file import FileState
from services.banking.domain.deposit_item import DepositItem
from services.banking.domain.directory import Branch, institutions_of, with_hints
from services.banking.domain.history import HistoryEntry, HistoryKind
from services.banking.domain.institutions import INSTITUTION_NUMBERS, Institution
from services.banking.handlers.directory import DirectoryVersion
from services.banking.ports import (
    AccountErased,
    AccountUnreadable,
    BankException,
    DepositPlan,
    EncryptedBoxes,
    FileChangedMeanwhile,
    HeldDeposit,
    StoredAccount,
)
from shared.mongo import DuplicateKey, Session


@dataclass(slots=True)
class MemoryHistory:
    entries: list[HistoryEntry] = field(default_factory=list)

    async def record(self, entry: HistoryEntry, *, session: Session | None = None) -> None:
        self.entries.append(entry)

    async def list_for(self, payee_id: str) -> tuple[HistoryEntry, ...]:
        mine = [entry for entry in reversed(self.entries) if entry.payee_id == payee_id]
        return tuple(sorted(mine, key=lambda entry: entry.at, reverse=True))


@dataclass(slots=True)
class MemoryAccounts:
    rows: dict[str, StoredAccount] = field(default_factory=dict)
    history: MemoryHistory = field(default_factory=MemoryHistory)

    async def get(self, payee_id: str, *, session: Session | None = None) -> StoredAccount | None:
        return self.rows.get(payee_id)

    async def list_for(self, payee_ids: Sequence[str]) -> Mapping[str, StoredAccount]:
        return {payee_id: self.rows[payee_id] for payee_id in payee_ids if payee_id in self.rows}

    async def list_payees_by_fingerprint(self, fingerprint: str, *, session: Session | None = None) -> tuple[str, ...]:
        return tuple(sorted(one.payee_id for one in self.rows.values() if one.fingerprint == fingerprint))

    async def add(self, account: StoredAccount, *, session: Session | None = None) -> None:
        if account.payee_id in self.rows:
            raise DuplicateKey("_id")
        self.rows[account.payee_id] = account
        await self.history.record(HistoryEntry.of(account, HistoryKind.ENROLLED))

    async def replace(self, account: StoredAccount, *, session: Session | None = None) -> bool:
        known = self.rows.get(account.payee_id)
        if known is None or known.version != account.version - 1:
            return False
        self.rows[account.payee_id] = account
        await self.history.record(HistoryEntry.of(account, HistoryKind.CHANGED))
        return True

    async def remove(self, payee_id: str, *, ended: HistoryEntry | None = None, session: Session | None = None) -> None:
        self.rows.pop(payee_id, None)
        if ended is not None:
            await self.history.record(ended)


@dataclass(slots=True)
class MemoryHeldDeposits:
    rows: dict[str, HeldDeposit] = field(default_factory=dict)

    async def get(self, flow_key: str, *, at: datetime) -> HeldDeposit | None:
        held = self.rows.get(flow_key)
        return None if held is None or held.expires_at <= at else held

    async def put(self, held: HeldDeposit, *, session: Session | None = None) -> None:
        self.rows[held.flow_key] = held

    async def remove(self, flow_key: str, *, session: Session | None = None) -> None:
        self.rows.pop(flow_key, None)


@dataclass(slots=True)
class MemoryPayees:
    rows: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    async def names(self, payee_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        return {payee_id: self.rows[payee_id][0] for payee_id in payee_ids if payee_id in self.rows}

    async def record(self, payee_id: str, name: str, *, told_at: datetime, session: Session | None = None) -> None:
        known = self.rows.get(payee_id)
        if known is None or known[1] < told_at:
            self.rows[payee_id] = (name, told_at)


@dataclass(slots=True)
class MemoryDepositPlans:
    rows: dict[str, DepositPlan] = field(default_factory=dict)
    numbers: dict[str, tuple[int, ...]] = field(default_factory=dict)

    async def recent_numbers(self, originator_id: str, *, session: Session | None = None) -> tuple[int, ...]:
        return self.numbers.get(originator_id, ())

    async def take_number(
        self, originator_id: str, number: int, *, remember: int, session: Session | None = None
    ) -> None:
        self.numbers[originator_id] = (*self.numbers.get(originator_id, ()), number)[-max(1, remember) :]

    async def get_by_run(self, run_id: str, *, session: Session | None = None) -> DepositPlan | None:
        return self.rows.get(run_id)

    async def runs_of(self, cross_references: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        return {
            item.cross_reference: run_id
            for run_id, plan in self.rows.items()
            for item in plan.file.items
            if item.cross_reference in cross_references
        }

    async def add(self, plan: DepositPlan, *, session: Session | None = None) -> None:
        stored = {item.payment_id for one in self.rows.values() for item in one.file.items}
        if plan.file.run_id in self.rows or stored & {item.payment_id for item in plan.file.items}:
            raise DuplicateKey("_id")
        self.rows[plan.file.run_id] = plan

    async def save(
        self, plan: DepositPlan, *, changed: Sequence[DepositItem] = (), session: Session | None = None
    ) -> None:
        stored = self.rows.get(plan.file.run_id)
        if stored is None or stored.version != plan.version:
            raise FileChangedMeanwhile(plan.file.run_id)
        by_payment = {item.payment_id: item for item in changed}
        items = tuple(by_payment.get(item.payment_id, item) for item in stored.file.items)
        self.rows[plan.file.run_id] = replace(plan, file=replace(plan.file, items=items), version=plan.version + 1)


@dataclass(slots=True)
class MemoryExceptions:
    rows: dict[str, BankException] = field(default_factory=dict)

    async def record(self, found: Sequence[BankException], *, session: Session | None = None) -> None:
        for one in found:
            self.rows.setdefault(one.exception_id, one)


@dataclass(slots=True)
class MemoryVault:
    """Gives out random tokens for accounts and keeps the accounts to itself."""

    kept: dict[bytes, tuple[str, DirectDeposit]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    async def encrypt(self, payee_id: str, deposit: DirectDeposit) -> EncryptedBoxes:
        token = secrets.token_bytes(16)
        self.erased.discard(payee_id)
        self.kept[token] = (payee_id, deposit)
        return EncryptedBoxes(token, token, token)

    async def decrypt(self, payee_id: str, boxes: EncryptedBoxes) -> DirectDeposit:
        if payee_id in self.erased:
            raise AccountErased(payee_id)
        owner, deposit = self.kept.get(boxes.account, (None, None))
        if owner != payee_id or deposit is None:
            raise AccountUnreadable(payee_id)
        return deposit

    def fingerprint(self, deposit: DirectDeposit) -> str:
        text = f"{deposit.routing}|{deposit.account.digits}"
        return hashlib.sha256(text.encode()).hexdigest()

    async def erase(self, payee_id: str) -> None:
        self.erased.add(payee_id)
        self.kept = {token: kept for token, kept in self.kept.items() if kept[0] != payee_id}


@dataclass(slots=True)
class MemoryDataKeys:
    erased: list[str] = field(default_factory=list)

    async def erase(self, payee_id: str, *, session: Session | None = None) -> None:
        self.erased.append(payee_id)


@dataclass(slots=True)
class MemoryFilesUnderWay:
    plans: MemoryDepositPlans

    async def names(self, payee_id: str, *, session: Session | None = None) -> bool:
        return any(
            item.payee_id == payee_id
            for plan in self.plans.rows.values()
            if plan.file.state in {FileState.RESERVED, FileState.WRITTEN}
            for item in plan.file.items
        )


@dataclass(slots=True)
class MemoryDirectory:
    """A loaded directory: everything under one version."""

    branches: list[Branch] = field(default_factory=list)
    number: int = 1

    async def version(self) -> int | None:
        return self.number

    async def institutions(self) -> Mapping[str, Institution]:
        return with_hints(institutions_of(self.branches))

    async def branch(self, institution: str, transit: str) -> Branch | None:
        wanted = (institution, transit)
        return next((one for one in self.branches if (one.institution, one.transit) == wanted), None)

    async def numbers_ever(self) -> frozenset[str]:
        return INSTITUTION_NUMBERS | {one.institution for one in self.branches}


@dataclass(slots=True)
class MemoryDirectoryVersions:
    rows: dict[int, DirectoryVersion] = field(default_factory=dict)
    in_force: int | None = None

    async def add(self, branches: Sequence[Branch], *, sha256: str, refused: int, at: datetime) -> DirectoryVersion:
        version = DirectoryVersion(
            number=len(self.rows) + 1,
            sha256=sha256,
            cycle=max(branch.cycle for branch in branches),
            branches=len(branches),
            institutions=len(institutions_of(branches)),
            refused=refused,
            loaded_at=at,
            is_complete=True,
            is_in_force=False,
        )
        self.rows[version.number] = version
        return version

    async def list_all(self) -> tuple[DirectoryVersion, ...]:
        listed = sorted(self.rows.values(), key=lambda one: one.number, reverse=True)
        return tuple(replace(one, is_in_force=one.number == self.in_force) for one in listed)

    async def put_in_force(self, number: int) -> None:
        self.in_force = number

    async def forget_branches(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.rows[number] = replace(self.rows[number], is_complete=False)

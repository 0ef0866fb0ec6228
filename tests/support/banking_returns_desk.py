"""Returns and the exception list without the bus: over memory in unit tests, over MongoDB in integration tests."""

# ruff: noqa: ARG002 - the session is MongoDB's

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from deploy.local.bank_returns import Taken
from deploy.local.bank_simulator import Bank
from services.banking.gateways_returns import ReturnsFolder
from services.banking.handlers import return_files, returns
from services.banking.handlers.ports_returns import (
    DetailsFlags,
    ExceptionList,
    ImportedFile,
    ListedException,
    ReturnNote,
    ReturnRepository,
    exception_key,
)
from services.banking.ports import BankException, StoredAccount
from shared.clock import new_id
from shared.contracts import Actor, Event
from shared.contracts.banking_returns import ImportReturnFile, ReturnFileView
from shared.mongo import DuplicateKey, Session
from tests.support import banking_builders as build
from tests.support import keys
from tests.support.banking_desk import Desk

ORIGINATOR = "0000123456"


def agent(**overrides: Any) -> Actor:
    return Actor(**({"account_id": new_id(), "session_id": new_id(), "roles": ("agent",)} | overrides))


@dataclass(slots=True)
class MemoryReturns:
    notes: dict[str, ReturnNote] = field(default_factory=dict)
    files: dict[str, ImportedFile] = field(default_factory=dict)

    async def note_of(self, payment_id: str, *, session: Session | None = None) -> ReturnNote | None:
        return self.notes.get(payment_id)

    async def add(self, note: ReturnNote, *, session: Session | None = None) -> None:
        if note.payment_id in self.notes:
            raise DuplicateKey("_id")
        self.notes[note.payment_id] = note

    async def count_in(self, file: ImportedFile, *, session: Session | None = None) -> None:
        known = self.files.get(file.digest)
        if known is not None:
            figures = ("items", "applied", "repeated", "exceptions")
            file = replace(known, **{name: getattr(known, name) + getattr(file, name) for name in figures})
        self.files[file.digest] = file

    async def file(self, digest: str) -> ImportedFile | None:
        return self.files.get(digest)


@dataclass(slots=True)
class MemoryFlags:
    flagged: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    async def put(
        self, account: StoredAccount, *, payment_id: str, at: datetime, session: Session | None = None
    ) -> None:
        self.flagged[account.payee_id] = (account.version, account.enrolled_at)

    async def lift(self, payee_id: str, *, session: Session | None = None) -> None:
        self.flagged.pop(payee_id, None)

    async def is_flagged(self, account: StoredAccount) -> bool:
        return self.flagged.get(account.payee_id) == (account.version, account.enrolled_at)


@dataclass(slots=True)
class MemoryExceptionList:
    rows: dict[str, BankException]
    closed: dict[str, ListedException] = field(default_factory=dict)

    def _all(self) -> list[ListedException]:
        found = [self._listed(one) for one in self.rows.values()]
        return sorted(found, key=lambda one: (one.found.found_at, one.found.exception_id), reverse=True)

    def _listed(self, found: BankException) -> ListedException:
        key = exception_key(found.exception_id)
        return self.closed.get(key) or ListedException(key=key, found=found)

    async def get(self, key: str, *, session: Session | None = None) -> ListedException | None:
        return next((one for one in self._all() if one.key == key), None)

    async def list_of(self, *, closed: bool, before: str | None, limit: int) -> Sequence[ListedException]:
        everything = self._all()
        start = next((place for place, one in enumerate(everything, 1) if one.key == before), 0)
        return [one for one in everything[start:] if (one.closed_at is not None) is closed][:limit]

    async def close(self, listed: ListedException, *, session: Session | None = None) -> bool:
        if listed.key in self.closed:
            return False
        self.closed[listed.key] = listed
        return True


@dataclass(slots=True, kw_only=True)
class ReturnsDesk:
    """Banking with a bank that sends payments back."""

    desk: Desk
    returns: ReturnRepository = field(default_factory=MemoryReturns)
    flags: DetailsFlags = field(default_factory=MemoryFlags)
    listed: ExceptionList

    @property
    def bank(self) -> Bank:
        return Bank(self.desk.outbox_folder, self.desk.inbox_folder)

    @property
    def folder(self) -> ReturnsFolder:
        return ReturnsFolder(self.desk.inbox_folder)

    @property
    def apply(self) -> return_files.Apply:
        desk = self.desk
        stores = returns.ReturnStores(desk.plans, desk.accounts, desk.exceptions, self.returns, self.flags)
        return partial(returns.import_returns, stores=stores, unit_of_work=desk.log.run, clock=desk.clock)

    async def paid_run(self, *amounts: int) -> list[Taken]:
        """A run whose file the bank took and settled; its payments as the bank knows them."""
        payees = [await self.desk.payee() for _ in amounts]
        items = [build.run_item(payee, amount_cents=cents) for payee, cents in zip(payees, amounts, strict=True)]
        run = build.run_approved(*items)
        await self.desk.deposit(run)
        self.bank.run_once()
        await self.desk.import_reports()
        wanted = {item.batch_number for item in items}
        return [one for one in self.bank.payments() if one.batch_number in wanted]

    async def upload(self, content: bytes, *, actor: Actor | None = None) -> ReturnFileView:
        """An agent uploads a file."""
        actor = actor or agent()
        sealed = build.sealed(content.decode("latin-1"), actor.account_id, purpose="return_file")
        return await return_files.import_return_file(
            build.received(ImportReturnFile(file=sealed), actor),
            opener=keys.opener("banking"),
            apply=self.apply,
            unit_of_work=self.desk.log.run,
            originator_id=ORIGINATOR,
            clock=self.desk.clock,
        )

    async def import_folder(self) -> None:
        """Import what lies in the folder."""
        folder = self.folder
        for name in await folder.list_names():
            await return_files.import_from_folder(
                name,
                inbox=folder,
                apply=self.apply,
                unit_of_work=self.desk.log.run,
                exceptions=self.desk.exceptions,
                originator_id=ORIGINATOR,
                clock=self.desk.clock,
            )

    async def published(self, kind: type[Event]) -> list[Event]:
        return [event for event in await self.desk.log.published() if isinstance(event, kind)]

    async def open_exceptions(self) -> set[tuple[str, str]]:
        """Kind and subject of what nobody dealt with yet."""
        listed = await self.listed.list_of(closed=False, before=None, limit=100)
        return {(one.found.kind, one.found.subject) for one in listed}


def memory_returns_desk(desk: Desk) -> ReturnsDesk:
    return ReturnsDesk(desk=desk, listed=MemoryExceptionList(desk.exceptions.rows))  # type: ignore[attr-defined]

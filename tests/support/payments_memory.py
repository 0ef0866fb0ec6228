"""Repositories of payments in memory; they refuse the same second writes as the ones on MongoDB."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.payments.domain.claim_version import ClaimHead, ClaimVersion
from services.payments.domain.errors import ChangedMeanwhile, Contradiction
from services.payments.domain.ledger import Transfer
from services.payments.domain.payable import Payable, PayeeClass, payable_key
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.run import DepositFile, Run
from services.payments.domain.statement import Statement
from shared.clock import Clock, utc_now
from shared.mongo import DuplicateKey, Session
from tests.support.ledger_memory import MemoryBooks, MemoryRecords
from tests.support.payments_returns_memory import MemoryCheques, MemoryReturns
from tests.support.payments_runs_memory import MemoryDrafts
from tests.support.payments_statements_memory import (
    MemoryPaperCopies,
    MemoryStatementDeliveries,
    MemoryStatementDocuments,
    MemoryStatementPersons,
    MemoryStatementReaders,
)


class MemoryClaimVersions:
    def __init__(self) -> None:
        self.versions: dict[str, ClaimVersion] = {}
        self._successors: set[tuple[str, int]] = set()

    async def heads(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, ClaimHead]:
        versions = sorted(self.versions.values(), key=lambda version: version.claim.version)
        return {v.claim.claim_id: v.head for v in versions if v.claim.claim_id in claim_ids}

    async def get_many(self, keys: Collection[str], *, session: Session | None) -> Mapping[str, ClaimVersion]:
        return {key: self.versions[key] for key in keys if key in self.versions}

    async def add_many(self, versions: Sequence[ClaimVersion], *, session: Session | None) -> None:
        for version in versions:
            predecessor = (version.claim.claim_id, version.follows)
            if version.key in self.versions or predecessor in self._successors:
                raise DuplicateKey
            self.versions[version.key] = version
            self._successors.add(predecessor)


class MemoryPayables:
    def __init__(self) -> None:
        self.open: dict[str, Payable] = {}
        self.batched: dict[str, str] = {}
        self.reserved: dict[str, str] = {}
        self.taken: dict[str, Payable] = {}

    async def add_many(self, payables: Sequence[Payable], *, session: Session | None) -> None:
        for payable in payables:
            if payable.key in self.open or payable.key in self.batched:
                raise DuplicateKey
            self.open[payable.key] = payable

    async def list_open(self, payee_class: PayeeClass, *, session: Session | None) -> Sequence[Payable]:
        return sorted(self._free(payee_class), key=lambda payable: (payable.opened_at, payable.key))

    def _free(self, payee_class: PayeeClass) -> list[Payable]:
        return [p for key, p in self.open.items() if p.payee_class == payee_class and key not in self.reserved]

    async def put_into_batches(self, payments: Sequence[Payment], *, run_id: str, session: Session | None) -> None:
        for payment in payments:
            for item in payment.items:
                key = payable_key(item.claim_id, item.version, payment.payee_id)
                if key not in self.open or self.reserved.get(key, run_id) != run_id:
                    raise ChangedMeanwhile("payables")
                self.reserved.pop(key, None)
                payable = self.open.pop(key)
                self.batched[key] = run_id
                self.taken[key] = payable

    async def list_free(
        self, payee_class: PayeeClass, *, after: str | None, limit: int, session: Session | None
    ) -> Sequence[Payable]:
        free = [p for p in self._free(payee_class) if after is None or p.payee_id > after]
        free.sort(key=lambda payable: (payable.payee_id, payable.key))
        if len(free) < limit:
            return free
        last = free[limit - 1].payee_id
        whole = [payable for payable in free[:limit] if payable.payee_id != last]
        return whole or [payable for payable in free if payable.payee_id == last]

    async def reserve(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        for payable in payables:
            if payable.key not in self.open or payable.key in self.reserved:
                raise ChangedMeanwhile("payables")
            self.reserved[payable.key] = run_id

    async def give_back(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        for payable in payables:
            if self.reserved.pop(payable.key, None) != run_id:
                raise ChangedMeanwhile("payables")

    async def list_reserved(self, run_id: str, *, limit: int, session: Session | None) -> Sequence[Payable]:
        return [self.open[key] for key, holder in self.reserved.items() if holder == run_id][:limit]

    async def open_cents(self) -> int:
        return sum(payable.amount_cents for payable in self.open.values())


class MemoryLedger:
    def __init__(self, *, clock: Clock = utc_now) -> None:
        self.transfers: dict[str, Transfer] = {}
        self.stored_at: dict[str, datetime] = {}
        self._clock = clock

    async def post(self, transfers: Sequence[Transfer], *, session: Session | None) -> None:
        for transfer in transfers:
            if transfer.key in self.transfers:
                raise DuplicateKey
            self.transfers[transfer.key] = transfer
            self.stored_at[transfer.key] = self._clock()


class MemoryPayees:
    def __init__(self) -> None:
        self.payees: dict[str, Payee] = {}

    async def enrol(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        known = self.payees.get(payee_id) or Payee(payee_id=payee_id, account_ids=(), enrolled_at=at)
        self.payees[payee_id] = Payee(
            payee_id=payee_id,
            account_ids=tuple(dict.fromkeys((*known.account_ids, account_id))),
            enrolled_at=max(known.enrolled_at, at),
            held_until=known.held_until,
            details_version=known.details_version,
            flagged_version=known.flagged_version,
        )

    async def hold(self, payee_id: str, *, until: datetime, session: Session | None, version: int = 1) -> None:
        known = self.payees[payee_id]
        self.payees[payee_id] = replace(
            known,
            held_until=max(known.held_until or until, until),
            details_version=max(known.details_version, version),
        )

    async def withdraw(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        known = self.payees.pop(payee_id, None)
        if known is not None and known.enrolled_at > at:
            others = tuple(one for one in known.account_ids if one != account_id)
            self.payees[payee_id] = replace(known, account_ids=others)

    async def get_many(self, payee_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payee]:
        return {payee_id: self.payees[payee_id] for payee_id in payee_ids if payee_id in self.payees}


class MemoryRuns:
    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._batches = 0

    async def take_turn(self, payee_class: PayeeClass, *, session: Session | None) -> None:
        """Nothing runs side by side here."""

    async def take_batch_ordinals(self, count: int, *, session: Session | None) -> int:
        self._batches += count
        return self._batches - count + 1

    async def get(self, run_id: str, *, session: Session | None) -> Run | None:
        return self._runs.get(run_id)

    async def add(self, run: Run, *, session: Session | None) -> None:
        if run.run_id in self._runs:
            raise DuplicateKey
        self._runs[run.run_id] = run

    async def record_file(self, run_id: str, file: DepositFile, *, session: Session | None) -> None:
        run = self._runs.get(run_id)
        if run is None or run.file not in {None, file}:
            raise Contradiction(run_id)
        self._runs[run_id] = replace(run, file=file)


class MemoryPayments:
    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}

    async def add_many(self, payments: Sequence[Payment], *, session: Session | None) -> None:
        for payment in payments:
            for known in self.payments.values():
                if (
                    known.payment_id == payment.payment_id
                    or known.batch_number == payment.batch_number
                    or (known.run_id, known.payee_id) == (payment.run_id, payment.payee_id)
                    or (payment.reissue_of is not None and known.reissue_of == payment.reissue_of)
                ):
                    raise DuplicateKey
            self.payments[payment.payment_id] = payment

    async def get_many(self, payment_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payment]:
        return {key: self.payments[key] for key in payment_ids if key in self.payments}

    async def advance(self, payments: Sequence[Payment], *, expected: PaymentStatus, session: Session | None) -> None:
        for payment in payments:
            known = self.payments.get(payment.payment_id)
            if known is None or known.status != expected:
                raise ChangedMeanwhile("payments")
            self.payments[payment.payment_id] = payment

    async def list_of(
        self,
        payee_id: str,
        *,
        before: str | None,
        limit: int,
        from_day: date | None = None,
        to_day: date | None = None,
    ) -> Sequence[Payment]:
        found = [
            payment
            for payment in self.payments.values()
            if payment.payee_id == payee_id
            and (before is None or payment.batch_number < before)
            and (from_day is None or payment.payable_on >= from_day)
            and (to_day is None or payment.payable_on <= to_day)
        ]
        return sorted(found, key=lambda payment: payment.batch_number, reverse=True)[:limit]

    async def counts(self, run_id: str, *, session: Session | None) -> Mapping[PaymentStatus, int]:
        return Counter(payment.status for payment in self.payments.values() if payment.run_id == run_id)


class MemoryStatements:
    def __init__(self) -> None:
        self._statements: dict[str, Statement] = {}

    async def add_many(self, statements: Sequence[Statement], *, session: Session | None) -> None:
        for statement in statements:
            if statement.batch_number in self._statements:
                raise DuplicateKey
            self._statements[statement.batch_number] = statement

    async def get(self, batch_number: str) -> Statement | None:
        return self._statements.get(batch_number)


class MemoryStorage:
    """All of them, empty."""

    def __init__(self) -> None:
        self.claims = MemoryClaimVersions()
        self.payables = MemoryPayables()
        self.ledger = MemoryLedger()
        self.payees = MemoryPayees()
        self.runs = MemoryRuns()
        self.payments = MemoryPayments()
        self.statements = MemoryStatements()
        self.books = MemoryBooks(self.ledger)
        self.records = MemoryRecords(self)
        self.returns = MemoryReturns(self.payments, self.payees)
        self.cheques = MemoryCheques()
        self.drafts = MemoryDrafts()
        self.statement_documents = MemoryStatementDocuments()
        self.statement_readers = MemoryStatementReaders()
        self.statement_deliveries = MemoryStatementDeliveries()
        self.paper_copies = MemoryPaperCopies()
        self.statement_persons = MemoryStatementPersons()

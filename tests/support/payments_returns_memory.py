"""Returned payments and the cheque register in memory; they refuse the same second writes as the ones on MongoDB."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from services.payments.domain.cheque import Cheque, ChequeStatus
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment
from shared.mongo import DuplicateKey, Session


class HasPayments(Protocol):
    payments: dict[str, Payment]


class HasPayees(Protocol):
    payees: dict[str, Payee]


class MemoryReturns:
    def __init__(self, payments: HasPayments, payees: HasPayees) -> None:
        self._payments = payments
        self._payees = payees

    async def get_by_batch(self, batch_number: str, *, session: Session | None) -> Payment | None:
        found = (one for one in self._returned() if one.batch_number == batch_number)
        return next(found, None)

    def _returned(self) -> list[Payment]:
        return [one for one in self._payments.payments.values() if one.status == "returned"]

    async def list_returned(self, *, reissued: bool, before: str | None, limit: int) -> Sequence[Payment]:
        found = [
            one
            for one in self._returned()
            if (one.reissued_by is not None) is reissued and (before is None or one.batch_number < before)
        ]
        return sorted(found, key=lambda one: one.batch_number, reverse=True)[:limit]

    async def mark_reissued(self, returned: Payment, *, by: str, session: Session | None) -> None:
        known = self._payments.payments.get(returned.payment_id)
        if known is None or known.status != "returned" or known.reissued_by is not None:
            raise ChangedMeanwhile("payments")
        self._payments.payments[returned.payment_id] = replace(known, reissued_by=by)

    async def flag_details(self, payee_id: str, *, version: int, session: Session | None) -> None:
        known = self._payees.payees.get(payee_id)
        if known is not None:
            self._payees.payees[payee_id] = replace(known, flagged_version=max(known.flagged_version or 0, version))

    async def unflag_details(self, payee_id: str, *, session: Session | None) -> None:
        known = self._payees.payees.get(payee_id)
        if known is not None:
            self._payees.payees[payee_id] = replace(known, flagged_version=None)


class MemoryCheques:
    def __init__(self) -> None:
        self.cheques: dict[str, Cheque] = {}
        self._ordinal = 0

    async def take_ordinal(self, *, session: Session | None) -> int:
        self._ordinal += 1
        return self._ordinal

    async def add(self, cheque: Cheque, *, session: Session | None) -> None:
        known = self.cheques.values()
        if cheque.number in self.cheques or any(one.payment_id == cheque.payment_id for one in known):
            raise DuplicateKey
        self.cheques[cheque.number] = cheque

    async def get(self, number: str, *, session: Session | None) -> Cheque | None:
        return self.cheques.get(number)

    async def numbers_of(self, payment_ids: Sequence[str], *, session: Session | None) -> Mapping[str, str]:
        return {one.payment_id: one.number for one in self.cheques.values() if one.payment_id in payment_ids}

    async def decide(self, cheque: Cheque, *, session: Session | None) -> None:
        if self.cheques[cheque.number].status != "issued":
            raise ChangedMeanwhile("cheques")
        self.cheques[cheque.number] = cheque

    async def list_of(self, status: ChequeStatus | None, *, before: str | None, limit: int) -> Sequence[Cheque]:
        found = [
            one
            for number, one in self.cheques.items()
            if (status is None or one.status == status) and (before is None or number < before)
        ]
        return sorted(found, key=lambda one: one.number, reverse=True)[:limit]

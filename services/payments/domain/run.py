"""Payment runs: which open payables are paid together (PAY-1)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.payments.domain.payable import Payable, PayeeClass
from services.payments.domain.payment import PaymentStatus
from shared.money import Cents

RunStatus = Literal["approved", "sent", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The payables of one payee in a run; their sum is positive."""

    payee_id: str
    payables: tuple[Payable, ...]

    @property
    def amount_cents(self) -> Cents:
        return sum(payable.amount_cents for payable in self.payables)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run pays now, and what it leaves open."""

    batches: tuple[Batch, ...]
    carried_over_payees: int
    carried_over_cents: Cents


def plan_run(open_payables: Iterable[Payable], *, enrolled: Collection[str], max_batches: int) -> RunPlan:
    """Gather open payables into one batch per payee, those first that wait longest.

    Recoveries are deducted. A payee who owes as much as is payable, or more, is left for a later run. Carried over, and
    counted, is who is owed something but has no direct deposit, or comes after the ``max_batches``-th batch.
    """
    by_payee: dict[str, list[Payable]] = {}
    for payable in open_payables:
        by_payee.setdefault(payable.payee_id, []).append(payable)
    owed = [Batch(payee_id=payee_id, payables=tuple(payables)) for payee_id, payables in by_payee.items()]
    owed = [batch for batch in owed if batch.amount_cents > 0]
    batches = tuple(batch for batch in owed if batch.payee_id in enrolled)[:max_batches]
    paid = {batch.payee_id for batch in batches}
    carried_over = [batch for batch in owed if batch.payee_id not in paid]
    return RunPlan(
        batches=batches,
        carried_over_payees=len(carried_over),
        carried_over_cents=sum(batch.amount_cents for batch in carried_over),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositFile:
    """The file in which banking sent a run."""

    number: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A closed run. How far its payments are is counted from the payments themselves."""

    run_id: str
    payee_class: PayeeClass
    payable_on: date
    closed_at: datetime
    payments: int
    claims: int
    amount_cents: Cents
    carried_over_payees: int
    carried_over_cents: Cents
    file: DepositFile | None = None


def run_status(counts: Mapping[PaymentStatus, int]) -> RunStatus:
    """Status of a run from the number of its payments in each status: it is as far as the last of them."""
    if counts.get("scheduled"):
        return "approved"
    return "sent" if counts.get("sent") else "settled"

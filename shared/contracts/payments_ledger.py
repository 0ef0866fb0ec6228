"""Reconciliation: what payments is asked by agents, and answers (PAY-6)."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from shared.contracts import Identifier, Instant, Part, Query, View
from shared.contracts.payments import BatchNumber


class Reconcile(Query):
    """Compare claims, payables, batches, file lines and the bank: of one run, or of business days, both included.

    Without any of these: of today.
    """

    wire_type: ClassVar[str] = "payments.reconcile.v1"
    run_id: Identifier | None = None
    from_day: date | None = Field(default=None, description="First business day (America/Toronto).")
    to_day: date | None = Field(default=None, description="Last business day; without it, the same as the first.")


class ReconciliationEquation(Part):
    """Two sums that must be equal, each with its parts in cents by name."""

    name: str
    left: dict[str, int]
    right: dict[str, int]
    difference_cents: int


class ReconciliationDifference(Part):
    """Two figures that ought to be one; ``subject`` is the claim version, payable or payment in question."""

    kind: str
    subject: str
    expected_cents: int
    found_cents: int
    difference_cents: int


class ReconciledBatch(Part):
    """A batch from its claims to the bank."""

    batch_number: BatchNumber
    payment_id: Identifier
    run_id: Identifier
    payee_id: Identifier
    status: str
    method: str
    claims: int
    items_cents: int
    batch_cents: int
    ledger_cents: int
    file_cents: int
    settled_cents: int
    cashed_cents: int
    returned_cents: int
    reissued_cents: int
    in_transit_cents: int


class ReconciliationView(View):
    """The result of a reconciliation. ``difference_cents`` adds up all that differs and is zero when nothing does.

    ``batches`` and ``differences`` are the first of ``batch_count`` and ``difference_count``.
    """

    run_id: Identifier | None = None
    from_day: date | None = None
    to_day: date | None = None
    compared_at: Instant
    reconciled: bool
    difference_cents: int
    equations: tuple[ReconciliationEquation, ...]
    difference_count: int
    differences: tuple[ReconciliationDifference, ...]
    batch_count: int
    batches: tuple[ReconciledBatch, ...]

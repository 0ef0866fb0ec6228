"""Reconciliation: claims = payables = batches = file lines = settlements + returns (PAY-6)."""

from services.payments.domain.reconciliation import Facts, Reconciliation
from services.payments.domain.reconciling_claims import ClaimSide
from services.payments.domain.reconciling_deposits import DepositSide


def reconcile(facts: Facts) -> Reconciliation:
    """Compare everything with its neighbour on the way of a cent, in both directions."""
    claims, deposits = ClaimSide(facts), DepositSide(facts)
    rows = deposits.rows()
    return Reconciliation(
        equations=(*claims.equations(), *deposits.equations(rows)),
        batches=rows,
        differences=(*claims.differences(), *deposits.differences()),
    )

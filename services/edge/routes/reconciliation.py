"""Reconciliation, for agents: claims = payables = batches = file lines = settlements + returns (PAY-6)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.payments_ledger import Reconcile, ReconciliationView

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/reconciliation",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Rapprocher demandes, paiements et dépôts d’un lot ou de jours ouvrables, au cent près",
            "Reconcile claims, payments and deposits of a run or of business days, to the cent",
        ),
        message=Reconcile,
        query=("run_id", "from_day", "to_day"),
        answer=ReconciliationView,
        timeout_seconds=9.0,
    ),
)

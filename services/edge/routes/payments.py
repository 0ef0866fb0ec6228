"""Payments and statements for members; runs and the ledger for agents."""

from typing import Final

from starlette.requests import Request

from services.edge.auth.access import Who
from services.edge.bodies import PaymentRunRequest
from services.edge.intake import IDEMPOTENCY_KEY, derived_id, idempotency_key
from services.edge.language import Text
from services.edge.routes.table import Header, Relay, Row
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.payments import (
    CheckLedger,
    CloseRun,
    GetRun,
    GetStatement,
    LedgerView,
    ListPayments,
    PaymentsPage,
    RunView,
    StatementView,
)

RUN_KEY_HEADER: Final = Header(
    name="Idempotency-Key",
    pattern=f"^{IDEMPOTENCY_KEY.pattern}$",
    meaning=Text("La répéter donne le même lot.", "Repeating it gives the same run."),
    required=False,
)


def run_id(request: Request, actor: Actor, ids: IdMaker) -> str:
    """The same run for the same Idempotency-Key; a new one without it."""
    header = request.headers.get(RUN_KEY_HEADER.name)
    return ids() if header is None else derived_id(actor.account_id, f"run|{idempotency_key(header)}")


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/payments",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=Text("Paiements au dossier, les plus récents d’abord", "Payments to the dossier, newest first"),
        message=ListPayments,
        query=("limit", "before", "from_day", "to_day"),
        answer=PaymentsPage,
    ),
    Relay(
        method="GET",
        path="/statements/{batch_number}",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=Text("Relevé d’un paiement", "Statement of a payment"),
        message=GetStatement,
        answer=StatementView,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/payment-runs",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Fermer un lot de paiements", "Close a payment run"),
        message=CloseRun,
        headers=(RUN_KEY_HEADER,),
        body=PaymentRunRequest,
        made={"run_id": run_id},
        answer=RunView,
        status=201,
        location="/payment-runs/{run_id}",
        timeout_seconds=30.0,
        problems=(409,),
    ),
    Relay(
        method="GET",
        path="/payment-runs/{run_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Un lot de paiements en chiffres", "A payment run in figures"),
        message=GetRun,
        answer=RunView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/ledger",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Le grand livre en chiffres", "The ledger in figures"),
        message=CheckLedger,
        query=("full",),
        timeout_seconds=9.0,
        answer=LedgerView,
    ),
)

"""Payment runs with two agents, and their calendar (PAY-1, PAY-8)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.bodies import PaymentRunRequest
from services.edge.bodies_runs import StopRunRequest
from services.edge.language import Text
from services.edge.routes.payments import RUN_KEY_HEADER, run_id
from services.edge.routes.table import Relay, Row
from shared.contracts.payments_runs import (
    ApproveRun,
    ListRunDates,
    ListRunPayees,
    ListRuns,
    PrepareRun,
    PreviewRun,
    RunDates,
    RunPayeesPage,
    RunPreview,
    RunsPage,
    StopRun,
)

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="POST",
        path="/runs",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Préparer un lot de paiements", "Prepare a payment run"),
        message=PrepareRun,
        headers=(RUN_KEY_HEADER,),
        body=PaymentRunRequest,
        made={"run_id": run_id},
        answer=RunPreview,
        status=201,
        location="/runs/{run_id}",
        timeout_seconds=30.0,
        problems=(409,),
    ),
    Relay(
        method="GET",
        path="/runs",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Lots de paiements, les plus récents d’abord", "Payment runs, newest first"),
        message=ListRuns,
        query=("limit",),
        answer=RunsPage,
    ),
    Relay(
        method="GET",
        path="/run-dates",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Dates des prochains lots de paiements", "Dates of the coming payment runs"),
        message=ListRunDates,
        query=("limit",),
        answer=RunDates,
    ),
    Relay(
        method="GET",
        path="/runs/{run_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Aperçu d’un lot de paiements", "Preview of a payment run"),
        message=PreviewRun,
        answer=RunPreview,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/runs/{run_id}/payees",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Bénéficiaires d’un lot de paiements", "Payees in a payment run"),
        message=ListRunPayees,
        query=("outcome", "after", "limit"),
        answer=RunPayeesPage,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/runs/{run_id}/approval",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Approuver un lot qu’une autre personne a préparé", "Approve a run that somebody else prepared"),
        message=ApproveRun,
        answer=RunPreview,
        timeout_seconds=30.0,
        problems=(404, 409),
    ),
    Relay(
        method="POST",
        path="/runs/{run_id}/stop",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Arrêter un lot avant son envoi", "Stop a run before it is sent"),
        message=StopRun,
        body=StopRunRequest,
        answer=RunPreview,
        timeout_seconds=30.0,
        problems=(404, 409),
    ),
)

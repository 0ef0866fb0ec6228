"""Loading the roster, for agents (REG-20)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import RosterAnswer
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import require_media_type
from services.edge.routes.table import CSV, Backend, Call, NoBody, Row, Special


async def load_roster(backend: Backend, call: Call[NoBody]) -> Response:
    """Load the CSV in the body as it comes in."""
    require_media_type(call.request, CSV)
    return answer(await backend.roster.load(call.request.stream(), actor=call.actor))


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/roster",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Charger la liste des personnes couvertes (CSV)", "Load the roster of covered persons (CSV)"),
        media_type=CSV,
        body=NoBody,
        answer=RosterAnswer,
        handle=load_roster,
    ),
)

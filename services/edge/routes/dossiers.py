"""Several dossiers on one account: adding one, and choosing one for the session (REG-7, LOG-6)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import AccessAnswer
from services.edge.bodies_own_account import DossierChoice, DossierRequest
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, Relay, Row, Special
from shared.contracts.identity.own_account import AddDossier, DossierAdded


async def choose(backend: Backend, call: Call[DossierChoice]) -> Response:
    """Another dossier for this session."""
    return answer(await backend.sessions.choose_dossier(call.actor, call.body.dossier_id))


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="POST",
        path="/dossiers",
        who=Who.MEMBER,
        tag="account",
        summary=Text("Ajouter un dossier à son compte", "Add a dossier to one’s account"),
        message=AddDossier,
        body=DossierRequest,
        answer=DossierAdded,
        status=201,
    ),
    Special(
        method="PUT",
        path="/session/dossier",
        who=Who.MEMBER,
        tag="account",
        summary=Text("Choisir le dossier de la session", "Choose the dossier of the session"),
        body=DossierChoice,
        answer=AccessAnswer,
        problems=(404,),
        handle=choose,
    ),
)

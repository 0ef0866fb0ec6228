"""What agents do about locked accounts (LOG-11)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.table import Backend, Call, NoBody, Row, Special


async def unlock(backend: Backend, call: Call[NoBody]) -> Response:
    """Forget the wrong passwords of an account."""
    await backend.unlocking.unlock(call.path("account_id"), actor=call.actor)
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/administration/accounts/{account_id}/unlock",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Déverrouiller un compte après trop de mots de passe erronés",
            "Unlock an account after too many wrong passwords",
        ),
        body=NoBody,
        answer=None,
        status=204,
        problems=(404,),
        handle=unlock,
    ),
)

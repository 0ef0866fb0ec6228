"""Public keys with which everybody can check our access tokens (RFC 7517)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import JsonWebKeySet
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Row, Special


async def key_set(backend: Backend, _call: Call[NoBody]) -> Response:
    """The keys in use, the present one first."""
    keys = JsonWebKeySet(keys=tuple(backend.access.jwks()))
    return answer(keys, headers={"cache-control": "public, max-age=300"})


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/.well-known/jwks.json",
        who=Who.PUBLIC,
        tag="keys",
        summary=Text("Clés publiques des jetons d’accès", "Public keys of access tokens"),
        body=NoBody,
        answer=JsonWebKeySet,
        handle=key_set,
    ),
)

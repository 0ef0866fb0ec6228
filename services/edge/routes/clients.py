"""Machine clients: agents make, list, renew and end them; a client sees itself (LOG-12)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_clients import ClientRequest, ClientSecretAnswer, SecretRequest
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.identity.clients import ClientsView, ClientView, DisableClient, GetOwnClient, ListClients
from shared.telemetry import current_trace


async def create(backend: Backend, call: Call[ClientRequest]) -> Response:
    """A client with its secret."""
    made = await backend.clients.create(call.body, actor=call.actor)
    return answer(made, 201, headers={"location": f"/administration/clients/{made.client_id}"})


async def rotate(backend: Backend, call: Call[SecretRequest]) -> Response:
    """Another secret."""
    client_id, hours = call.path("client_id"), call.body.overlap_hours
    return answer(await backend.clients.rotate(client_id, overlap_hours=hours, actor=call.actor), 201)


async def disable(backend: Backend, call: Call[NoBody]) -> Response:
    """The end of a client."""
    command = DisableClient.model_validate({"client_id": call.path("client_id")})
    await backend.rpc.request(command, Done, actor=call.actor, trace=current_trace())
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/me/client",
        who=Who.CLIENT,
        tag="clients",
        summary=Text("Le client applicatif dont on utilise le jeton", "The machine client whose token is used"),
        message=GetOwnClient,
        answer=ClientView,
    ),
    Relay(
        method="GET",
        path="/administration/clients",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Clients applicatifs", "Machine clients"),
        message=ListClients,
        answer=ClientsView,
    ),
    Special(
        method="POST",
        path="/administration/clients",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Créer un client applicatif ; son secret n’est montré qu’ici",
            "Create a machine client; its secret is shown here only",
        ),
        body=ClientRequest,
        answer=ClientSecretAnswer,
        status=201,
        handle=create,
    ),
    Special(
        method="POST",
        path="/administration/clients/{client_id}/secrets",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Remplacer le secret d’un client ; l’ancien compte encore un temps",
            "Replace a client's secret; the old one counts a while longer",
        ),
        body=SecretRequest,
        answer=ClientSecretAnswer,
        status=201,
        problems=(404, 409),
        handle=rotate,
    ),
    Special(
        method="DELETE",
        path="/administration/clients/{client_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Désactiver un client applicatif et ses jetons", "Disable a machine client and its tokens"),
        body=NoBody,
        answer=None,
        status=204,
        problems=(404, 409),
        handle=disable,
    ),
)

"""Registration of members (REG-1)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest, RegistrationAnswer, RegistrationRequest
from services.edge.client_address import client_address
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import JSON, Backend, Call, NoBody, Row, Special
from shared.contracts.identity import AccountView


async def start(backend: Backend, call: Call[RegistrationRequest]) -> Response:
    """Begin to register."""
    await backend.rates.allow_registration(client_address(call.request, backend.trusted_proxies))
    return answer(await backend.registrations.start(call.body), 202)


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code."""
    return answer(await backend.registrations.resend(call.path("registration_id")), 202)


async def confirm(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code: an account."""
    account = await backend.registrations.confirm(call.path("registration_id"), call.body.code)
    return Response(account, 201, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/registrations",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("S’inscrire : un code part par courriel", "Register: a code goes out by e-mail"),
        body=RegistrationRequest,
        answer=RegistrationAnswer,
        status=202,
        problems=(429,),
        handle=start,
    ),
    Special(
        method="POST",
        path="/registrations/{registration_id}/resend",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Renvoyer le code d’inscription", "Resend the registration code"),
        body=NoBody,
        answer=RegistrationAnswer,
        status=202,
        problems=(409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/registrations/{registration_id}/confirmation",
        who=Who.PUBLIC,
        tag="registration",
        summary=Text("Confirmer l’inscription par le code", "Confirm the registration with the code"),
        body=CodeRequest,
        answer=AccountView,
        status=201,
        problems=(404, 409, 429),
        handle=confirm,
    ),
)

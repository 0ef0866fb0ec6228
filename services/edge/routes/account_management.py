"""One's own security questions and access address, and a provider's administrator security (LOG-9, DEL-9)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import CodeRequest
from services.edge.bodies_safeguards import (
    AddressChangeAnswer,
    AdministratorSecurityRequest,
    EmailChangeRequest,
    SecurityQuestionsRequest,
)
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.identity.provider_enrolment import SecurityQuestionsView
from shared.contracts.identity.safeguards import (
    AdministratorSecurityView,
    GetAdministratorSecurity,
    ListAdministratorQuestions,
)


async def set_questions(backend: Backend, call: Call[SecurityQuestionsRequest]) -> Response:
    """Other security questions."""
    await backend.management.set_questions(call.actor, call.body)
    return Response(status_code=204)


async def start_email(backend: Backend, call: Call[EmailChangeRequest]) -> Response:
    """A new access address."""
    return answer(await backend.management.start_email(call.actor, call.body), 202)


async def resend(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code to the new address."""
    return answer(await backend.management.resend(call.actor, call.path("change_id")), 202)


async def confirm_email(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code from the new address."""
    await backend.management.confirm_email(call.actor, call.path("change_id"), call.body.code)
    return Response(status_code=204)


async def start_administrator(backend: Backend, call: Call[AdministratorSecurityRequest]) -> Response:
    """Administrator security, added or replaced."""
    return answer(await backend.management.start_administrator(call.actor, call.body), 202)


async def confirm_administrator(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The code from the administrator's address."""
    view = await backend.management.confirm_administrator(call.actor, call.path("change_id"), call.body.code)
    return Response(view, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path="/me/security-questions",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Choisir d’autres questions de sécurité", "Choose other security questions"),
        body=SecurityQuestionsRequest,
        answer=None,
        status=204,
        problems=(429,),
        handle=set_questions,
    ),
    Special(
        method="PUT",
        path="/me/email",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Changer de courriel : un code part à la nouvelle adresse", "Change the e-mail address"),
        body=EmailChangeRequest,
        answer=AddressChangeAnswer,
        status=202,
        problems=(429,),
        handle=start_email,
    ),
    Special(
        method="POST",
        path="/me/email/{change_id}/resend",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Renvoyer le code au nouveau courriel", "Resend the code to the new e-mail address"),
        body=NoBody,
        answer=AddressChangeAnswer,
        status=202,
        problems=(404, 409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/me/email/{change_id}/code",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Confirmer le nouveau courriel par le code", "Confirm the new e-mail address with the code"),
        body=CodeRequest,
        answer=None,
        status=204,
        problems=(404, 409, 429),
        handle=confirm_email,
    ),
    Relay(
        method="GET",
        path="/administrator-security",
        who=Who.PROVIDER_ALONE,
        tag="account",
        summary=Text("Sécurité d’administrateur, masquée", "Administrator security, masked"),
        message=GetAdministratorSecurity,
        answer=AdministratorSecurityView,
    ),
    Relay(
        method="GET",
        path="/administrator-security/questions",
        who=Who.PROVIDER_ALONE,
        tag="account",
        summary=Text("Questions de la sécurité d’administrateur", "Questions of administrator security"),
        message=ListAdministratorQuestions,
        answer=SecurityQuestionsView,
    ),
    Special(
        method="PUT",
        path="/administrator-security",
        who=Who.PROVIDER_ALONE,
        step_up="administrator_change",
        tag="account",
        summary=Text("Ajouter ou remplacer la sécurité d’administrateur", "Add or replace administrator security"),
        body=AdministratorSecurityRequest,
        answer=AddressChangeAnswer,
        status=202,
        problems=(409,),
        handle=start_administrator,
    ),
    Special(
        method="POST",
        path="/administrator-security/{change_id}/resend",
        who=Who.PROVIDER_ALONE,
        tag="account",
        summary=Text("Renvoyer le code au courriel de l’administrateur", "Resend the code to the administrator"),
        body=NoBody,
        answer=AddressChangeAnswer,
        status=202,
        problems=(404, 409, 429),
        handle=resend,
    ),
    Special(
        method="POST",
        path="/administrator-security/{change_id}/code",
        who=Who.PROVIDER_ALONE,
        tag="account",
        summary=Text("Confirmer le courriel de l’administrateur", "Confirm the administrator’s e-mail address"),
        body=CodeRequest,
        answer=AdministratorSecurityView,
        problems=(404, 409, 429),
        handle=confirm_administrator,
    ),
)

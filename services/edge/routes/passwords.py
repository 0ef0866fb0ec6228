"""Changing one's own password, and for agents: sending a temporary one again (REG-15)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.passwords_bodies import PasswordChangeRequest
from services.edge.routes.table import Backend, Call, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.identity.passwords import ReissueTemporaryPassword


async def change_password(backend: Backend, call: Call[PasswordChangeRequest]) -> Response:
    """The present password and another one."""
    address = str(backend.origins.address(call.request))
    done = await backend.own_passwords.change(
        call.actor, current=call.body.current_password, new=call.body.new_password, address=address
    )
    return answer(done)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path="/me/password",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Changer son mot de passe", "Change one's password"),
        body=PasswordChangeRequest,
        answer=Done,
        problems=(409, 429),
        despite=frozenset({"new_password", "second_factor", "terms", "enrolment", "not_open_yet"}),
        handle=change_password,
    ),
    Relay(
        method="POST",
        path="/administration/accounts/{account_id}/temporary-password",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Envoyer un nouveau mot de passe temporaire", "Send another temporary password"),
        message=ReissueTemporaryPassword,
        answer=Done,
        status=202,
        problems=(404, 409),
    ),
)

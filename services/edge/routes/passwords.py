"""Changing one's own password, and for agents: sending a temporary one again (REG-15)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.passwords_bodies import PasswordChangeRequest
from services.edge.routes.table import JSON, Backend, Call, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.telemetry import current_trace


async def change_password(backend: Backend, call: Call[PasswordChangeRequest]) -> Response:
    """Both passwords travel sealed for identity and for this account."""
    account_id = call.actor.account_id
    command = ChangePassword(
        current_password=backend.sealing.password(call.body.current_password, subject=account_id),
        new_password=backend.sealing.password(call.body.new_password, subject=account_id),
    )
    done = await backend.rpc.request_raw(command, actor=call.actor, trace=current_trace())
    return Response(done, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="PUT",
        path="/me/password",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Changer son mot de passe", "Change one's password"),
        body=PasswordChangeRequest,
        answer=Done,
        problems=(409,),
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

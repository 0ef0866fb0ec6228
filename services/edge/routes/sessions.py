"""One's own sessions and devices (LOG-10)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.sessions_bodies import (
    DevicesAnswer,
    SessionsAnswer,
    SessionsEnded,
    device_answer,
    session_answer,
)
from services.edge.routes.table import Backend, Call, NoBody, Row, Special


async def list_sessions(backend: Backend, call: Call[NoBody]) -> Response:
    """Live sessions."""
    found = await backend.own_sessions.sessions(call.actor)
    current = call.actor.session_id
    return answer(SessionsAnswer(sessions=tuple(session_answer(record, current=current) for record in found)))


async def end_session(backend: Backend, call: Call[NoBody]) -> Response:
    """The end of one session."""
    await backend.own_sessions.end(call.actor, call.path("session_id"))
    return Response(status_code=204)


async def end_others(backend: Backend, call: Call[NoBody]) -> Response:
    """The end of all sessions but this one."""
    return answer(SessionsEnded(ended=await backend.own_sessions.end_others(call.actor)))


async def list_devices(backend: Backend, call: Call[NoBody]) -> Response:
    """Known browsers."""
    current = (await backend.own_sessions.current(call.actor)).device_id
    found = await backend.own_sessions.devices(call.actor)
    return answer(DevicesAnswer(devices=tuple(device_answer(record, current=current) for record in found)))


async def forget_device(backend: Backend, call: Call[NoBody]) -> Response:
    """A browser is forgotten, and its sessions end."""
    await backend.own_sessions.forget(call.actor, call.path("device_id"))
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/sessions",
        who=Who.SIGNED_IN,
        tag="sessions",
        summary=Text("Ses sessions ouvertes", "One's own live sessions"),
        body=NoBody,
        answer=SessionsAnswer,
        handle=list_sessions,
    ),
    Special(
        method="DELETE",
        path="/sessions",
        who=Who.SIGNED_IN,
        tag="sessions",
        summary=Text("Fermer toutes ses autres sessions", "End all other sessions"),
        body=NoBody,
        answer=SessionsEnded,
        handle=end_others,
    ),
    Special(
        method="DELETE",
        path="/sessions/{session_id}",
        who=Who.SIGNED_IN,
        tag="sessions",
        summary=Text("Fermer une de ses sessions", "End one of one's sessions"),
        body=NoBody,
        answer=None,
        status=204,
        problems=(404,),
        handle=end_session,
    ),
    Special(
        method="GET",
        path="/devices",
        who=Who.SIGNED_IN,
        tag="sessions",
        summary=Text("Ses appareils connus", "One's own known devices"),
        body=NoBody,
        answer=DevicesAnswer,
        handle=list_devices,
    ),
    Special(
        method="DELETE",
        path="/devices/{device_id}",
        who=Who.SIGNED_IN,
        tag="sessions",
        summary=Text("Oublier un appareil et fermer ses sessions", "Forget a device and end its sessions"),
        body=NoBody,
        answer=None,
        status=204,
        problems=(404,),
        handle=forget_device,
    ),
)

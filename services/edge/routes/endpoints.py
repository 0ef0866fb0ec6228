"""From rows to endpoints. FastAPI's own request handling (dependency solving, response models) is left out: an endpoint
here admits the caller, reads, sends, and hands the answer's bytes through.
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.edge.auth.step_up import HEADER
from services.edge.boundary import ROUTE
from services.edge.problems import Invalid
from services.edge.routes.reading import read_json
from services.edge.routes.table import JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.contracts import Actor, Command, Query
from shared.contracts.identity.safeguards import StepUpAction
from shared.errors import Transient
from shared.telemetry import current_trace

Answering = Callable[[Request], Awaitable[Response]]


class _Endpoint:
    """A row as an ASGI application: Starlette routes to it as it is and adds no layer of its own."""

    def __init__(self, row: Row, answering: Answering) -> None:
        self._name = row.name
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self._name
        response = await self._answering(Request(scope, receive))
        await response(scope, receive, send)


def route(row: Row, backend: Backend) -> Route:
    """The route of a row."""
    match row:
        case Relay():
            answering = _relaying(row, backend)
        case Special():
            answering = _special(row, backend)
        case _:
            raise TypeError(f"{row.name} is neither relayed nor special")
    return Route(row.path, _Endpoint(row, answering), methods=[row.method], name=row.name)


def answer(view: BaseModel, status: int = 200, *, headers: dict[str, str] | None = None) -> Response:
    """An answer composed here, as JSON."""
    return Response(view.model_dump_json(), status, headers, JSON)


def _relaying(row: Relay, backend: Backend) -> Answering:
    rule = row.rule

    async def endpoint(request: Request) -> Response:
        actor = backend.guard.admit(request, rule)
        message = await _message(row, request, backend, actor)
        body = await backend.rpc.request_raw(
            message, actor=actor, trace=current_trace(), timeout_seconds=row.timeout_seconds
        )
        headers = None if row.location is None else {"location": row.location.format(**dict(message))}
        return Response(body, row.status, headers, JSON)

    return endpoint


async def _message(row: Relay, request: Request, backend: Backend, actor: Actor | None) -> Command | Query:
    fields: dict[str, object] = dict(request.path_params)
    if row.query and request.scope["query_string"]:
        given = request.query_params
        fields |= {name: given[name] for name in row.query if name in given}
    if row.body is not None:
        fields |= dict(await read_json(request, row.body, limit=backend.body_limit_bytes))
    if actor is not None:
        fields |= {name: make(request, actor, backend.ids) for name, make in row.made.items()}
    try:
        return row.message.model_validate(fields)
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


_NO_BODY = NoBody()


def _special(row: Special[BaseModel], backend: Backend) -> Answering:
    rule = row.rule

    async def endpoint(request: Request) -> Response:
        caller = backend.guard.admit(request, rule)
        body: BaseModel = _NO_BODY
        if row.body is not NoBody:
            body = await read_json(request, row.body, limit=backend.body_limit_bytes)
        call = Call(request, body, caller)
        return await (
            row.handle(backend, call) if row.step_up is None else _stepped_up(row, row.step_up, backend, call)
        )

    return endpoint


async def _stepped_up(
    row: Special[BaseModel], action: StepUpAction, backend: Backend, call: Call[BaseModel]
) -> Response:
    """The answer to a change for which a step-up vouches; its token is used up, unless nothing could be tried."""
    token = call.request.headers.get(HEADER, "")
    await backend.step_ups.use(token, call.actor, action, call.body)
    try:
        return await row.handle(backend, call)
    except Transient:
        await backend.step_ups.give_back(token)
        raise

"""The HTTP application: FastAPI for what describes the routes, the table for what they do."""

from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from services.edge.boundary import ROUTE, Boundary
from services.edge.language import ENGLISH, preferred
from services.edge.openapi import TITLE, VERSION, document
from services.edge.routes import TABLE
from services.edge.routes.endpoints import route
from services.edge.routes.table import JSON, Backend
from shared.clock import IdMaker

OPENAPI_PATH = "/openapi.json"
DOCS_PATH = "/docs"


class EdgeApi(FastAPI):
    """Its routes behind the boundary. No endpoint here uses FastAPI's dependencies or middleware, and each layer costs
    every request, so they are left out.
    """

    def __init__(self, backend: Backend, *, ids: IdMaker) -> None:
        super().__init__(
            title=TITLE,
            version=VERSION,
            openapi_url=None,
            redirect_slashes=False,
            routes=[*(route(row, backend) for row in TABLE), *_describing_routes()],
        )
        self._boundary = Boundary(Router(self.routes, redirect_slashes=False), ids=ids)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the end of the server's life."""
        scope["app"] = self
        await self._boundary(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document in English; ``/openapi.json`` speaks both languages."""
        return document(ENGLISH)


def _describing_routes() -> list[Route]:
    async def openapi(request: Request) -> Response:
        request.scope[ROUTE] = f"GET {OPENAPI_PATH}"
        language = preferred(request.headers.get("accept-language", ""))
        headers = {"content-language": language, "vary": "Accept-Language"}
        return Response(orjson.dumps(document(language)), headers=headers, media_type=JSON)

    async def docs(request: Request) -> Response:
        request.scope[ROUTE] = f"GET {DOCS_PATH}"
        return get_swagger_ui_html(openapi_url=OPENAPI_PATH, title=TITLE)

    return [Route(OPENAPI_PATH, openapi), Route(DOCS_PATH, docs)]

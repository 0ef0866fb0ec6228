"""Descriptions of public events, for those who write a subscriber; as open as the events' meaning is (SUB-1)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.event_contracts import (
    ASYNCAPI_JSON,
    SCHEMA_JSON,
    Document,
    asyncapi_document,
    schema_documents,
)
from services.edge.language import Text
from services.edge.routes.table import Backend, Call, NoBody, Row, Special
from shared.errors import NotFound

CACHED: Final = "public, max-age=3600"


async def asyncapi(_backend: Backend, call: Call[NoBody]) -> Response:
    """All public events in one document."""
    return _served(asyncapi_document(), call.request)


async def event_schema(_backend: Backend, call: Call[NoBody]) -> Response:
    """The schema of one event's ``data``; internal messages are unknown here."""
    document = schema_documents().get(call.path("wire_type"))
    if document is None:
        raise NotFound("events.schema_not_found")
    return _served(document, call.request)


def _served(document: Document, request: Request) -> Response:
    """The document, or that the caller has it already (RFC 9110, section 13.1.2)."""
    headers = {"etag": document.etag, "cache-control": CACHED}
    if _has(request.headers.get("if-none-match", ""), document.etag):
        return Response(status_code=304, headers=headers)
    return Response(document.body, headers=headers, media_type=document.media_type)


def _has(if_none_match: str, etag: str) -> bool:
    """Whether one of the tags is ours; a proxy that compresses makes it weak."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(tags & {etag, "*"})


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/asyncapi.json",
        who=Who.PUBLIC,
        tag="events",
        summary=Text("Événements publics, décrits en AsyncAPI", "Public events, described in AsyncAPI"),
        body=NoBody,
        answer=None,
        answer_media_type=ASYNCAPI_JSON,
        handle=asyncapi,
    ),
    Special(
        method="GET",
        path="/schemas/{wire_type}",
        who=Who.PUBLIC,
        tag="events",
        summary=Text("Schéma JSON d’un événement public", "JSON Schema of a public event"),
        body=NoBody,
        answer=None,
        answer_media_type=SCHEMA_JSON,
        problems=(404,),
        handle=event_schema,
    ),
)

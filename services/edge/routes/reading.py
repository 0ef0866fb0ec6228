"""Reading request bodies: of the right type, of bounded size, and valid."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.edge.problems import Malformed, TooLarge, UnsupportedMediaType, invalid_body
from services.edge.routes.table import JSON

B = TypeVar("B", bound=BaseModel)


def require_media_type(request: Request, expected: str) -> None:
    """Refuse a body of another type.

    Raises:
        UnsupportedMediaType.
    """
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated != expected:
        raise UnsupportedMediaType(expected)


async def read_json(request: Request, model: type[B], *, limit: int) -> B:
    """The body as ``model``, validated from its bytes.

    Raises:
        UnsupportedMediaType, TooLarge, Malformed, Invalid.
    """
    require_media_type(request, JSON)
    raw = await _read(request, limit)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid_body(error) from None


async def read_text(request: Request, *, limit: int) -> str:
    """The body as UTF-8 text.

    Raises:
        TooLarge, Malformed.
    """
    try:
        return (await _read(request, limit)).decode()
    except UnicodeDecodeError as error:
        raise Malformed from error


def media_type_of(request: Request, accepted: Sequence[str]) -> str:
    """The type that the request states, one of ``accepted``.

    Raises:
        UnsupportedMediaType: naming the first of them.
    """
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated not in accepted:
        raise UnsupportedMediaType(" / ".join(accepted))
    return stated


async def read_bytes(request: Request, *, limit: int) -> bytes:
    """The body as it is.

    Raises:
        TooLarge.
    """
    return await _read(request, limit)


async def _read(request: Request, limit: int) -> bytes:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise TooLarge(limit)
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise TooLarge(limit)
    return bytes(received)

"""Errors as HTTP: RFC 9457 problem details in French or English. The only place that knows HTTP status numbers of
errors.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.responses import Response

from services.edge.bodies import Problem, ProblemError
from services.edge.language import Text
from shared.errors import AppError, Rejected

CATALOGUE: Final = Path(__file__).parent / "problems.toml"
TYPE_PREFIX: Final = "urn:acquit:problem:"
RETRY_AFTER_SECONDS: Final = 5
FAMILY_STATUS: Final[Mapping[str, int]] = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "rejected": 422,
    "throttled": 429,
    "defect": 500,
    "transient": 503,
}
_CHALLENGE: Final = 'Bearer realm="acquit"'
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,40}")
_MAXIMUM_ERRORS: Final = 50
_OF_BOXES: Final = "banking."
"""Services that name the field of a refusal, as it is called in the body of the request."""


class Malformed(AppError):  # noqa: N818
    """Not JSON, or not readable as what it says it is."""

    family = "malformed"

    def __init__(self) -> None:
        super().__init__("request.malformed")


class TooLarge(AppError):  # noqa: N818
    """The body is larger than the route takes."""

    family = "too_large"

    def __init__(self, maximum: int) -> None:
        super().__init__("request.too_large", maximum=maximum)


class UnsupportedMediaType(AppError):  # noqa: N818
    """The route takes another content type."""

    family = "unsupported_media_type"

    def __init__(self, expected: str) -> None:
        super().__init__("request.unsupported_media_type", expected=expected)


class UnknownPath(AppError):  # noqa: N818
    """There is no such route."""

    family = "not_found"

    def __init__(self) -> None:
        super().__init__("request.unknown_path")


class MethodNotAllowed(AppError):  # noqa: N818
    """The route exists, with other methods."""

    family = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__("request.method_not_allowed", allowed=allowed)
        self.allowed = allowed


class Defect(AppError):  # noqa: N818
    """Something here is broken; the log has it under the request id."""

    def __init__(self) -> None:
        super().__init__("internal.defect")


class Invalid(Rejected):
    """The request does not have the shape that the route asks for. Knows where and why, never what was sent."""

    def __init__(self, error: ValidationError, *, in_body: bool) -> None:
        super().__init__("request.invalid")
        self.in_body = in_body
        found = error.errors(include_url=False, include_input=False)
        self.findings = tuple(
            (_location(item["loc"], item["type"]), item["type"], _figures(item.get("ctx", {})))
            for item in found[:_MAXIMUM_ERRORS]
            if not _only_follows(item, found)
        )


class RowsRefused(Rejected):
    """Rows of a file are malformed: for each the code of its words, the file and the line."""

    def __init__(self, code: str, rows: Sequence[tuple[str, str, int]]) -> None:
        super().__init__(code, count=len(rows))
        self.rows = tuple(rows)


def _only_follows(item: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """A list counts its valid items only: that it is too short says nothing new where an item is wrong."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == item["loc"] for other in found
    )


def invalid_body(error: ValidationError) -> AppError:
    """The refusal for a body: not JSON at all, or not in the right shape."""
    if any(item["type"] == "json_invalid" for item in error.errors(include_url=False, include_input=False)):
        return Malformed()
    return Invalid(error, in_body=True)


def _location(loc: Iterable[str | int], kind: str) -> tuple[str, ...]:
    """Where, in names of ours only: what the sender named is replaced by a star."""
    parts = [str(part) if _PLAIN_NAME.fullmatch(str(part)) else "*" for part in loc]
    return tuple(parts[:-1] if kind == "extra_forbidden" else parts)


def _figures(context: Mapping[str, object]) -> dict[str, int]:
    """The limits that a constraint mentions: numbers only."""
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {name: value for name in names if isinstance(value := context.get(name), int)}


class _Figures(dict[str, str | int]):
    def __missing__(self, key: str) -> str:
        return "…"


def _filled(text: str, figures: Mapping[str, str | int]) -> str:
    return text.format_map(_Figures(figures))


@cache
def catalogue() -> Mapping[str, tuple[Text, Text]]:
    """Title and detail of every known code, and of ``family.<family>`` for the codes that are not."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        code: (Text(entry["fr"][0], entry["en"][0]), Text(entry["fr"][1], entry["en"][1]))
        for code, entry in tables.items()
    }


def status_of(error: AppError) -> int:
    """The HTTP status of an error."""
    return FAMILY_STATUS.get(error.family, 500)


def describe(error: AppError, *, language: str, request_id: str | None = None) -> Problem:
    """The problem document of an error, in ``language``."""
    entries = catalogue()
    title, detail = entries.get(error.code) or entries.get(f"family.{error.family}") or entries["family.defect"]
    return Problem(
        type=TYPE_PREFIX + error.code,
        title=title[language],
        status=status_of(error),
        detail=_filled(detail[language], error.params),
        code=error.code,
        instance=None if request_id is None else f"urn:acquit:request:{request_id}",
        retry_after_seconds=_retry_after(error),
        errors=_errors(error, language),
    )


def _errors(error: AppError, language: str) -> tuple[ProblemError, ...]:
    match error:
        case Invalid():
            return _findings(error, language)
        case RowsRefused():
            return tuple(
                ProblemError(code=code, detail=_filled(catalogue()[code][1][language], {"file": file, "line": line}))
                for code, file, line in error.rows
            )
        case AppError(code=code, params={"field": str(field)}) if code.startswith(_OF_BOXES):
            detail = catalogue()[code][1][language] if code in catalogue() else ""
            return (ProblemError(pointer=f"#/{field}", code=code, detail=_filled(detail, error.params)),)
        case _:
            return ()


def _findings(error: Invalid, language: str) -> tuple[ProblemError, ...]:
    entries = catalogue()
    found: list[ProblemError] = []
    for location, kind, figures in error.findings:
        code = f"validation.{kind}"
        _, detail = entries.get(code, entries["validation.other"])
        found.append(
            ProblemError(
                pointer="#" + "".join(f"/{part}" for part in location) if error.in_body else None,
                parameter=None if error.in_body else ".".join(location),
                code=code,
                detail=_filled(detail[language], figures),
            )
        )
    return tuple(found)


def _retry_after(error: AppError) -> int | None:
    match error.family:
        case "throttled":
            return int(error.params.get("retry_after_seconds", RETRY_AFTER_SECONDS))
        case "transient":
            return RETRY_AFTER_SECONDS
        case _:
            return None


def respond(error: AppError, *, language: str, request_id: str | None = None) -> Response:
    """The HTTP answer for an error."""
    problem = describe(error, language=language, request_id=request_id)
    content = problem.model_dump_json(exclude_none=True, exclude=None if problem.errors else {"errors"})
    return Response(content, problem.status, headers_of(error, problem, language), "application/problem+json")


def headers_of(error: AppError, problem: Problem, language: str) -> dict[str, str]:
    """The headers of a refusal, whatever form its body has."""
    headers = {"content-language": language, "vary": "Accept-Language"}
    if problem.retry_after_seconds is not None:
        headers["retry-after"] = str(problem.retry_after_seconds)
    if problem.status == FAMILY_STATUS["unauthenticated"]:
        invalid = error.code in {"token.invalid", "token.outdated", "session.ended"}
        headers["www-authenticate"] = _CHALLENGE + (', error="invalid_token"' if invalid else "")
    if error.code == "access.scope_missing":
        headers["www-authenticate"] = f'{_CHALLENGE}, error="insufficient_scope", scope="{error.params["scope"]}"'
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.allowed
    return headers

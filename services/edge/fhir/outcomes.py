"""Refusals below ``/fhir/`` as OperationOutcome: the same codes, words, status and headers as everywhere else.

Written without the library, so that refusing costs nothing; tests hold it against R4B.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.responses import Response

from services.edge.bodies import Problem
from services.edge.fhir.codes import BASE, FHIR_JSON, PROBLEM
from services.edge.fhir.refusals import NotConformant, Refused
from services.edge.problems import Invalid, describe, headers_of
from shared.errors import AppError

_ISSUE_OF_FAMILY: Final[Mapping[str, str]] = {
    "malformed": "structure",
    "unauthenticated": "login",
    "forbidden": "forbidden",
    "not_found": "not-found",
    "method_not_allowed": "not-supported",
    "conflict": "conflict",
    "too_large": "too-long",
    "unsupported_media_type": "not-supported",
    "rejected": "business-rule",
    "throttled": "throttled",
    "transient": "transient",
}
_ISSUE_OF_FINDING: Final[Mapping[str, str]] = {
    "validation.missing": "required",
    "validation.extra_forbidden": "structure",
    "validation.literal_error": "code-invalid",
}


def covers(path: str) -> bool:
    """Whether what is refused at this path is refused in FHIR's form."""
    return path.startswith(BASE)


def respond(error: AppError, *, language: str, request_id: str | None = None) -> Response:
    """The HTTP answer for an error."""
    problem = describe(error, language=language, request_id=request_id)
    outcome = {"resourceType": "OperationOutcome", "issue": _issues(error, problem)}
    return Response(orjson.dumps(outcome), problem.status, headers_of(error, problem, language), FHIR_JSON)


def _issues(error: AppError, problem: Problem) -> list[dict[str, object]]:
    match error:
        case Invalid() if problem.errors:
            found = zip(problem.errors, _expressions(error), strict=True)
            return [
                _issue(_ISSUE_OF_FINDING.get(each.code, "value"), each.code, problem, each.detail, expression)
                for each, expression in found
            ]
        case Refused():
            return [_issue(error.issue, problem.code, problem, problem.detail, error.expression)]
        case _:
            issue = _ISSUE_OF_FAMILY.get(error.family, "exception")
            return [_issue(issue, problem.code, problem, problem.detail, None)]


def _expressions(error: Invalid) -> tuple[str, ...]:
    if isinstance(error, NotConformant):
        return error.expressions
    return tuple("http." + ".".join(location) for location, _, _ in error.findings)


def _issue(kind: str, code: str, problem: Problem, text: str, expression: str | None) -> dict[str, object]:
    issue: dict[str, object] = {
        "severity": "fatal" if kind == "exception" else "error",
        "code": kind,
        "details": {"coding": [{"system": PROBLEM, "code": code, "display": problem.title}], "text": text},
    }
    if problem.instance is not None:
        issue["diagnostics"] = problem.instance
    if expression is not None:
        issue["expression"] = [expression]
    return issue

"""The OpenAPI document, written from the table: every route with its schemas, its rule and its problems."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from services.edge.auth.access import Who
from services.edge.auth.step_up import HEADER
from services.edge.bodies import Problem
from services.edge.fhir.codes import FHIR_JSON
from services.edge.fhir.outcomes import covers
from services.edge.language import Text
from services.edge.routes import TABLE
from services.edge.routes.table import JSON, Header, NoBody, Relay, Row, Special

VERSION: Final = "0.1.0"
PROBLEM_JSON: Final = "application/problem+json"
TITLE: Final = "Acquit"
_DESCRIPTION: Final = Text(
    "Demandes de règlement en assurance maladie : inscription, connexion, soumission, paiements.",
    "Health-benefit claims: registration, sign-in, submission, payments.",
)
_BEARER: Final = Text("Jeton d’accès de dix minutes.", "Access token, valid for ten minutes.")
_WHO: Final[Mapping[Who, Text]] = {
    Who.PUBLIC: Text("Ouvert à tous.", "Open to everybody."),
    Who.SIGNED_IN: Text("Toute personne connectée.", "Anybody signed in."),
    Who.MEMBER: Text("Membres.", "Members."),
    Who.PROVIDER: Text("Fournisseurs, et délégués en leur nom.", "Providers, and delegates on their behalf."),
    Who.PROVIDER_ALONE: Text("Fournisseurs, en personne.", "Providers, in person."),
    Who.CLAIMANT: Text(
        "Membres ; professionnels, et leurs mandataires selon leurs accès.",
        "Members; providers, and their delegates by their grants.",
    ),
    Who.AGENT: Text("Personnel de l’assureur.", "The insurer's staff."),
    Who.CLIENT: Text("Clients applicatifs.", "Machine clients."),
}
_WITH_SCOPE: Final = Text("Clients applicatifs avec la portée", "Machine clients with the scope")
_PROBLEMS: Final[Mapping[int, Text]] = {
    400: Text("Le corps n’est pas du JSON.", "The body is not JSON."),
    401: Text("Pas connecté, ou plus.", "Not signed in, or not any more."),
    403: Text("Pas permis.", "Not permitted."),
    404: Text("Introuvable.", "Not found."),
    409: Text("Contredit l’état présent.", "Contradicts the present state."),
    413: Text("Corps trop grand.", "Body too large."),
    415: Text("Autre type de contenu attendu.", "Another content type is expected."),
    422: Text("Compris et refusé.", "Understood and refused."),
    429: Text("Trop tôt ou trop souvent ; voir Retry-After.", "Too early or too often; see Retry-After."),
    500: Text("Défaut chez nous.", "A defect on our side."),
    503: Text("Pas possible en ce moment ; voir Retry-After.", "Not possible right now; see Retry-After."),
}
_STEP_UP: Final = Header(
    HEADER,
    r"^[A-Za-z0-9_-]{43}$",
    Text(
        "Jeton d’une confirmation faite juste avant, pour ce corps exactement (POST /step-ups).",
        "Token of a confirmation made just before, for exactly this body (POST /step-ups).",
    ),
)
_REF: Final = "#/components/schemas/{model}"
_ModelInMode = tuple[type[BaseModel], JsonSchemaMode]


@cache
def document(language: str) -> dict[str, Any]:
    """OpenAPI 3.1 of the whole table, with texts in ``fr`` or ``en``."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _DESCRIPTION[language]},
        "paths": _paths(TABLE, language),
        "components": {
            "schemas": _schemas(TABLE),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": _BEARER[language],
                }
            },
        },
    }


def _paths(rows: Iterable[Row], language: str) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, language)
    return paths


def _operation(row: Row, language: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z0-9]+", "_", row.name.lower()).strip("_"),
        "tags": [row.tag],
        "summary": row.summary[language],
        "description": _rule_text(row, language),
        "parameters": [*_parameters(row), *_header_parameters(row, language)],
        "responses": {str(row.status): _success(row)} | _problems(row, language) | _errors(row, language),
        "security": [] if row.who is Who.PUBLIC else [{"bearer": []}],
    }
    body = _body(row)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(body)}}}
    elif row.media_type != JSON:
        operation["requestBody"] = {"required": True, "content": {row.media_type: {"schema": _plain(row.media_type)}}}
    return operation


def _rule_text(row: Row, language: str) -> str:
    text = _WHO[row.who][language]
    return text if row.scope is None else f"{text} {_WITH_SCOPE[language]} `{row.scope}`."


def _parameters(row: Row) -> list[dict[str, Any]]:
    fields: Mapping[str, Any] = {}
    query: Sequence[str] = ()
    required: Sequence[str] = ()
    if isinstance(row, Relay):
        fields, query = row.message.model_json_schema()["properties"], row.query
    elif isinstance(row, Special) and row.query is not None:
        schema = row.query.model_json_schema()
        fields, query, required = schema["properties"], tuple(schema["properties"]), schema.get("required", ())
    plain = {"type": "string"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": fields.get(name, plain)}
        for name in row.path_parameters
    ]
    return in_path + [
        {"name": name, "in": "query", "required": name in required, "schema": fields[name]} for name in query
    ]


def _header_parameters(row: Row, language: str) -> list[dict[str, Any]]:
    return [
        {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "description": header.meaning[language],
            "schema": {"type": "string", "pattern": header.pattern},
        }
        for header in (*row.headers, *((_STEP_UP,) if row.step_up is not None else ()))
    ]


def _success(row: Row) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(row.status).phrase}
    if row.answer is not None:
        described["content"] = {JSON: {"schema": _ref(row.answer)}}
    elif row.answer_media_type is not None:
        binary = not row.answer_media_type.endswith("+json")
        schema = {"type": "string", "format": "binary"} if binary else {"type": "object"}
        described["content"] = {row.answer_media_type: {"schema": schema}}
    return described


def _problems(row: Row, language: str) -> dict[str, Any]:
    statuses = {500, 503, *row.problems}
    if row.who is not Who.PUBLIC:
        statuses |= {401, 403}
    if _body(row) is not None:
        statuses |= {400, 413, 415, 422}
    elif row.media_type != JSON:
        statuses |= {413, 415, 422}
    elif isinstance(row, Relay) and (row.path_parameters or row.query):
        statuses.add(422)
    content: dict[str, Any] = {PROBLEM_JSON: {"schema": _ref(Problem)}}
    if covers(row.path):
        content = {FHIR_JSON: {"schema": _plain(FHIR_JSON)}}
    return {
        str(status): {"description": _PROBLEMS[status][language], "content": content} for status in sorted(statuses)
    }


def _plain(media_type: str) -> dict[str, str]:
    """Of what is described elsewhere: FHIR's resources by HL7."""
    return {"type": "object" if media_type == FHIR_JSON else "string"}


def _errors(row: Row, language: str) -> dict[str, Any]:
    return {
        str(status): {"description": _PROBLEMS[status][language], "content": {JSON: {"schema": _ref(model)}}}
        for status, model in row.errors.items()
    }


def _body(row: Row) -> type[BaseModel] | None:
    match row:
        case Relay(body=body):
            return body
        case Special(body=body) if body is not NoBody:
            return body
        case _:
            return None


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas(rows: Iterable[Row]) -> dict[str, Any]:
    models: dict[type[BaseModel], JsonSchemaMode] = {Problem: "serialization"}
    for row in rows:
        if row.answer is not None:
            models.setdefault(row.answer, "serialization")
        models |= dict.fromkeys(row.errors.values(), "serialization")
        body = _body(row)
        if body is not None:
            models.setdefault(body, "validation")
    pairs: list[_ModelInMode] = list(models.items())
    _, schema = models_json_schema(pairs, ref_template=_REF)
    return dict(sorted(schema["$defs"].items()))

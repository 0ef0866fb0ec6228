"""Tokens for machine clients: the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4; docs/adr/0014).

Answers and errors of this one route are those of the RFC, not problem documents: standard clients read them.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_clients import ClientTokenAnswer, OAuthErrorAnswer
from services.edge.language import Text
from services.edge.problems import RETRY_AFTER_SECONDS
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import read_text, require_media_type
from services.edge.routes.table import FORM, Backend, Call, NoBody, Row, Special
from shared.contracts.identity.clients import SCOPES
from shared.errors import AppError

GRANT: Final = "client_credentials"
_FIELDS: Final = frozenset({"grant_type", "scope", "client_id", "client_secret"})
_LIMIT_BYTES: Final = 8 * 1024
_PRAGMA: Final = {"pragma": "no-cache"}
_REFUSALS: Final[Mapping[str, str]] = {
    "identity.client_refused": "invalid_client",
    "identity.scope_not_granted": "invalid_scope",
}


class OAuthError(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


async def token(backend: Backend, call: Call[NoBody]) -> Response:
    """A token for a client's id and secret."""
    require_media_type(call.request, FORM)
    try:
        given = _parameters(await read_text(call.request, limit=_LIMIT_BYTES))
        client_id, secret = _credentials(call.request, given)
        if given.get("grant_type") != GRANT:
            raise _grant_error(given)
        made = await backend.clients.token(client_id, secret, scopes=_scopes(given))
    except OAuthError as error:
        return _refusal(error)
    except ValidationError:
        return _refusal(_unknown_client())
    except AppError as error:
        return _refused(error)
    return answer(made, headers=_PRAGMA)


def _parameters(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=20)
    except ValueError as error:
        raise OAuthError("invalid_request", "the body cannot be read") from error
    known = [(name, value) for name, value in pairs if name in _FIELDS and value]
    if len({name for name, _ in known}) != len(known):
        raise OAuthError("invalid_request", "a parameter is given twice")
    return dict(known)


def _credentials(request: Request, given: Mapping[str, str]) -> tuple[str, str]:
    """From the header, or from the body; never from both."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme and "client_secret" in given:
        raise OAuthError("invalid_request", "two ways of authentication at once")
    if not scheme:
        if "client_id" not in given or "client_secret" not in given:
            raise _unknown_client()
        return given["client_id"], given["client_secret"]
    if scheme.lower() != "basic":
        raise _unknown_client()
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _unknown_client() from error
    if not colon:
        raise _unknown_client()
    if given.get("client_id", unquote_plus(client_id)) != unquote_plus(client_id):
        raise OAuthError("invalid_request", "two clients at once")
    return unquote_plus(client_id), unquote_plus(secret)


def _scopes(given: Mapping[str, str]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(given.get("scope", "").split()))
    if not set(asked) <= set(SCOPES):
        raise OAuthError("invalid_scope", "there is no such scope")
    return asked


def _unknown_client() -> OAuthError:
    return OAuthError("invalid_client", "the client did not prove who it is", status=401)


def _grant_error(given: Mapping[str, str]) -> OAuthError:
    if "grant_type" not in given:
        return OAuthError("invalid_request", "grant_type is missing")
    return OAuthError("unsupported_grant_type", f"only {GRANT}")


def _refused(error: AppError) -> Response:
    """What the rest of the system says, in the words of the RFC."""
    match _REFUSALS.get(error.code):
        case "invalid_client":
            return _refusal(_unknown_client())
        case "invalid_scope":
            return _refusal(OAuthError("invalid_scope", "not a scope of this client"))
        case _ if error.family == "malformed":
            return _refusal(OAuthError("invalid_request", "the body cannot be read"))
        case _ if error.family == "throttled":
            wait = int(error.params.get("retry_after_seconds", RETRY_AFTER_SECONDS))
            return _refusal(OAuthError("slow_down", "too many refusals", status=429), retry_after=wait)
        case _ if error.family == "transient":
            later = OAuthError("temporarily_unavailable", "try again", status=503)
            return _refusal(later, retry_after=RETRY_AFTER_SECONDS)
        case _:
            raise error


def _refusal(error: OAuthError, *, retry_after: int | None = None) -> Response:
    headers = dict(_PRAGMA)
    if error.status == 401:  # noqa: PLR2004 - section 5.2 asks for the header with this status
        headers["www-authenticate"] = 'Basic realm="acquit", charset="UTF-8"'
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    refusal = OAuthErrorAnswer(error=error.error, error_description=error.description)
    return answer(refusal, error.status, headers=headers)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/oauth/token",
        who=Who.PUBLIC,
        tag="clients",
        summary=Text(
            "Jeton d’un client applicatif (OAuth 2.0, client_credentials)",
            "Token for a machine client (OAuth 2.0, client_credentials)",
        ),
        media_type=FORM,
        body=NoBody,
        answer=ClientTokenAnswer,
        errors=dict.fromkeys((400, 401, 429, 503), OAuthErrorAnswer),
        handle=token,
    ),
)

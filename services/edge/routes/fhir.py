"""Health exchange: claims in and decisions out as FHIR R4B resources (CLM-13).

``$submit`` answers 200 with a ClaimResponse whose outcome is ``queued``: the operation is done, the claim is safely
with us, and FHIR says with that outcome that the decision follows. 202 would announce FHIR's asynchronous pattern, in
which the answer to the request itself has to be fetched.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_fhir import MOST, ExplanationSearch
from services.edge.fhir.capability import capability_statement
from services.edge.fhir.codes import BASE, FHIR_JSON
from services.edge.fhir.documents import Document, document_of, root_of
from services.edge.fhir.library import check, checked
from services.edge.fhir.responses import (
    Resource,
    claim_response,
    explanation_of_benefit,
    queued_response,
    search_set,
)
from services.edge.fhir.submissions import key_of, member_submission, stated_in
from services.edge.fhir.wire import read, written
from services.edge.intake import IDEMPOTENCY_KEY
from services.edge.language import Text, preferred
from services.edge.problems import Invalid
from services.edge.routes.reading import media_type_of, read_bytes
from services.edge.routes.table import JSON, Backend, Call, Header, NoBody, Row, Special
from shared.contracts import Actor
from shared.contracts.claims import ClaimsPage, ClaimView, GetClaim, ListClaims
from shared.errors import NotFound
from shared.telemetry import current_trace

KEY_HEADER: Final = Header(
    name="Idempotency-Key",
    pattern=f"^{IDEMPOTENCY_KEY.pattern}$",
    meaning=Text(
        "Une par demande de règlement ; à défaut, le premier Claim.identifier avec system et value en tient lieu.",
        "One per claim; without it, the first Claim.identifier with system and value takes its place.",
    ),
    required=False,
)
ASKED_AT_ONCE: Final = 10
"""Claims of a page that are asked for at the same time."""
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")


class NoSuchClaim(NotFound):
    """What was asked for is no claim number; told as for a claim that is another's."""

    def __init__(self) -> None:
        super().__init__("claims.not_found")


async def submit(backend: Backend, call: Call[NoBody]) -> Response:
    """Accept a claim (CLM-7)."""
    document = await _document(backend, call.request)
    submission = member_submission(stated_in(document))
    key = key_of(call.request.headers.get(KEY_HEADER.name), document)
    accepted = await backend.intake.submit(submission, key=key, actor=call.actor)
    response = queued_response(accepted, submission, request=_own_identifier(document), language=call.actor.language)
    location = f"{BASE}ClaimResponse/{accepted.claim_number}"
    return _resource(await checked(response), call.actor, **{"content-location": location})


async def _document(backend: Backend, request: Request) -> Document:
    media_type_of(request, (FHIR_JSON, JSON))
    resource = read(await read_bytes(request, limit=backend.body_limit_bytes))
    root = root_of(resource)
    await check(resource)
    return document_of(root)


def _own_identifier(document: Document) -> Resource | None:
    for identifier in document.claim.many("identifier"):
        system, value = identifier.text("system"), identifier.text("value")
        if system is not None and value is not None:
            return {"system": system, "value": value}
    return None


async def read_claim_response(backend: Backend, call: Call[NoBody]) -> Response:
    """The decision on a claim."""
    claim = await _claim(backend, call.actor, call.path("claim_number"))
    return _resource(await checked(claim_response(claim, language=call.actor.language)), call.actor)


async def read_explanation(backend: Backend, call: Call[NoBody]) -> Response:
    """A claim and its decision."""
    claim = await _claim(backend, call.actor, call.path("claim_number"))
    return _resource(await checked(_explained(claim, call.actor)), call.actor)


async def search_explanations(backend: Backend, call: Call[NoBody]) -> Response:
    """Claims and their decisions, the newest first."""
    search = _search(call.request)
    query = ListClaims(limit=min(search.count, MOST), before=search.cursor)
    page = await backend.rpc.request(query, ClaimsPage, actor=call.actor, trace=current_trace())
    places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(number: str) -> ClaimView:
        async with places:
            return await _claim(backend, call.actor, number)

    claims = await asyncio.gather(*(one(summary.claim_number) for summary in page.claims))
    base = f"{_base(call.request)}ExplanationOfBenefit"
    links = {"self": _page_url(base, query.limit, search.cursor)}
    if page.next_before is not None:
        links["next"] = _page_url(base, query.limit, page.next_before)
    entries = [(f"{base}/{claim.claim_number}", _explained(claim, call.actor)) for claim in claims]
    return _resource(await checked(search_set(entries, links)), call.actor)


async def metadata(_backend: Backend, call: Call[NoBody]) -> Response:
    """What is offered here."""
    language = preferred(call.request.headers.get("accept-language", ""))
    statement = capability_statement(ROWS, language=language)
    headers = {"content-language": language, "vary": "Accept-Language"}
    return Response(written(statement), headers=headers, media_type=FHIR_JSON)


async def _claim(backend: Backend, actor: Actor, number: str) -> ClaimView:
    try:
        query = GetClaim(claim_number=number)
    except ValidationError:
        raise NoSuchClaim from None
    return await backend.rpc.request(query, ClaimView, actor=actor, trace=current_trace())


def _explained(claim: ClaimView, actor: Actor) -> Resource:
    return explanation_of_benefit(claim, dossier_id=actor.dossier_id or "", language=actor.language)


def _search(request: Request) -> ExplanationSearch:
    try:
        return ExplanationSearch.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


def _page_url(base: str, count: int, cursor: str | None) -> str:
    return f"{base}?_count={count}" + ("" if cursor is None else f"&_cursor={quote(cursor, safe='')}")


def _base(request: Request) -> str:
    """Where the caller found us, as far as its Host header is one."""
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}{BASE}" if _HOST.fullmatch(host) else BASE


def _resource(resource: Mapping[str, object], actor: Actor, **headers: str) -> Response:
    said = {"content-language": actor.language, **headers}
    return Response(written(resource), headers=said, media_type=FHIR_JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path=f"{BASE}Claim/$submit",
        who=Who.MEMBER,
        feature="claims",
        tag="health exchange",
        summary=Text(
            "Soumettre une demande de règlement : Claim, ou Bundle qui en contient une",
            "Submit a claim: a Claim, or a Bundle that holds one",
        ),
        headers=(KEY_HEADER,),
        media_type=FHIR_JSON,
        answer=None,
        answer_media_type=FHIR_JSON,
        problems=(400,),
        body=NoBody,
        handle=submit,
    ),
    Special(
        method="GET",
        path=f"{BASE}ClaimResponse/{{claim_number}}",
        who=Who.MEMBER,
        feature="claims",
        tag="health exchange",
        summary=Text("La décision sur une demande (ClaimResponse)", "The decision on a claim (ClaimResponse)"),
        answer=None,
        answer_media_type=FHIR_JSON,
        problems=(404,),
        body=NoBody,
        handle=read_claim_response,
    ),
    Special(
        method="GET",
        path=f"{BASE}ExplanationOfBenefit/{{claim_number}}",
        who=Who.MEMBER,
        feature="claims",
        tag="health exchange",
        summary=Text(
            "Une demande et sa décision (ExplanationOfBenefit)", "A claim and its decision (ExplanationOfBenefit)"
        ),
        answer=None,
        answer_media_type=FHIR_JSON,
        problems=(404,),
        body=NoBody,
        handle=read_explanation,
    ),
    Special(
        method="GET",
        path=f"{BASE}ExplanationOfBenefit",
        who=Who.MEMBER,
        feature="claims",
        tag="health exchange",
        summary=Text(
            "Demandes du dossier et décisions, les plus récentes d’abord (Bundle)",
            "Claims of the dossier with decisions, newest first (Bundle)",
        ),
        query=ExplanationSearch,
        answer=None,
        answer_media_type=FHIR_JSON,
        problems=(422,),
        body=NoBody,
        handle=search_explanations,
    ),
    Special(
        method="GET",
        path=f"{BASE}metadata",
        who=Who.PUBLIC,
        tag="health exchange",
        summary=Text("Ce que l’échange FHIR permet (CapabilityStatement)", "What the FHIR exchange offers"),
        answer=None,
        answer_media_type=FHIR_JSON,
        body=NoBody,
        handle=metadata,
    ),
)

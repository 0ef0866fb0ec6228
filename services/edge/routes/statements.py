"""Lists of payments as CSV, statements as PDF and CSV, how statements come, and what agents read (PAY-2 to PAY-5)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.edge.auth.access import Who
from services.edge.bodies import Body
from services.edge.bodies_statements import DocumentQuery, PaymentListQuery, StatementDeliveryRequest
from services.edge.language import Text
from services.edge.payment_list import PaymentList
from services.edge.problems import Invalid
from services.edge.routes.direct_deposit import own_provider
from services.edge.routes.table import CSV, PDF, Backend, Call, Maker, Method, NoBody, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.payments import ListPayments, ListProviderPayments, PaymentsPage, PaymentsQuery, StatementView
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDelivery,
    GetStatementDocument,
    ListPayeePayments,
    ListStatementsToPost,
    MarkStatementPosted,
    ReadStatement,
    ReadStatementDocument,
    StatementDeliveryView,
    StatementDocumentView,
    StatementForm,
    StatementOf,
    StatementsToPost,
)
from shared.telemetry import current_trace

PATIENCE_SECONDS: Final = 30.0
"""A statement is made into a file once, which may take a while; from then on it is at hand."""
_NO_SCRIPT: Final = {"content-security-policy": "sandbox; default-src 'none'"}
Q = TypeVar("Q", bound=BaseModel)
Handle = Callable[[Backend, Call[NoBody]], Awaitable[Response]]


async def member_list(backend: Backend, call: Call[NoBody]) -> Response:
    """Payments to the caller's dossier."""
    return await _list(backend, call, ListPayments)


async def provider_list(backend: Backend, call: Call[NoBody]) -> Response:
    """Payments to the caller's provider."""
    return await _list(backend, call, ListProviderPayments)


async def _list(backend: Backend, call: Call[NoBody], kind: type[PaymentsQuery]) -> Response:
    asked = _read(call.request, PaymentListQuery)
    language = asked.language or call.actor.language
    query = kind(from_day=asked.from_day, to_day=asked.to_day)
    listed = PaymentList(backend.rpc, query, actor=call.actor, trace=current_trace(), language=language)
    name = "payments.csv" if language == "en" else "paiements.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', **_NO_SCRIPT}
    return StreamingResponse(await listed.opened(), headers=headers, media_type=f"{CSV}; charset=utf-8")


async def member_pdf(backend: Backend, call: Call[NoBody]) -> Response:
    """A statement of the caller's dossier."""
    return await _own(backend, call, "pdf", "dossier")


async def member_csv(backend: Backend, call: Call[NoBody]) -> Response:
    """Its lines."""
    return await _own(backend, call, "csv", "dossier")


async def provider_pdf(backend: Backend, call: Call[NoBody]) -> Response:
    """A statement of the caller's provider."""
    return await _own(backend, call, "pdf", "provider")


async def provider_csv(backend: Backend, call: Call[NoBody]) -> Response:
    """Its lines."""
    return await _own(backend, call, "csv", "provider")


async def agents_pdf(backend: Backend, call: Call[NoBody]) -> Response:
    """Any statement, which is recorded."""
    language = _read(call.request, DocumentQuery).language
    query = _message(call, ReadStatementDocument, form="pdf", language=language)
    return await _document(backend, call, query)


async def _own(backend: Backend, call: Call[NoBody], form: StatementForm, payee: StatementOf) -> Response:
    language = _read(call.request, DocumentQuery).language
    query = _message(call, GetStatementDocument, form=form, payee=payee, language=language)
    return await _document(backend, call, query)


async def _document(
    backend: Backend, call: Call[NoBody], query: GetStatementDocument | ReadStatementDocument
) -> Response:
    """A file as it is, to be kept: a browser neither guesses its type nor runs anything in it."""
    file = await backend.rpc.request(
        query, StatementDocumentView, actor=call.actor, trace=current_trace(), timeout_seconds=PATIENCE_SECONDS
    )
    headers = {
        "content-disposition": f'attachment; filename="{file.name}"',
        "etag": f'"{file.sha256}"',
        **_NO_SCRIPT,
    }
    return Response(file.content, headers=headers, media_type=file.media_type)


def _read(request: Request, kind: type[Q]) -> Q:
    try:
        return kind.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


def _message(call: Call[NoBody], kind: type[Q], **fields: object) -> Q:
    try:
        return kind.model_validate({**call.request.path_params, **fields})
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


_AS_PDF: Final = Text("Relevé d’un paiement (PDF accessible)", "Statement of a payment (accessible PDF)")
_AS_CSV: Final = Text("Lignes du relevé d’un paiement (CSV)", "Lines of the statement of a payment (CSV)")
_LISTED: Final = Text(
    "Paiements en CSV pour tableur (français : « ; » et virgule décimale)",
    "Payments as CSV for spreadsheets (English: comma and decimal point)",
)
_DELIVERY: Final = Text("Comment viennent les relevés", "How statements come")
_CHOOSE: Final = Text(
    "Recevoir aussi les relevés par la poste, ou ne plus les recevoir ainsi",
    "Have statements sent by post as well, or no longer",
)
_LISTED_BY: Final = ("from_day", "to_day", "limit", "before")


def _of(
    prefix: str,
    *,
    who: Who,
    chooses: Who,
    gate: Mapping[str, Any],
    made: Mapping[str, Maker],
    handles: tuple[Handle, Handle, Handle],
) -> tuple[Row, ...]:
    """The same for members and for providers: the list, a statement in both forms, and how statements come."""
    listed, as_pdf, as_csv = handles
    files = (
        ("/payments.csv", _LISTED, PaymentListQuery, CSV, (422,), listed),
        ("/statements/{batch_number}.pdf", _AS_PDF, DocumentQuery, PDF, (404, 422), as_pdf),
        ("/statements/{batch_number}.csv", _AS_CSV, DocumentQuery, CSV, (404, 422), as_csv),
    )
    delivery: tuple[tuple[Method, Who, Text, type[Any], type[Body] | None], ...] = (
        ("GET", who, _DELIVERY, GetStatementDelivery, None),
        ("PUT", chooses, _CHOOSE, ChooseStatementDelivery, StatementDeliveryRequest),
    )
    rows: list[Row] = [
        Special(
            method="GET",
            path=f"{prefix}{path}",
            who=who,
            tag="payments",
            summary=summary,
            body=NoBody,
            query=query,
            answer=None,
            answer_media_type=media_type,
            problems=problems,
            handle=handle,
            **gate,
        )
        for path, summary, query, media_type, problems, handle in files
    ]
    rows += [
        Relay(
            method=method,
            path=f"{prefix}/statement-delivery",
            who=allowed,
            tag="payments",
            summary=summary,
            message=message,
            body=body,
            made=made,
            answer=StatementDeliveryView,
            **gate,
        )
        for method, allowed, summary, message, body in delivery
    ]
    return tuple(rows)


OF_MEMBERS: Final = _of(
    "",
    who=Who.MEMBER,
    chooses=Who.MEMBER,
    gate={"feature": "payments"},
    made={},
    handles=(member_list, member_pdf, member_csv),
)
OF_PROVIDERS: Final = _of(
    "/provider",
    who=Who.PROVIDER,
    chooses=Who.PROVIDER_ALONE,
    gate={"service": "payments"},
    made={"payee": own_provider},
    handles=(provider_list, provider_pdf, provider_csv),
)

OF_AGENTS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/administration/payees/{payee_id}/payments",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Paiements à un dossier ou à un fournisseur", "Payments to a dossier or provider"),
        message=ListPayeePayments,
        query=_LISTED_BY,
        answer=PaymentsPage,
    ),
    Relay(
        method="GET",
        path="/administration/statements",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Relevés à envoyer par la poste", "Statements to be sent by post"),
        message=ListStatementsToPost,
        query=("limit", "after"),
        answer=StatementsToPost,
    ),
    Special(
        method="GET",
        path="/administration/statements/{batch_number}.pdf",
        who=Who.AGENT,
        tag="administration",
        summary=_AS_PDF,
        body=NoBody,
        query=DocumentQuery,
        answer=None,
        answer_media_type=PDF,
        problems=(404, 422),
        handle=agents_pdf,
    ),
    Relay(
        method="GET",
        path="/administration/statements/{batch_number}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Relevé de n’importe quel paiement", "Statement of any payment"),
        message=ReadStatement,
        answer=StatementView,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/administration/statements/{batch_number}/posted",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Noter qu’un relevé est parti par la poste", "Note that a statement went by post"),
        message=MarkStatementPosted,
        answer=Done,
        problems=(404,),
    ),
)

ROWS: Final[tuple[Row, ...]] = (*OF_MEMBERS, *OF_PROVIDERS, *OF_AGENTS)
"""Before the statements of ``payments`` and ``provider_claims``, whose numbers would take the endings for their own."""

"""Lists of payments as CSV, statements as PDF and CSV, how statements come, and what agents read (PAY-2 to PAY-5)."""

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.edge.auth.access import Who
from services.edge.bodies_statements import DocumentQuery, PaymentListQuery, StatementDeliveryRequest
from services.edge.language import Text
from services.edge.payment_list import PaymentList
from services.edge.problems import Invalid
from services.edge.routes.direct_deposit import own_provider
from services.edge.routes.table import CSV, PDF, Backend, Call, NoBody, Relay, Row, Special
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

OF_MEMBERS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/payments.csv",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=_LISTED,
        body=NoBody,
        query=PaymentListQuery,
        answer=None,
        answer_media_type=CSV,
        problems=(422,),
        handle=member_list,
    ),
    Special(
        method="GET",
        path="/statements/{batch_number}.pdf",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=_AS_PDF,
        body=NoBody,
        query=DocumentQuery,
        answer=None,
        answer_media_type=PDF,
        problems=(404, 422),
        handle=member_pdf,
    ),
    Special(
        method="GET",
        path="/statements/{batch_number}.csv",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=_AS_CSV,
        body=NoBody,
        query=DocumentQuery,
        answer=None,
        answer_media_type=CSV,
        problems=(404, 422),
        handle=member_csv,
    ),
    Relay(
        method="GET",
        path="/statement-delivery",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=_DELIVERY,
        message=GetStatementDelivery,
        answer=StatementDeliveryView,
    ),
    Relay(
        method="PUT",
        path="/statement-delivery",
        who=Who.MEMBER,
        feature="payments",
        tag="payments",
        summary=_CHOOSE,
        message=ChooseStatementDelivery,
        body=StatementDeliveryRequest,
        answer=StatementDeliveryView,
    ),
)

OF_PROVIDERS: Final[tuple[Row, ...]] = (
    Special(
        method="GET",
        path="/provider/payments.csv",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=_LISTED,
        body=NoBody,
        query=PaymentListQuery,
        answer=None,
        answer_media_type=CSV,
        problems=(422,),
        handle=provider_list,
    ),
    Special(
        method="GET",
        path="/provider/statements/{batch_number}.pdf",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=_AS_PDF,
        body=NoBody,
        query=DocumentQuery,
        answer=None,
        answer_media_type=PDF,
        problems=(404, 422),
        handle=provider_pdf,
    ),
    Special(
        method="GET",
        path="/provider/statements/{batch_number}.csv",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=_AS_CSV,
        body=NoBody,
        query=DocumentQuery,
        answer=None,
        answer_media_type=CSV,
        problems=(404, 422),
        handle=provider_csv,
    ),
    Relay(
        method="GET",
        path="/provider/statement-delivery",
        who=Who.PROVIDER,
        service="payments",
        tag="payments",
        summary=_DELIVERY,
        message=GetStatementDelivery,
        made={"payee": own_provider},
        answer=StatementDeliveryView,
    ),
    Relay(
        method="PUT",
        path="/provider/statement-delivery",
        who=Who.PROVIDER_ALONE,
        service="payments",
        tag="payments",
        summary=_CHOOSE,
        message=ChooseStatementDelivery,
        body=StatementDeliveryRequest,
        made={"payee": own_provider},
        answer=StatementDeliveryView,
    ),
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

"""Signing a delegation: in the portal with codes, or on a form as PDF (DEL-4)."""

from base64 import b64decode
from typing import Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.edge import forms
from services.edge.auth.access import Who
from services.edge.auth.delegation import SigningAnswer
from services.edge.bodies import CodeRequest
from services.edge.language import Text
from services.edge.problems import Invalid
from services.edge.routes.delegation_bodies import (
    FormHeaders,
    ReferenceRequest,
    SignatureCodeRequest,
)
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import require_media_type
from services.edge.routes.table import JSON, PDF, Backend, Call, Header, NoBody, Relay, Row, Special
from shared.contracts.identity.delegation import DelegationView
from shared.contracts.identity.delegation_forms import (
    BytesView,
    FormView,
    GetBlankForm,
    GetSending,
    OpenForm,
    SendingView,
)
from shared.telemetry import current_trace

SIGNATURE_KIND: Final = Header(
    name="Signature-Kind",
    pattern="^(digital_certificate|stylus|scanned)$",
    meaning=Text("Comment le formulaire a été signé.", "How the form was signed."),
)


SENDING_ID: Final = Header(
    name="Sending-Id",
    pattern="^[A-Za-z0-9._:-]{1,64}$",
    meaning=Text("Le même pour tous les fichiers d’un envoi.", "The same for all files of one sending."),
    required=False,
)


async def sign_as_provider(backend: Backend, call: Call[NoBody]) -> Response:
    """A code for the provider."""
    started = await backend.signings.start_as_provider(call.path("request_id"), actor=call.actor)
    return answer(started, 202)


async def confirm_as_provider(backend: Backend, call: Call[SignatureCodeRequest]) -> Response:
    """The provider's code: the provider has signed."""
    view = await backend.signings.confirm(call.body.signing_id, call.body.code, actor=call.actor)
    return Response(view, media_type=JSON)


async def sign_as_delegate(backend: Backend, call: Call[ReferenceRequest]) -> Response:
    """A code for the delegate, whatever the reference; counted by address."""
    await backend.rates.allow_signing(str(backend.origins.address(call.request)))
    return answer(await backend.signings.start_as_delegate(call.body.reference), 202)


async def resend_code(backend: Backend, call: Call[NoBody]) -> Response:
    """Another code for a signature under way."""
    return answer(await backend.signings.resend(call.path("signing_id")), 202)


async def confirm_as_delegate(backend: Backend, call: Call[CodeRequest]) -> Response:
    """The delegate's code: the delegate has signed."""
    view = await backend.signings.confirm(call.path("signing_id"), call.body.code, actor=None)
    return Response(view, media_type=JSON)


async def upload_form(backend: Backend, call: Call[NoBody]) -> Response:
    """The signed form in the body, as it comes in."""
    require_media_type(call.request, PDF)
    headers = _form_headers(call.request)
    view = await forms.upload(
        backend.rpc,
        call.request.stream(),
        request_id=call.path("request_id"),
        signature=headers.signature_kind,
        sending_id=headers.sending_id,
        actor=call.actor,
        ids=backend.ids,
    )
    return Response(view, media_type=JSON)


async def show_blank_form(backend: Backend, call: Call[NoBody]) -> Response:
    """The form of a request, filled in, as PDF."""
    query = GetBlankForm(request_id=call.path("request_id"))
    view = await backend.rpc.request(query, BytesView, actor=call.actor, trace=current_trace())
    return Response(b64decode(view.data), media_type=PDF, headers=_attachment(query.request_id))


async def show_signed_form(backend: Backend, call: Call[NoBody]) -> Response:
    """The signed form of a request, for an agent."""
    request_id = call.path("request_id")
    form = await backend.rpc.request(OpenForm(request_id=request_id), FormView, actor=call.actor, trace=current_trace())
    content = forms.download(backend.rpc, form, request_id=request_id, actor=call.actor)
    headers = _attachment(request_id) | {"content-length": str(form.size)}
    return StreamingResponse(content, media_type=PDF, headers=headers)


def _form_headers(request: Request) -> FormHeaders:
    given = {
        "signature_kind": request.headers.get(SIGNATURE_KIND.name),
        "sending_id": request.headers.get(SENDING_ID.name),
    }
    try:
        return FormHeaders.model_validate(given)
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


def _attachment(request_id: str) -> dict[str, str]:
    """To be saved, never shown inside a page of ours; the id has no signs that a header could mistake."""
    return {"content-disposition": f'attachment; filename="{request_id}.pdf"', "content-security-policy": "sandbox"}


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/delegations/signatures",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text("Mandataire : recevoir un code pour signer", "Delegate: get a code to sign with"),
        body=ReferenceRequest,
        answer=SigningAnswer,
        status=202,
        problems=(429,),
        handle=sign_as_delegate,
    ),
    Special(
        method="POST",
        path="/delegations/signatures/{signing_id}/resend",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text("Renvoyer le code de signature", "Resend the code of a signature"),
        body=NoBody,
        answer=SigningAnswer,
        status=202,
        problems=(409, 429),
        handle=resend_code,
    ),
    Special(
        method="POST",
        path="/delegations/signatures/{signing_id}/confirmation",
        who=Who.PUBLIC,
        tag="delegation",
        summary=Text("Mandataire : signer avec le code", "Delegate: sign with the code"),
        body=CodeRequest,
        answer=DelegationView,
        problems=(409, 429),
        handle=confirm_as_delegate,
    ),
    Relay(
        method="GET",
        path="/delegations/sendings/{sending_id}",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Fichiers arrivés d’un envoi", "Files of a sending that arrived"),
        message=GetSending,
        answer=SendingView,
    ),
    Special(
        method="POST",
        path="/delegations/{request_id}/signature",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Recevoir un code pour signer la demande", "Get a code to sign the request with"),
        body=NoBody,
        answer=SigningAnswer,
        status=202,
        problems=(404, 409, 429),
        handle=sign_as_provider,
    ),
    Special(
        method="POST",
        path="/delegations/{request_id}/signature/confirmation",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Signer la demande avec le code", "Sign the request with the code"),
        body=SignatureCodeRequest,
        answer=DelegationView,
        problems=(409, 429),
        handle=confirm_as_provider,
    ),
    Special(
        method="GET",
        path="/delegations/{request_id}/form",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Formulaire rempli à faire signer (PDF)", "Filled-in form to be signed (PDF)"),
        body=NoBody,
        answer=None,
        answer_media_type=PDF,
        problems=(404,),
        handle=show_blank_form,
    ),
    Special(
        method="PUT",
        path="/delegations/{request_id}/form",
        who=Who.PROVIDER_ALONE,
        tag="delegation",
        summary=Text("Remettre le formulaire signé (PDF)", "Hand in the signed form (PDF)"),
        headers=(SIGNATURE_KIND, SENDING_ID),
        media_type=PDF,
        body=NoBody,
        answer=DelegationView,
        problems=(404, 409, 429),
        handle=upload_form,
    ),
    Special(
        method="GET",
        path="/administration/delegations/{request_id}/form",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Formulaire signé d’une demande (PDF)", "Signed form of a request (PDF)"),
        body=NoBody,
        answer=None,
        answer_media_type=PDF,
        problems=(404,),
        handle=show_signed_form,
    ),
)

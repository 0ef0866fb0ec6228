"""Signing on a form: the blank form, uploading the signed one in slices, and agents reading it (DEL-4)."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from services.identity.domain.delegation_errors import (
    DelegationDecidedError,
    DelegationUnknownError,
    FormIncompleteError,
    FormUsedError,
)
from services.identity.domain.delegations import CertificateSignature, DelegationRequest, Form, SignatureKind
from services.identity.handlers.acts import note
from services.identity.handlers.delegation_ports import DelegationRepository, FormRepository, Forms
from services.identity.handlers.delegation_views import (
    delegation_view,
    form_view,
    own_request,
    provider_in_person,
    require_agent,
)
from shared.clock import Clock
from shared.contracts import Command
from shared.contracts.identity.delegation import DelegationView
from shared.contracts.identity.delegation_forms import (
    FORM_SLICE_BYTES,
    BytesView,
    FormView,
    GetBlankForm,
    GetFormSlice,
    GetSending,
    OpenForm,
    SendingView,
    SentFileView,
    SliceStored,
    StoreFormSlice,
    SubmitForm,
)
from shared.envelopes import Received
from shared.outbox import Work


class PreparedForm(Command):
    """``SubmitForm`` after its costly part: never on the wire."""

    wire_type = "local.prepared_form.v1"
    submission: SubmitForm
    pages: int
    certificates: tuple[CertificateSignature, ...] = ()


async def get_blank_form(
    received: Received[GetBlankForm], *, delegations: DelegationRepository, forms: Forms
) -> BytesView:
    """The form of a request as PDF, filled in, to be signed by both.

    Raises:
        DelegationUnknownError.
    """
    request_id = received.message.request_id
    request = await own_request(request_id, received.require_actor(), delegations=delegations)
    return BytesView(data=b64encode(forms.blank(request)).decode())


async def store_form_slice(
    received: Received[StoreFormSlice], *, delegations: DelegationRepository, files: FormRepository, clock: Clock
) -> SliceStored:
    """Keep a slice. Needs no transaction: it is one write, and the same one when it comes again.

    Raises:
        DelegationUnknownError, DelegationDecidedError: no form is wanted.
        FormIncompleteError: not Base64, or too much of it.
    """
    message = received.message
    request = await own_request(message.request_id, received.require_actor(), delegations=delegations)
    if not request.state.open:
        raise DelegationDecidedError
    try:
        data = b64decode(message.data, validate=True)
    except binascii.Error as error:
        raise FormIncompleteError from error
    if not 0 < len(data) <= FORM_SLICE_BYTES:
        raise FormIncompleteError
    await files.put(message.upload_id, message.position, data, request_id=request.request_id, now=clock())
    return SliceStored(position=message.position)


async def prepare_form(
    received: Received[SubmitForm], *, delegations: DelegationRepository, files: FormRepository, forms: Forms
) -> Received[PreparedForm]:
    """Put the slices together and look into the PDF, outside any transaction.

    Raises:
        DelegationUnknownError: unknown, or another provider's.
        FormIncompleteError: the slices are not the file that was announced.
        FormUnreadableError, FormEncryptedError, FormTooLongError, FormActiveError, FormNotSignedError,
        FormSignatureBrokenError.
    """
    message = received.message
    request = await own_request(message.request_id, received.require_actor(), delegations=delegations)
    slices = await files.load(message.upload_id, request_id=request.request_id)
    content = _whole(slices, message)
    digital = message.signature == SignatureKind.DIGITAL_CERTIFICATE.value
    pages = await forms.pages(content, digitally_signed=digital)
    certificates = await forms.certificates(content) if digital else ()
    prepared = PreparedForm(submission=message, pages=pages, certificates=certificates)
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def submit_form(
    received: Received[PreparedForm],
    work: Work,
    *,
    delegations: DelegationRepository,
    files: FormRepository,
    clock: Clock,
) -> DelegationView:
    """Both parties have signed on paper: the request is received. The same file again changes nothing.

    Raises:
        DelegationUnknownError, DelegationDecidedError.
        FormUsedError: the file came for another request before.
    """
    message = received.message.submission
    request = await own_request(
        message.request_id, received.require_actor(), delegations=delegations, session=work.session
    )
    if request.form is not None and request.form.sha256 == message.sha256:
        return delegation_view(request)
    if await delegations.get_by_form(message.sha256, session=work.session) is not None:
        raise FormUsedError
    form = Form(
        upload_id=message.upload_id,
        sha256=message.sha256,
        size=message.size,
        pages=received.message.pages,
        slices=message.slices,
        sending_id=message.sending_id,
        certificates=received.message.certificates,
    )
    submitted = request.attach(form, SignatureKind(message.signature), now=clock())
    await delegations.save(submitted, session=work.session)
    await files.keep(message.upload_id, session=work.session)
    details = {"delegation_request": request.request_id, "signature": message.signature}
    note(work, received, "sensitive_update", about=request.provider_id, details=details, clock=clock)
    return delegation_view(submitted)


async def get_sending(received: Received[GetSending], *, delegations: DelegationRepository) -> SendingView:
    """Which files of a sending have arrived, each with its request."""
    provider_id, sending_id = provider_in_person(received.require_actor()), received.message.sending_id
    found = await delegations.list_by_sending(provider_id, sending_id)
    files = tuple(
        SentFileView(request_id=each.request_id, reference=each.reference, form=form_view(each.form))
        for each in found
        if each.form is not None
    )
    return SendingView(sending_id=sending_id, files=files)


async def open_form(
    received: Received[OpenForm], work: Work, *, delegations: DelegationRepository, clock: Clock
) -> FormView:
    """An agent opens a signed form; the provider can see that.

    Raises:
        AgentsOnlyError, DelegationUnknownError.
    """
    require_agent(received.require_actor())
    request = await delegations.get(received.message.request_id, session=work.session)
    form = _form_of(request)
    details = {"delegation_request": received.message.request_id}
    about = None if request is None else request.provider_id
    note(work, received, "sensitive_read", about=about, details=details, clock=clock)
    return form_view(form)


async def get_form_slice(
    received: Received[GetFormSlice], *, delegations: DelegationRepository, files: FormRepository
) -> BytesView:
    """A slice of a signed form, for the agent who opened it.

    Raises:
        AgentsOnlyError, DelegationUnknownError.
    """
    require_agent(received.require_actor())
    form = _form_of(await delegations.get(received.message.request_id))
    data = await files.slice(form.upload_id, received.message.position)
    if data is None:
        raise DelegationUnknownError
    return BytesView(data=b64encode(data).decode())


def _form_of(request: DelegationRequest | None) -> Form:
    if request is None or request.form is None:
        raise DelegationUnknownError
    return request.form


def _whole(slices: Sequence[bytes], message: SubmitForm) -> bytes:
    content = b"".join(slices)
    as_announced = (len(slices), len(content), sha256(content).hexdigest())
    if as_announced != (message.slices, message.size, message.sha256):
        raise FormIncompleteError
    return content

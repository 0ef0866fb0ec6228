"""Forms that are signed on paper or on a screen, on their way in slices (DEL-4)."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Part, Query, View

RequestReference = Annotated[str, Field(pattern=r"^[2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4}$", examples=["K7M2-9QXA"])]
FormSignature = Literal["digital_certificate", "stylus", "scanned"]
FORM_SLICE_BYTES: Final = 256 * 1024
"""How much of a file travels in one message."""
FORM_LIMIT_BYTES: Final = 5 * 1024 * 1024
FORM_SLICES: Final = FORM_LIMIT_BYTES // FORM_SLICE_BYTES
Bytes64 = Annotated[
    str,
    Field(
        max_length=-(-FORM_SLICE_BYTES // 3) * 4, repr=False, description="Bytes in Base64.", examples=["JVBERi0xLjcK"]
    ),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]


class CertificateView(Part):
    """A digital signature of an uploaded form. A form with a signature that is not intact is refused; whether the
    issuer is one that the installation trusts is for the agent to weigh.
    """

    signer: str
    issuer: str
    intact: Literal[True] = True
    trusted: bool
    stated_at: Instant | None = Field(default=None, description="By the signer's own clock.")


class FormView(View):
    """The uploaded form of a request."""

    sha256: Sha256
    size: int
    pages: int
    slices: int
    sending_id: Identifier | None = None
    certificates: tuple[CertificateView, ...] = ()


class StoreFormSlice(Command):
    """Bytes of a form that is being uploaded, in order of ``position``."""

    wire_type: ClassVar[str] = "identity.store_form_slice.v1"
    request_id: Identifier
    upload_id: Identifier
    position: int = Field(ge=0, lt=FORM_SLICES)
    data: Bytes64


class SliceStored(View):
    """Kept until the form is complete, or for an hour."""

    position: int


class SubmitForm(Command):
    """All slices are there: this is the signed form of a request (DEL-4)."""

    wire_type: ClassVar[str] = "identity.submit_form.v1"
    request_id: Identifier
    upload_id: Identifier
    slices: int = Field(ge=1, le=FORM_SLICES)
    size: int = Field(ge=1, le=FORM_LIMIT_BYTES)
    sha256: Sha256
    signature: FormSignature
    sending_id: Identifier | None = None


class GetSending(Query):
    """What arrived of one sending of several files (DEL-4)."""

    wire_type: ClassVar[str] = "identity.get_sending.v1"
    sending_id: Identifier


class SentFileView(Part):
    """One file of a sending and the request that it belongs to."""

    request_id: Identifier
    reference: RequestReference
    form: FormView


class SendingView(View):
    """The files of a sending, one for each request."""

    sending_id: Identifier
    files: tuple[SentFileView, ...]


class GetBlankForm(Query):
    """The form of a request, filled in, to be signed by hand."""

    wire_type: ClassVar[str] = "identity.get_blank_form.v1"
    request_id: Identifier


class BytesView(View):
    """A file, or a slice of it."""

    data: Bytes64


class OpenForm(Command):
    """An agent opens the signed form of a request; that is noted."""

    wire_type: ClassVar[str] = "identity.open_form.v1"
    request_id: Identifier


class GetFormSlice(Query):
    """A slice of the signed form of a request, for an agent."""

    wire_type: ClassVar[str] = "identity.get_form_slice.v1"
    request_id: Identifier
    position: int = Field(ge=0, lt=FORM_SLICES)

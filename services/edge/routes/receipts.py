"""Papers for claims (CLM-5): the file itself is the body. Whose they are is decided where they lie."""

from typing import Final
from urllib.parse import quote

from anyascii import anyascii
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.edge.auth.access import Who
from services.edge.bodies_receipts import ReceiptQuery, file_name_of
from services.edge.language import Text
from services.edge.problems import Invalid, TooLarge
from services.edge.receipts import Upload
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, Header, NoBody, Relay, Row, Special
from shared.contracts import Actor, Done
from shared.contracts.claims.receipts import (
    RECEIPT_LIMIT_BYTES,
    ClaimReceipts,
    DeleteReceipt,
    ListClaimReceipts,
    OpenReceipt,
    ReceiptView,
    Uploader,
)

BYTES: Final = "application/octet-stream"
FEATURE: Final = "claims"
FILE_NAME: Final = Header(
    name="X-File-Name",
    pattern=r"^.{1,255}$",
    required=False,
    meaning=Text(
        "Nom du fichier, en UTF-8 encodé par pourcentage.",
        "Name of the file, in percent-encoded UTF-8.",
    ),
)


async def upload(backend: Backend, call: Call[NoBody]) -> Response:
    """The file in the body, as it comes in; its content alone says what it is."""
    query = _query_of(call.request)
    _refuse_early(call.request)
    about = Upload(
        kind=query.kind,
        uploader=query.uploader or _usual_side(call.actor),
        file_name=file_name_of(call.request.headers.get(FILE_NAME.name)),
    )
    kept = await backend.receipts.upload(call.request.stream(), about, actor=call.actor)
    return answer(kept, 201, headers={"location": f"/receipts/{kept.receipt_id}"})


def _query_of(request: Request) -> ReceiptQuery:
    try:
        return ReceiptQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None


def _refuse_early(request: Request) -> None:
    """Before anything is read. What a request says of its length may be a lie, so the bytes are counted as well."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > RECEIPT_LIMIT_BYTES:
        raise TooLarge(RECEIPT_LIMIT_BYTES)


def _usual_side(actor: Actor) -> Uploader:
    """As a member, where the plan lets the caller claim; as a provider otherwise."""
    claims = "member" in actor.roles and actor.dossier_id is not None and FEATURE in actor.features
    return "member" if claims else "provider"


async def show(backend: Backend, call: Call[NoBody]) -> Response:
    """A file as it is, to be saved: a browser neither guesses its type nor runs anything in it.

    Raises:
        Invalid: not an id that a file can have.
    """
    try:
        receipt_id = OpenReceipt.model_validate(call.request.path_params).receipt_id
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None
    opened = await backend.receipts.open(receipt_id, actor=call.actor)
    receipt = opened.receipt
    headers = {
        "content-disposition": _attachment(receipt.file_name),
        "content-length": str(receipt.size_bytes),
        "content-security-policy": "sandbox; default-src 'none'",
        "etag": f'"{receipt.sha256}"',
    }
    content = backend.receipts.download(opened, actor=call.actor)
    return StreamingResponse(content, media_type=receipt.media_type, headers=headers)


def _attachment(file_name: str) -> str:
    """With the name twice, as RFC 6266 has it: in ASCII for old readers, and as it is."""
    plain = "".join(sign for sign in anyascii(file_name) if sign.isalnum() or sign in " ._-()")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/receipts",
        who=Who.CLAIMANT,
        service="billing",
        feature=FEATURE,
        scope="claims:submit",
        tag="claims",
        summary=Text(
            "Téléverser un reçu ou un autre document (PDF, JPEG, PNG, HEIC ; 10 Mo)",
            "Upload a receipt or another document (PDF, JPEG, PNG, HEIC; 10 MB)",
        ),
        headers=(FILE_NAME,),
        query=ReceiptQuery,
        media_type=BYTES,
        body=NoBody,
        answer=ReceiptView,
        status=201,
        problems=(409,),
        handle=upload,
    ),
    Relay(
        method="GET",
        path="/claims/{claim_number}/receipts",
        who=Who.SIGNED_IN,
        scope="claims:read",
        tag="claims",
        summary=Text("Documents d’une demande", "Documents of a claim"),
        message=ListClaimReceipts,
        answer=ClaimReceipts,
        problems=(404,),
    ),
    Special(
        method="GET",
        path="/receipts/{receipt_id}",
        who=Who.SIGNED_IN,
        scope="claims:read",
        tag="claims",
        summary=Text("Un document téléversé", "An uploaded document"),
        body=NoBody,
        answer=None,
        answer_media_type=BYTES,
        problems=(404, 422),
        handle=show,
    ),
    Relay(
        method="DELETE",
        path="/receipts/{receipt_id}",
        who=Who.SIGNED_IN,
        scope="claims:submit",
        tag="claims",
        summary=Text("Supprimer un document qu’aucune demande ne porte", "Delete a document that no claim has"),
        message=DeleteReceipt,
        answer=Done,
        problems=(404, 409),
    ),
)

"""The secure inbox (MSG-2). Whose messages a caller may read is decided where they lie."""

from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.problems import Invalid
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.notification import (
    AttachmentContent,
    GetAttachment,
    GetInboxMessage,
    InboxMessageView,
    InboxPage,
    ListInbox,
    MarkInboxMessageRead,
)
from shared.telemetry import current_trace

PDF: Final = "application/pdf"


async def attachment(backend: Backend, call: Call[NoBody]) -> Response:
    """A file as it is, to be kept: a browser neither guesses its type nor runs anything in it.

    Raises:
        Invalid: not a name that a file can have.
    """
    try:
        query = GetAttachment.model_validate(call.request.path_params)
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None
    file = await backend.rpc.request(query, AttachmentContent, actor=call.actor, trace=current_trace())
    headers = {
        "content-disposition": f'attachment; filename="{file.name}"',
        "content-security-policy": "sandbox; default-src 'none'",
        "etag": f'"{file.sha256}"',
    }
    return Response(file.content, headers=headers, media_type=file.media_type)


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/inbox",
        who=Who.SIGNED_IN,
        tag="inbox",
        summary=Text("Messagerie sécurisée, le plus récent d’abord", "Secure inbox, newest first"),
        message=ListInbox,
        query=("limit", "before"),
        answer=InboxPage,
    ),
    Relay(
        method="GET",
        path="/inbox/{message_id}",
        who=Who.SIGNED_IN,
        tag="inbox",
        summary=Text("Un message", "A message"),
        message=GetInboxMessage,
        answer=InboxMessageView,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/inbox/{message_id}/read",
        who=Who.SIGNED_IN,
        tag="inbox",
        summary=Text("Marquer un message comme lu", "Mark a message as read"),
        message=MarkInboxMessageRead,
        answer=Done,
        problems=(404,),
    ),
    Special(
        method="GET",
        path="/inbox/{message_id}/attachments/{name}",
        who=Who.SIGNED_IN,
        tag="inbox",
        summary=Text("Un fichier d’un message", "A file of a message"),
        body=NoBody,
        answer=None,
        answer_media_type=PDF,
        handle=attachment,
        problems=(404, 422),
    ),
)

"""What is said about an uploaded file beside its content."""

from urllib.parse import unquote

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts.claims.receipts import ReceiptKind, Uploader

NAME_LENGTH = 255


class ReceiptQuery(Body):
    """The query of an upload; ``uploader`` matters to those only who are member and provider at once."""

    kind: ReceiptKind = Field(description="What the file is.")
    uploader: Uploader | None = Field(
        default=None, description="As whom; by default as a member where the caller is one."
    )


def file_name_of(header: str | None) -> str | None:
    """The name in the header, which is UTF-8, percent-encoded or as it is."""
    if header is None:
        return None
    name = unquote(header.encode("latin-1").decode("utf-8", errors="replace"))
    return name[-NAME_LENGTH:] or None

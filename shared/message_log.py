"""The documents of ``message_log``: what a record of a handled message looks like in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.envelopes import Outgoing, Received
from shared.mongo import Document


@dataclass(frozen=True, slots=True)
class LogRecord:
    key: str
    outgoing: tuple[Outgoing, ...]
    reply: bytes | None
    written_at: datetime

    def document(self) -> Document:
        document: Document = {"_id": self.key, "written_at": self.written_at}
        if self.reply is not None:
            document["reply"] = self.reply
        if self.outgoing:
            document |= {"pending": True, "outgoing": [_outgoing_document(item) for item in self.outgoing]}
        else:
            document["dispatched_at"] = self.written_at
        return document


@dataclass(frozen=True, slots=True)
class Committed:
    replies: Sequence[bytes | None]
    records: Sequence[LogRecord] = field(default_factory=tuple)


def first_of_each(
    batch: Sequence[Received[Any]], keys: Sequence[str], known: Mapping[str, Any]
) -> list[tuple[str, Received[Any]]]:
    fresh: dict[str, Received[Any]] = {}
    for key, item in zip(keys, batch, strict=True):
        if key not in known:
            fresh.setdefault(key, item)
    return list(fresh.items())


def _outgoing_document(item: Outgoing) -> Document:
    return {
        "message_id": item.message_id,
        "wire_type": item.wire_type,
        "exchange": item.exchange,
        "routing_key": item.routing_key,
        "body": item.body,
        "content_type": item.content_type,
        "headers": dict(item.headers),
        "correlation_id": item.correlation_id,
        "expires_at": item.expires_at,
        "mandatory": item.mandatory,
    }


def outgoing_from(row: Mapping[str, Any]) -> Outgoing:
    return Outgoing(**{**row, "body": bytes(row["body"])})

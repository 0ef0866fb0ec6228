"""Use cases of statements as files and of their delivery, bound to what they work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.payments.handlers import statement_delivery as delivery
from services.payments.handlers import statement_documents as documents
from services.payments.handlers.statement_documents import Archive
from services.payments.ports_statements import ReasonWords
from shared.contracts import View
from shared.envelopes import Received
from shared.outbox import SingleHandler

Reading = Callable[[Received[Any]], Awaitable[View]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementHandlers:
    """Those that note something write; what they note is committed before anything is read or made."""

    on_member_registered: SingleHandler
    on_provider_registered: SingleHandler
    on_coverage_recorded: SingleHandler
    make_documents: Callable[[Received[Any]], Awaitable[None]]
    on_statement_issued: SingleHandler
    note_document: SingleHandler
    get_document: Reading
    note_reading: SingleHandler
    read_statement: Reading
    note_payments: SingleHandler
    list_payee_payments: Reading
    get_delivery: Reading
    choose_delivery: SingleHandler
    list_to_post: Reading
    mark_posted: SingleHandler

    @classmethod
    def over(cls, archive: Archive, words: ReasonWords) -> "StatementHandlers":
        """All of them."""
        return cls(
            on_member_registered=partial(documents.on_member_registered, archive=archive),
            on_provider_registered=partial(documents.on_provider_registered, archive=archive),
            on_coverage_recorded=partial(documents.on_coverage_recorded, archive=archive),
            make_documents=partial(documents.make_documents, archive=archive),
            on_statement_issued=partial(documents.on_statement_issued, archive=archive),
            note_document=partial(documents.note_document, archive=archive),
            get_document=partial(documents.get_document, archive=archive),
            note_reading=partial(documents.note_reading, archive=archive),
            read_statement=partial(documents.read_statement, archive=archive, words=words),
            note_payments=partial(documents.note_payments, archive=archive),
            list_payee_payments=partial(documents.list_payee_payments, archive=archive),
            get_delivery=partial(delivery.get_delivery, archive=archive),
            choose_delivery=partial(delivery.choose_delivery, archive=archive),
            list_to_post=partial(delivery.list_to_post, archive=archive),
            mark_posted=partial(delivery.mark_posted, archive=archive),
        )

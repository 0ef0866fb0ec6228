"""Statements as files: made once, kept, given to their payees and to agents, put into secure inboxes (PAY-3, PAY-5).

Making a file takes a while, so it happens before and beside transactions; a file that was made twice is stored once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.payments.domain.errors import StatementNotFound
from services.payments.domain.payee import Payee
from services.payments.domain.statement import Statement
from services.payments.domain.statement_documents import (
    DocumentKey,
    Language,
    Names,
    PaperCopy,
    Reader,
    StatementDocument,
    document_of,
)
from services.payments.handlers.access import payee_of, provider_payee_of, require_agent
from services.payments.handlers.queries import payments_page, statement_of
from services.payments.handlers.statement_inbox import inbox_messages
from services.payments.handlers.views import language_of, statement_view
from services.payments.ports import Repositories
from services.payments.ports_statements import ReasonWords, Rendering
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.identity import CoverageRecorded, MemberRegistered
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.payments import PaymentsPage, StatementIssued, StatementView
from shared.contracts.payments_statements import (
    GetStatementDocument,
    ListPayeePayments,
    ReadStatement,
    ReadStatementDocument,
    StatementActRecorded,
    StatementDocumentView,
    StatementOf,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

DEFAULT_LANGUAGE: Final[Language] = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What handlers of statements as files work with."""

    over: Repositories
    rendering: Rendering
    clock: Clock

    async def document(self, key: DocumentKey) -> StatementDocument:
        """The file, made now if it never was.

        Raises:
            StatementNotFound: there is no such statement.
            RenderingFailed: it could not be made; it can be tried again.
        """
        found = await self.over.statement_documents.get(key)
        if found is not None:
            return found
        statement = await self.statement(key.batch_number)
        content = await self.rendering.render(statement, key, await self._names(statement))
        made = document_of(key, content, at=self.clock())
        await self.over.statement_documents.add(made)
        return await self.over.statement_documents.get(key) or made

    async def _names(self, statement: Statement) -> Names:
        readers = await self.over.statement_readers.of(statement.payee_id, session=None)
        persons = await self.over.statement_persons.names({claim.person_id for claim in statement.claims})
        return Names(next((reader.name for reader in readers), ""), persons)

    async def statement(self, batch_number: str) -> Statement:
        """Any payee's statement."""
        statement = await self.over.statements.get(batch_number)
        if statement is None:
            raise StatementNotFound(batch_number)
        return statement


async def on_member_registered(received: Received[MemberRegistered], work: Work, *, archive: Archive) -> None:
    """From now on the account is told of the dossier's statements, in its language."""
    event = received.message
    reader = Reader(event.account_id, language_of(event.language), event.holder_name)
    await archive.over.statement_readers.note(event.dossier_id, reader, session=work.session)


async def on_provider_registered(received: Received[ProviderRegistered], work: Work, *, archive: Archive) -> None:
    """The provider's statements are written in the language of its account."""
    event = received.message
    reader = Reader(event.account_id, language_of(event.language), event.holder_name)
    await archive.over.statement_readers.note(event.provider_id, reader, session=work.session)


async def on_coverage_recorded(received: Received[CoverageRecorded], work: Work, *, archive: Archive) -> None:
    """Statements call persons by the names of the roster."""
    event = received.message
    names = {person.person_id: f"{person.first_name} {person.last_name}" for person in event.persons}
    await archive.over.statement_persons.note(event.dossier_id, names, version=event.version, session=work.session)


async def make_documents(received: Received[StatementIssued], *, archive: Archive) -> None:
    """Make the PDF that goes into inboxes, in the language of each reader. Nothing is changed but that it is there."""
    event = received.message
    for language in {reader.language for reader in await readers_of(event.payee_id, archive, session=None)}:
        await archive.document(DocumentKey(event.batch_number, "pdf", language))


async def on_statement_issued(received: Received[StatementIssued], work: Work, *, archive: Archive) -> None:
    """Put the statement into the inboxes of its payee, and on the post list where that was asked for (PAY-5)."""
    event, session = received.message, work.session
    readers = await readers_of(event.payee_id, archive, session=session)
    documents: Mapping[Language, StatementDocument] = {
        language: await archive.document(DocumentKey(event.batch_number, "pdf", language))
        for language in {reader.language for reader in readers}
    }
    told = await archive.over.payees.get_many([event.payee_id], session=session)
    for message in inbox_messages(event, readers, documents, mailed=_mailed(told.get(event.payee_id))):
        work.send(message)
    by_post, _ = await archive.over.statement_deliveries.get(event.payee_id, session=session)
    if by_post:
        copy = PaperCopy(
            batch_number=event.batch_number,
            payee_id=event.payee_id,
            payee_class=event.payee_class,
            issued_at=event.issued_at,
        )
        await archive.over.paper_copies.add(copy, session=session)


async def readers_of(payee_id: str, archive: Archive, *, session: Session | None) -> Sequence[Reader]:
    """The accounts that registered for the payee, and those that enrolled it for direct deposit."""
    registered = await archive.over.statement_readers.of(payee_id, session=session)
    known = {reader.account_id for reader in registered}
    payees = await archive.over.payees.get_many([payee_id], session=session)
    enrolled = [account_id for account_id in _mailed(payees.get(payee_id)) if account_id not in known]
    return [*registered, *(Reader(account_id, DEFAULT_LANGUAGE) for account_id in enrolled)]


def _mailed(payee: Payee | None) -> tuple[str, ...]:
    """Accounts that get a mail about the payment itself."""
    return () if payee is None else payee.account_ids


async def note_document(received: Received[GetStatementDocument], work: Work, *, archive: Archive) -> None:
    """Record who takes a statement as a file, before it is given.

    Raises:
        StatementNotFound: there is none, or it is another payee's; nothing is taken.
    """
    query, actor = received.message, received.require_actor()
    payee_id = own_payee(actor, query.payee)
    await statement_of(payee_id, query.batch_number, statements=archive.over.statements)
    note(received, work, archive, about=payee_id, details={"what": "statement", "batch_number": query.batch_number})


async def get_document(
    received: Received[GetStatementDocument] | Received[ReadStatementDocument], *, archive: Archive
) -> StatementDocumentView:
    """The file; whose it is was looked at when it was noted who takes it."""
    query = received.message
    language = language_of(query.language or received.require_actor().language)
    document = await archive.document(DocumentKey(query.batch_number, query.form, language))
    return StatementDocumentView(
        name=document.name, media_type=document.media_type, sha256=document.sha256, content=document.content
    )


async def note_reading(
    received: Received[ReadStatement] | Received[ReadStatementDocument], work: Work, *, archive: Archive
) -> None:
    """Record that an agent reads somebody's statement, before it is given.

    Raises:
        StatementNotFound: there is none.
    """
    require_agent(received.require_actor())
    batch_number = received.message.batch_number
    statement = await archive.statement(batch_number)
    details = {"what": "statement", "batch_number": batch_number}
    note(received, work, archive, about=statement.payee_id, details=details)


async def read_statement(received: Received[ReadStatement], *, archive: Archive, words: ReasonWords) -> StatementView:
    """Any statement, for agents."""
    actor = received.require_actor()
    require_agent(actor)
    statement = await archive.statement(received.message.batch_number)
    return statement_view(statement, words=words, language=actor.language)


async def note_payments(received: Received[ListPayeePayments], work: Work, *, archive: Archive) -> None:
    """Record that an agent reads somebody's payments, before they are given."""
    require_agent(received.require_actor())
    note(received, work, archive, about=received.message.payee_id, details={"what": "payments"})


async def list_payee_payments(received: Received[ListPayeePayments], *, archive: Archive) -> PaymentsPage:
    """Payments to any payee, for agents."""
    require_agent(received.require_actor())
    return await payments_page(received.message.payee_id, received.message, payments=archive.over.payments)


def own_payee(actor: Actor, payee: StatementOf) -> str:
    """The payee that the actor is, or acts for."""
    return provider_payee_of(actor) if payee == "provider" else payee_of(actor)


def note(
    received: Received[Any],
    work: Work,
    archive: Archive,
    *,
    about: str,
    details: Mapping[str, str],
    act: str = "sensitive_read",
) -> None:
    """Publish an act of the message's actor for the audit."""
    actor = received.require_actor()
    work.publish(
        StatementActRecorded(
            act=act,
            account_id=actor.account_id,
            on_behalf_of=actor.on_behalf_of,
            about=about,
            correlation_id=received.correlation_id,
            occurred_at=archive.clock(),
            details=details,
        )
    )

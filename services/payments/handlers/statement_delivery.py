"""Statements by post, for those who asked (PAY-5)."""

from services.payments.domain.errors import StatementNotFound
from services.payments.domain.statement_documents import PaperCopy
from services.payments.handlers.access import require_agent
from services.payments.handlers.statement_documents import Archive, note, own_payee
from shared.contracts import Done
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDelivery,
    ListStatementsToPost,
    MarkStatementPosted,
    StatementDeliveryView,
    StatementsToPost,
    StatementToPost,
)
from shared.envelopes import Received
from shared.outbox import Work


async def get_delivery(received: Received[GetStatementDelivery], *, archive: Archive) -> StatementDeliveryView:
    """Whether the caller's statements go by post as well."""
    payee_id = own_payee(received.require_actor(), received.message.payee)
    by_post, chosen_at = await archive.over.statement_deliveries.get(payee_id, session=None)
    return StatementDeliveryView(by_post=by_post, chosen_at=chosen_at)


async def choose_delivery(
    received: Received[ChooseStatementDelivery], work: Work, *, archive: Archive
) -> StatementDeliveryView:
    """From the next statement on; those already issued go, or do not go, as they were to."""
    command, now = received.message, archive.clock()
    payee_id = own_payee(received.require_actor(), command.payee)
    await archive.over.statement_deliveries.choose(payee_id, by_post=command.by_post, at=now, session=work.session)
    details = {"what": "statements_by_post" if command.by_post else "statements_online_only"}
    note(received, work, archive, about=payee_id, details=details, act="sensitive_update")
    return StatementDeliveryView(by_post=command.by_post, chosen_at=now)


async def list_to_post(received: Received[ListStatementsToPost], *, archive: Archive) -> StatementsToPost:
    """The post list; for agents. The cursor is the last batch number of the page."""
    require_agent(received.require_actor())
    query = received.message
    found = await archive.over.paper_copies.list_unposted(after=query.after, limit=query.limit + 1)
    page = found[: query.limit]
    return StatementsToPost(
        statements=tuple(_view(copy) for copy in page),
        next_after=page[-1].batch_number if len(found) > query.limit else None,
    )


async def mark_posted(received: Received[MarkStatementPosted], work: Work, *, archive: Archive) -> Done:
    """A statement went by post; for agents. A second time changes nothing and is no act.

    Raises:
        StatementNotFound: it is not on the list.
    """
    actor = received.require_actor()
    require_agent(actor)
    batch_number = received.message.batch_number
    copy = await archive.over.paper_copies.get(batch_number, session=work.session)
    if copy is None:
        raise StatementNotFound(batch_number)
    if copy.posted_at is None:
        at = archive.clock()
        await archive.over.paper_copies.mark_posted(batch_number, at=at, by=actor.account_id, session=work.session)
        details = {"what": "statement_posted", "batch_number": batch_number}
        note(received, work, archive, about=copy.payee_id, details=details, act="sensitive_update")
    return Done()


def _view(copy: PaperCopy) -> StatementToPost:
    return StatementToPost(
        batch_number=copy.batch_number,
        payee_id=copy.payee_id,
        payee_class=copy.payee_class,
        issued_at=copy.issued_at,
    )

"""The exception list (BNK-5), worked through by agents; and what flags on bank details come to."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.banking.handlers.acts import require_agent, tell
from services.banking.handlers.enrolment import payee_of
from services.banking.handlers.ports_returns import DetailsFlags, ExceptionList, ListedException
from services.banking.ports import AccountRepository
from shared.clock import Clock
from shared.contracts.banking import DirectDepositView, GetDirectDeposit
from shared.contracts.banking_returns import (
    BankExceptionClosed,
    BankExceptionItem,
    BankExceptionsPage,
    CloseBankException,
    ListBankExceptions,
)
from shared.contracts.payments_returns import BankDetailsConfirmed
from shared.envelopes import Received
from shared.errors import Conflict, NotFound
from shared.outbox import Work


class ExceptionNotFound(NotFound):
    """Nothing of this name is on the list."""

    def __init__(self) -> None:
        super().__init__("banking.exception_not_found")


class ExceptionClosed(Conflict):
    """Somebody dealt with it before."""

    def __init__(self) -> None:
        super().__init__("banking.exception_closed")


async def list_exceptions(received: Received[ListBankExceptions], *, listed: ExceptionList) -> BankExceptionsPage:
    """Findings, the newest first; for agents."""
    require_agent(received.require_actor())
    query = received.message
    found = await listed.list_of(closed=query.closed, before=query.before, limit=query.limit + 1)
    page = found[: query.limit]
    return BankExceptionsPage(
        exceptions=tuple(_item(one) for one in page),
        next_before=page[-1].key if len(found) > query.limit else None,
    )


async def close_exception(
    received: Received[CloseBankException], work: Work, *, listed: ExceptionList, clock: Clock
) -> BankExceptionClosed:
    """Say how a finding was dealt with. The same agent with the same note again changes nothing.

    Raises:
        ExceptionNotFound: there is none.
        ExceptionClosed: otherwise, before.
    """
    actor, message, now = received.require_actor(), received.message, clock()
    require_agent(actor)
    known = await listed.get(message.exception_id, session=work.session)
    if known is None:
        raise ExceptionNotFound
    if (known.closed_by, known.note) == (actor.account_id, message.note):
        return BankExceptionClosed(exception=_item(known))
    closed = replace(known, closed_at=now, closed_by=actor.account_id, note=message.note)
    if known.closed_at is not None or not await listed.close(closed, session=work.session):
        raise ExceptionClosed
    details = {"exception_id": known.key, "kind": known.found.kind}
    await tell(work, received=received, act="exception_closed", at=now, details=details)
    return BankExceptionClosed(exception=_item(closed))


def _item(one: ListedException) -> BankExceptionItem:
    found = one.found
    return BankExceptionItem(
        exception_id=one.key,
        kind=found.kind,
        source=found.source,
        subject=found.subject,
        amount_cents=found.amount_cents,
        found_at=found.found_at,
        closed_at=one.closed_at,
        closed_by=one.closed_by,
        note=one.note,
    )


async def get_flagged_deposit(
    received: Received[GetDirectDeposit],
    *,
    ask: Callable[[Received[GetDirectDeposit]], Awaitable[DirectDepositView]],
    accounts: AccountRepository,
    flags: DetailsFlags,
) -> DirectDepositView:
    """The answer of ``ask``, and whether a deposit came back from these details."""
    view = await ask(received)
    account = await accounts.get(payee_of(received.require_actor(), received.message.payee))
    if account is None or not await flags.is_flagged(account):
        return view
    return view.model_copy(update={"flagged": True})


async def on_bank_details_confirmed(
    received: Received[BankDetailsConfirmed], work: Work, *, flags: DetailsFlags
) -> None:
    """An agent says that the details are right."""
    await flags.lift(received.message.payee_id, session=work.session)

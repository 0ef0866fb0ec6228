"""The history of bank details: the payee reads the own one, agents anybody's, which the audit keeps (BNK-3, OPS-7)."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from services.banking.domain.history import HistoryEntry
from services.banking.handlers.acts_details import note
from services.banking.handlers.directory import InstitutionDirectory
from services.banking.handlers.enrolment import BankingForbidden, payee_of, seen
from services.banking.ports import AccountErased, AccountRepository, AccountVault
from shared.clock import Clock
from shared.contracts.banking import DirectDepositView
from shared.contracts.banking_details import (
    DirectDepositHistory,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    HistoryItem,
    PayeeDirectDepositView,
    PayeeHistoryItem,
)
from shared.envelopes import Received
from shared.errors import NotFound
from shared.outbox import Work

AGENT = "agent"

Join = Callable[[Received[Any]], Awaitable[bytes | None]]


class HistoryRepository(Protocol):
    """What happened to the bank details of payees; ``AccountRepository`` adds to it."""

    async def list_for(self, payee_id: str) -> tuple[HistoryEntry, ...]:
        """What happened to those of a payee, the newest first."""


class PayeeUnknown(NotFound):
    """Nothing ever happened to bank details of such a payee."""

    def __init__(self) -> None:
        super().__init__("banking.payee_not_found")


def require_agent(received: Received[Any]) -> str:
    """The agent's account.

    Raises:
        BankingForbidden: no agent.
    """
    actor = received.require_actor()
    if AGENT not in actor.roles:
        raise BankingForbidden
    return actor.account_id


async def get_history(
    received: Received[GetDirectDepositHistory], *, history: HistoryRepository
) -> DirectDepositHistory:
    """The payee's own history, masked; of others only that it was not the payee."""
    actor = received.require_actor()
    entries = await history.list_for(payee_of(actor, received.message.payee))
    items = (HistoryItem(**_shown(entry), by_you=entry.by == actor.account_id) for entry in entries)
    return DirectDepositHistory(items=tuple(items))


async def look_at_payee(
    received: Received[GetPayeeDirectDeposit],
    *,
    note_look: Join,
    accounts: AccountRepository,
    history: HistoryRepository,
    vault: AccountVault,
    directory: InstitutionDirectory,
) -> PayeeDirectDepositView:
    """Commit that an agent looks, then answer: the answer is no part of the record of the message.

    Raises:
        PayeeUnknown: there is nothing to see.
    """
    require_agent(received)
    payee_id, language = received.message.payee_id, received.require_actor().language
    entries = await history.list_for(payee_id)
    account = await accounts.get(payee_id)
    if account is None and not entries:
        raise PayeeUnknown
    await note_look(received)
    view = DirectDepositView(enrolled=False)
    if account is not None:
        try:
            view = await seen(account, vault=vault, directory=directory, language=language)
        except AccountErased:  # closed at this moment: the history says so
            view = DirectDepositView(enrolled=False)
    items = tuple(PayeeHistoryItem(**_shown(entry), account_id=entry.by) for entry in entries)
    return PayeeDirectDepositView(payee_id=payee_id, direct_deposit=view, items=items)


async def note_look(received: Received[GetPayeeDirectDeposit], work: Work, *, clock: Clock) -> None:
    """An agent saw masked bank details."""
    note(
        work,
        received,
        "sensitive_read",
        about=received.message.payee_id,
        details={"what": "direct_deposit"},
        at=clock(),
    )


def _shown(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "at": entry.at,
        "account_ending": entry.account_ending,
        "version": entry.version,
    }

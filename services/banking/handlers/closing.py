"""Closing the direct deposit of a payee for good: the data key goes with the account (BNK-2, crypto-erase)."""

from typing import Protocol

from services.banking.domain.history import HistoryEntry, HistoryKind
from services.banking.handlers.acts_details import note
from services.banking.handlers.history import Join, require_agent
from services.banking.ports import AccountRepository, AccountVault
from shared.clock import Clock
from shared.contracts.banking import DirectDepositWithdrawn
from shared.contracts.banking_details import CloseDirectDeposit, DirectDepositClosed
from shared.envelopes import Received
from shared.errors import Conflict, NotFound
from shared.mongo import Session
from shared.outbox import Work


class NothingToClose(NotFound):
    """The payee has no direct deposit."""

    def __init__(self) -> None:
        super().__init__("banking.nothing_to_close")


class DepositUnderWay(Conflict):
    """A deposit file that names the payee has its number and is not with the bank yet: its bytes need the account."""

    def __init__(self) -> None:
        super().__init__("banking.deposit_under_way")


class DataKeys(Protocol):
    """The data keys of payees, as documents of banking's own database."""

    async def erase(self, payee_id: str, *, session: Session | None = None) -> None:
        """Delete the payee's data key: what was encrypted under it is unreadable for ever."""


class FilesUnderWay(Protocol):
    """Deposit files that have their number and are not with the bank yet."""

    async def names(self, payee_id: str, *, session: Session | None = None) -> bool:
        """Whether one of them pays this payee."""


async def close_direct_deposit(
    received: Received[CloseDirectDeposit], *, close: Join, accounts: AccountRepository, vault: AccountVault
) -> bytes | None:
    """Close in the group commit of ``close``; then let this process forget the key that it may hold in memory."""
    require_agent(received)
    reply = await close(received)
    payee_id = received.message.payee_id
    if await accounts.get(payee_id) is None:
        await vault.erase(payee_id)
    return reply


async def close(
    received: Received[CloseDirectDeposit],
    work: Work,
    *,
    accounts: AccountRepository,
    keys: DataKeys,
    files: FilesUnderWay,
    clock: Clock,
) -> DirectDepositClosed:
    """Remove account and data key in one transaction: there is no moment, and no crash, between the two.

    Raises:
        NothingToClose: the payee is not enrolled.
        DepositUnderWay: close again once the file is sent.
    """
    payee_id, now = received.message.payee_id, clock()
    agent = require_agent(received)
    known = await accounts.get(payee_id, session=work.session)
    if known is None:
        raise NothingToClose
    if await files.names(payee_id, session=work.session):
        raise DepositUnderWay
    ended = HistoryEntry.end_of(known, HistoryKind.CLOSED, at=now, by=agent)
    await accounts.remove(payee_id, ended=ended, session=work.session)
    await keys.erase(payee_id, session=work.session)
    work.publish(
        DirectDepositWithdrawn(
            payee_id=payee_id, account_id=known.account_id, withdrawn_at=now, payee_class=known.payee_class
        )
    )
    details = {"what": "direct_deposit", "reason": received.message.reason}
    note(work, received, "sensitive_delete", about=payee_id, details=details, at=now)
    return DirectDepositClosed(payee_id=payee_id, closed_at=now)

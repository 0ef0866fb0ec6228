"""Bank details of a provider who never signed in: gone with the account that gave them (REG-15, BNK-2)."""

from services.banking.domain.history import HistoryEntry, HistoryKind
from services.banking.handlers.held import Join
from services.banking.ports import AccountRepository, AccountVault
from shared.contracts.banking import DirectDepositWithdrawn
from shared.contracts.identity.providers import ProviderAccountEnded
from shared.envelopes import Received
from shared.outbox import Work


async def on_provider_account_ended(
    received: Received[ProviderAccountEnded], *, withdraw: Join, accounts: AccountRepository, vault: AccountVault
) -> bytes | None:
    """Close the direct deposit in the group commit of ``withdraw``, then delete the data key, outside any transaction.

    Repeating finishes what was interrupted between the two: ``withdraw`` is done once, and a key is deleted only while
    nothing is encrypted under it.
    """
    reply = await withdraw(received)
    provider_id = received.message.provider_id
    if await accounts.get(provider_id) is None:
        await vault.erase(provider_id)
    return reply


async def withdraw(received: Received[ProviderAccountEnded], work: Work, *, accounts: AccountRepository) -> None:
    """Remove what the ended account enrolled; details that another account of the same provider gave stay."""
    event = received.message
    known = await accounts.get(event.provider_id, session=work.session)
    if known is None or known.account_id != event.account_id:
        return
    ended = HistoryEntry.end_of(known, HistoryKind.WITHDRAWN, at=event.ended_at, by=None)
    await accounts.remove(event.provider_id, ended=ended, session=work.session)
    work.publish(
        DirectDepositWithdrawn(
            payee_id=event.provider_id, account_id=event.account_id, withdrawn_at=event.ended_at, payee_class="provider"
        )
    )

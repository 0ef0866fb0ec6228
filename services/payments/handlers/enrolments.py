"""Who can be paid by direct deposit."""

from services.payments.ports import PayeeRepository
from shared.contracts.banking import DirectDepositChanged, DirectDepositEnrolled, DirectDepositWithdrawn
from shared.envelopes import Received
from shared.outbox import Work


async def on_direct_deposit_enrolled(
    received: Received[DirectDepositEnrolled], work: Work, *, payees: PayeeRepository
) -> None:
    """From the next run on, the payee is paid; the account that enrolled is told about payments."""
    event = received.message
    await payees.enrol(event.payee_id, account_id=event.account_id, at=event.enrolled_at, session=work.session)


async def on_direct_deposit_changed(
    received: Received[DirectDepositChanged], work: Work, *, payees: PayeeRepository
) -> None:
    """Runs leave the payee out for a while: time to object to a change that somebody else made (BNK-3)."""
    event = received.message
    await payees.enrol(event.payee_id, account_id=event.account_id, at=event.changed_at, session=work.session)
    await payees.hold(event.payee_id, until=event.held_until, session=work.session, version=event.version)


async def on_direct_deposit_withdrawn(
    received: Received[DirectDepositWithdrawn], work: Work, *, payees: PayeeRepository
) -> None:
    """Runs leave the payee out until somebody enrols again; what is owed is carried over (REG-15)."""
    event = received.message
    await payees.withdraw(event.payee_id, account_id=event.account_id, at=event.withdrawn_at, session=work.session)

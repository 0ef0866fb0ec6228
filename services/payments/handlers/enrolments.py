"""Who can be paid by direct deposit."""

from services.payments.ports import PayeeRepository
from shared.contracts.banking import DirectDepositEnrolled
from shared.envelopes import Received
from shared.outbox import Work


async def on_direct_deposit_enrolled(
    received: Received[DirectDepositEnrolled], work: Work, *, payees: PayeeRepository
) -> None:
    """From the next run on, the payee is paid; the account that enrolled is told about payments."""
    event = received.message
    await payees.enrol(event.payee_id, account_id=event.account_id, at=event.enrolled_at, session=work.session)

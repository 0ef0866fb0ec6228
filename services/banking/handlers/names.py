"""What banking keeps of what identity tells: the name that a deposit is made out to."""

from services.banking.ports import PayeeRepository
from shared.contracts.identity import MemberRegistered
from shared.envelopes import Received
from shared.outbox import Work


async def on_member_registered(received: Received[MemberRegistered], work: Work, *, payees: PayeeRepository) -> None:
    """The holder of a dossier is its payee."""
    event = received.message
    await payees.record(event.dossier_id, event.holder_name, told_at=event.registered_at, session=work.session)

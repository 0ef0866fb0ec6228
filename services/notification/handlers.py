"""What notification does with each message. Mails are written here; ``courier`` delivers them.

Codes are held until they are handed over or expired, trying every few seconds: a person is waiting at a screen. All
other mails leave their waiting to the delays of the bus.
"""

import asyncio
from datetime import datetime
from typing import Any, Final

from services.notification.courier import Courier
from services.notification.domain import (
    Contact,
    ContactMissing,
    Delivery,
    Language,
    Letter,
    Template,
    Value,
    delivery_id_of,
    reference_of,
)
from services.notification.metrics import CODE_HAND_OFF
from services.notification.ports import Contacts, Pause
from shared.clock import Clock
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.identity import AgentAdded, MemberRegistered
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.contracts.payments import PaymentSent
from shared.envelopes import Received
from shared.errors import Transient
from shared.outbox import Work
from shared.telemetry import logger
from shared.tokens import Binding, SecretOpener

CODE_PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0)
"""Between attempts to hand a code over; the last one repeats."""

_CODE_TEMPLATES: Final = {"registration": Template.REGISTRATION_CODE, "sign_in": Template.SIGN_IN_CODE}
_NOTICE_TEMPLATES: Final = {
    "already_registered": Template.ALREADY_REGISTERED,
    "registration_not_matched": Template.REGISTRATION_NOT_MATCHED,
}


async def on_member_registered(received: Received[MemberRegistered], work: Work, *, contacts: Contacts) -> None:
    """Learn where a member can be reached."""
    event = received.message
    contact = Contact(event.account_id, event.email, Language(event.language), event.holder_name, (event.dossier_id,))
    await contacts.save(contact, session=work.session)


async def on_agent_added(received: Received[AgentAdded], work: Work, *, contacts: Contacts) -> None:
    """Learn where an agent can be reached: agents sign in with codes too."""
    event = received.message
    contact = Contact(event.account_id, event.email, Language(event.language), event.display_name)
    await contacts.save(contact, session=work.session)


async def send_code(
    received: Received[SendCode],
    *,
    courier: Courier,
    contacts: Contacts,
    opener: SecretOpener,
    clock: Clock,
    pause: Pause = asyncio.sleep,
) -> None:
    """Mail a one-time code (LOG-1, MSG-3); returns once it is handed over, refused for good or expired."""
    command = received.message
    code = command.code
    delivery = Delivery(code.delivery_id, _CODE_TEMPLATES[command.purpose], command.account_id, code.expires_at)

    async def prepare() -> Letter:
        contact = await _recipient_of(command, contacts)
        secret = opener.open(code.code, binding=Binding("code", code.delivery_id), now=clock())
        values: dict[str, Value] = {"code": secret, "expires_at": code.expires_at, "name": contact.name}
        return Letter(contact.email, contact.language, code.reference, code.sent_at, values)

    attempts = 0
    while True:
        try:
            sent = await courier.deliver(received, delivery, prepare)
        except Transient as error:
            logger().warning("code_waits", delivery_id=code.delivery_id, code=error.code, attempt=attempts + 1)
            await pause(CODE_PAUSES_SECONDS[min(attempts, len(CODE_PAUSES_SECONDS) - 1)])
            attempts += 1
        else:
            if sent:
                _observe_hand_off(code.delivery_id, sent_at=code.sent_at, now=clock())
            return


async def _recipient_of(command: SendCode, contacts: Contacts) -> Contact:
    """The holder of the account, or the address that has none yet: nothing is known about that one, not even a name."""
    if command.account_id is not None:
        return await contacts.get(command.account_id)
    return Contact("", str(command.email), Language(command.language or Language.FRENCH), "")


def _observe_hand_off(delivery_id: str, *, sent_at: datetime, now: datetime) -> None:
    seconds = max(0.0, (now - sent_at).total_seconds())
    CODE_HAND_OFF.observe(seconds)
    logger().info("code_handed_over", delivery_id=delivery_id, ms=round(seconds * 1000))


async def send_access_notice(received: Received[SendAccessNotice], *, courier: Courier) -> None:
    """Tell the owner of an address that somebody tried to register with it (REG-21)."""
    command = received.message

    async def prepare() -> Letter:
        return Letter(command.email, Language(command.language), command.reference, command.occurred_at, {})

    await courier.deliver(received, Delivery(command.delivery_id, _NOTICE_TEMPLATES[command.kind]), prepare)


async def on_claim_adjudicated(received: Received[ClaimAdjudicated], *, courier: Courier, contacts: Contacts) -> None:
    """Tell a member what became of a claim; what it was for stays in the portal."""
    event = received.message
    await _tell(
        received,
        Template.CLAIM_DECIDED,
        event.account_id,
        courier=courier,
        contacts=contacts,
        happened_at=event.decided_at,
        values={
            "outcome": event.outcome,
            "version": event.version,
            "claim_number": event.claim_number,
            "submitted_cents": event.submitted_cents,
            "benefit_cents": event.benefit_cents,
            "received_at": event.received_at,
        },
    )


async def on_payment_sent(received: Received[PaymentSent], *, courier: Courier, contacts: Contacts) -> None:
    """Tell every holder concerned that a deposit is on its way.

    Raises:
        Transient: at least one of them could not be told yet; the others are not told twice.
    """
    event = received.message
    account_ids = event.account_ids or await _holders_of(event.payee_id, contacts)
    values: dict[str, Value] = {
        "batch_number": event.batch_number,
        "amount_cents": event.amount_cents,
        "payable_on": event.payable_on,
    }
    postponed: Transient | None = None
    for account_id in account_ids:
        try:
            await _tell(
                received,
                Template.PAYMENT_SENT,
                account_id,
                courier=courier,
                contacts=contacts,
                happened_at=event.sent_at,
                values=values,
            )
        except Transient as error:
            postponed = error
    if postponed is not None:
        raise postponed


async def _holders_of(dossier_id: str, contacts: Contacts) -> tuple[str, ...]:
    found = await contacts.list_by_dossier(dossier_id)
    if not found:
        raise ContactMissing
    return tuple(contact.account_id for contact in found)


async def _tell(
    received: Received[Any],
    template: Template,
    account_id: str,
    *,
    courier: Courier,
    contacts: Contacts,
    happened_at: datetime,
    values: dict[str, Value],
) -> None:
    delivery = Delivery(delivery_id_of(received.message_id, account_id), template, account_id)

    async def prepare() -> Letter:
        contact = await contacts.get(account_id)
        everything = {**values, "name": contact.name}
        return Letter(contact.email, contact.language, reference_of(delivery.delivery_id), happened_at, everything)

    await courier.deliver(received, delivery, prepare)

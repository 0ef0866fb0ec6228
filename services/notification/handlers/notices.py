"""Mails that tell what happened. What makes them wait is left to the delays of the bus."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from services.notification.domain import (
    ContactMissing,
    Delivery,
    Letter,
    Template,
    Value,
    delivery_id_of,
    reference_of,
)
from services.notification.handlers.contacts import recipient_of
from services.notification.handlers.courier import Courier
from services.notification.ports import Contacts
from shared.clock import Clock
from shared.contracts.banking import DirectDepositEnrolled
from shared.contracts.claims import ClaimAdjudicated, ClaimEstimated
from shared.contracts.notification import InboxMessageArrived, SendAccessNotice
from shared.contracts.payments import PaymentSent
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.errors import Transient
from shared.tokens import Binding, SecretOpener

ASKED_OF_MEMBERS: Final = frozenset(
    {"receipt_missing", "prescription_missing", "referral_missing", "answer_missing", "review_document_asked"}
)
"""Reasons for which a claim waits until its member sends something."""


async def send_access_notice(
    received: Received[SendAccessNotice], *, courier: Courier, contacts: Contacts, opener: SecretOpener, clock: Clock
) -> None:
    """Mail a notice about access, with its temporary password when it has one (REG-15, REG-21)."""
    command = received.message
    delivery = Delivery(command.delivery_id, Template(command.kind), command.account_id)

    async def prepare() -> Letter:
        contact = await recipient_of(command, contacts)
        values: dict[str, Value] = {**command.values, "name": contact.name}
        if command.secret is not None:
            binding = Binding("secret", command.delivery_id)
            values["secret"] = opener.open(command.secret, binding=binding, now=clock())
        return Letter(contact.email, contact.language, command.reference, command.occurred_at, values)

    await courier.deliver(received, delivery, prepare)


async def on_claim_adjudicated(received: Received[ClaimAdjudicated], *, courier: Courier, contacts: Contacts) -> None:
    """Tell a member what became of a claim; what it was for stays in the portal.

    A provider that bills many patients finds its claims in the portal and on its statements.
    """
    event = received.message
    if event.pay_to == "provider":
        return
    await _tell(
        received,
        Template.CLAIM_DECIDED,
        event.account_id,
        courier=courier,
        contacts=contacts,
        happened_at=event.decided_at,
        values={
            "outcome": event.outcome,
            "cause": event.cause,
            "missing": missing_in(event),
            "claim_number": event.claim_number,
            "submitted_cents": event.submitted_cents,
            "benefit_cents": event.benefit_cents,
            "received_at": event.received_at,
        },
    )


async def on_claim_estimated(received: Received[ClaimEstimated], *, courier: Courier, contacts: Contacts) -> None:
    """Tell a member what would be paid: no decision, and no money on its way (CLM-10)."""
    event = received.message
    await _tell(
        received,
        Template.CLAIM_ESTIMATED,
        event.account_id,
        courier=courier,
        contacts=contacts,
        happened_at=event.decided_at,
        values={
            "outcome": event.outcome,
            "claim_number": event.claim_number,
            "submitted_cents": event.submitted_cents,
            "benefit_cents": event.benefit_cents,
            "valid_through": event.valid_through or "",
        },
    )


def missing_in(event: ClaimAdjudicated) -> str:
    """The first thing that a pended claim waits for and that the member can send; "" when there is none."""
    pended = (line for line in event.lines if line.outcome == "pended")
    asked = (code for line in pended for code in line.reason_codes if code in ASKED_OF_MEMBERS)
    return next(asked, "")


async def on_payment_sent(received: Received[PaymentSent], *, courier: Courier, contacts: Contacts) -> None:
    """Tell every holder concerned that a deposit is on its way.

    Raises:
        Transient: at least one of them could not be told yet; the others are not told twice.
    """
    event = received.message
    values: dict[str, Value] = {
        "batch_number": event.batch_number,
        "amount_cents": event.amount_cents,
        "payable_on": event.payable_on,
    }
    await _tell_each(
        received,
        Template.PAYMENT_SENT,
        event.account_ids or await _holders_of(event.payee_id, contacts),
        courier=courier,
        contacts=contacts,
        happened_at=event.sent_at,
        values=values,
    )


async def on_payment_returned(received: Received[PaymentReturned], *, courier: Courier, contacts: Contacts) -> None:
    """Ask every holder concerned to check the bank details; why the bank sent the deposit back stays with the agents.

    Raises:
        Transient: at least one of them could not be told yet; the others are not told twice.
    """
    event = received.message
    if event.method != "deposit":
        return
    find = _provider if event.payee_class == "provider" else _holders_of
    await _tell_each(
        received,
        Template.PAYMENT_RETURNED,
        event.account_ids or await find(event.payee_id, contacts),
        courier=courier,
        contacts=contacts,
        happened_at=event.returned_at,
        values={
            "batch_number": event.batch_number,
            "amount_cents": event.amount_cents,
            "returned_on": event.returned_on,
        },
    )


async def on_inbox_message_arrived(
    received: Received[InboxMessageArrived], *, courier: Courier, contacts: Contacts
) -> None:
    """Tell the owner of an inbox that something arrived, and nothing of what it says (MSG-2).

    Raises:
        Transient: not yet known where to reach the owner, or not delivered yet.
    """
    event = received.message
    if not event.announced:
        return
    await _tell_each(
        received,
        Template.INBOX_MESSAGE,
        (event.account_id,) if event.account_id is not None else await _provider(str(event.provider_id), contacts),
        courier=courier,
        contacts=contacts,
        happened_at=event.arrived_at,
        values={},
    )


async def _tell_each(
    received: Received[Any],
    template: Template,
    account_ids: Iterable[str],
    *,
    courier: Courier,
    contacts: Contacts,
    happened_at: datetime,
    values: dict[str, Value],
) -> None:
    """Tell several people; those who could be told are not told again when the others are tried later."""
    postponed: Transient | None = None
    for account_id in account_ids:
        try:
            await _tell(
                received,
                template,
                account_id,
                courier=courier,
                contacts=contacts,
                happened_at=happened_at,
                values=values,
            )
        except Transient as error:
            postponed = error
    if postponed is not None:
        raise postponed


async def _provider(provider_id: str, contacts: Contacts) -> tuple[str, ...]:
    found = await contacts.list_by_provider(provider_id)
    if not found:
        raise ContactMissing
    return tuple(contact.account_id for contact in found)


async def on_direct_deposit_enrolled(
    received: Received[DirectDepositEnrolled], *, courier: Courier, contacts: Contacts
) -> None:
    """Confirm direct deposit to providers, whose enrolment ends in mails (REG-15); members see it on their screen."""
    event = received.message
    if event.payee_class != "provider":
        return
    await _tell(
        received,
        Template.DIRECT_DEPOSIT_ENROLLED,
        event.account_id,
        courier=courier,
        contacts=contacts,
        happened_at=event.enrolled_at,
        values={},
    )


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
        return Letter(
            contact.notice_email, contact.language, reference_of(delivery.delivery_id), happened_at, everything
        )

    await courier.deliver(received, delivery, prepare)

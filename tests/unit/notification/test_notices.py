"""Who is told about what happened, and how notification knows whom."""

import pytest

from services.notification.domain import Contact, ContactMissing, DeliveryState, Language, MailDeferred, MailRefused
from services.notification.handlers import contacts, notices
from services.notification.handlers.failures import record_failure
from shared.contracts.identity.own_account import ContactChosen
from shared.contracts.notification import DeliveryFailed
from shared.outbox import Work
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW, received
from tests.support.notification_desk import Desk
from tests.support.notification_memory import (
    MemoryContacts,
    html_of,
    text_of,
)


@pytest.mark.req("REG-21")
@pytest.mark.parametrize(
    ("kind", "language", "subject"),
    [
        ("already_registered", "fr", "Vous avez déjà un compte"),
        ("already_registered", "en", "You already have an account"),
        ("registration_not_matched", "fr", "Votre inscription n’a pas pu être terminée"),
        ("registration_not_matched", "en", "Your registration could not be completed"),
    ],
)
async def test_an_access_notice_tells_its_reference_and_nothing_secret(kind: str, language: str, subject: str) -> None:
    desk, command = Desk(), build.access_notice(kind=kind, language=language)
    for _ in range(2):
        await desk.send_access_notice(command)
    (message,) = desk.mailer.messages
    assert (message["To"], message["Subject"]) == (command.email, subject)
    assert command.reference in text_of(message)


@pytest.mark.req("MSG-1")
async def test_a_member_is_told_what_became_of_a_claim() -> None:
    contact = build.contact(language=Language.ENGLISH)
    desk, event = Desk(contact), build.claim_adjudicated(account_id=contact.account_id, outcome="reduced")
    await notices.on_claim_adjudicated(received(event), courier=desk.courier, contacts=desk.contacts)
    (message,) = desk.mailer.messages
    assert message["To"] == contact.email
    assert message["Subject"] == "Claim 7K2M-9QXA-4T1B: decision made"
    for fact in ("approved in part", "$1,200.00", "$123.46", contact.name):
        assert fact in text_of(message)
        assert fact in html_of(message)
    assert "physio" not in text_of(message) + html_of(message)


@pytest.mark.req("MSG-1", "CLM-9")
async def test_a_member_is_told_which_document_a_claim_waits_for() -> None:
    contact = build.contact(language=Language.ENGLISH)
    event = build.claim_adjudicated(account_id=contact.account_id, outcome="pended")
    waiting = event.lines[0].model_copy(
        update={"outcome": "pended", "reason_codes": ("work_accident", "prescription_missing")}
    )
    approved = waiting.model_copy(update={"outcome": "reduced", "reason_codes": ("receipt_missing",)})
    desk = Desk(contact)
    told = event.model_copy(update={"lines": (approved, waiting)})
    await notices.on_claim_adjudicated(received(told), courier=desk.courier, contacts=desk.contacts)
    (message,) = desk.mailer.messages
    assert message["Subject"] == "Claim 7K2M-9QXA-4T1B: something is missing"
    assert "waits for a prescription" in text_of(message)


@pytest.mark.req("MSG-1", "CLM-10")
async def test_an_estimate_has_a_mail_of_its_own() -> None:
    contact = build.contact()
    desk, event = Desk(contact), build.claim_estimated(account_id=contact.account_id)
    await notices.on_claim_estimated(received(event), courier=desk.courier, contacts=desk.contacts)
    (message,) = desk.mailer.messages
    assert message["Subject"] == "Estimation 7K2M-9QXA-4T1B"
    assert "Remboursement estimé\u00a0: 123,46" in text_of(message)
    await notices.on_claim_estimated(
        received(event.model_copy(update={"outcome": "pended", "valid_through": None})),
        courier=desk.courier,
        contacts=desk.contacts,
    )
    assert "à l’étude" in text_of(desk.mailer.messages[-1])


@pytest.mark.req("MSG-4")
async def test_an_event_about_an_unknown_account_waits() -> None:
    desk = Desk()
    with pytest.raises(ContactMissing):
        await notices.on_claim_adjudicated(
            received(build.claim_adjudicated()), courier=desk.courier, contacts=desk.contacts
        )


@pytest.mark.req("MSG-1")
async def test_the_accounts_named_by_a_payment_are_told() -> None:
    first, second, other = build.contact(), build.contact(language=Language.ENGLISH), build.contact()
    desk = Desk(first, second, other)
    await desk.on_payment_sent(
        build.payment_sent(account_ids=(first.account_id, second.account_id), payee_id=other.dossier_ids[0])
    )
    assert desk.recipients == [first.email, second.email]
    french, english = desk.mailer.messages
    assert french["Subject"] == "Dépôt envoyé\u00a0: lot 10000042"
    assert "1\u00a0234,56\u00a0$" in text_of(french)
    assert english["Subject"] == "Deposit sent: batch 10000042"
    assert "$1,234.56" in text_of(english)


@pytest.mark.req("BNK-5", "MSG-1")
async def test_who_had_a_deposit_come_back_is_asked_to_check_the_details_and_not_told_why() -> None:
    first, second, other = build.contact(), build.contact(language=Language.ENGLISH), build.contact()
    desk = Desk(first, second, other)
    accounts = (first.account_id, second.account_id)
    await desk.on_payment_returned(build.payment_returned(account_ids=accounts))
    await desk.on_payment_returned(build.payment_returned(payee_id=other.dossier_ids[0]))
    assert desk.recipients == [first.email, second.email, other.email]
    french, english, _ = desk.mailer.messages
    assert french["Subject"] == "Dépôt retourné\u00a0: lot 10000042"
    assert english["Subject"] == "Deposit returned: batch 10000042"
    for message, words in ((french, "coordonnées bancaires"), (english, "bank details")):
        assert words in text_of(message)
        assert "910" not in text_of(message)


@pytest.mark.req("BNK-5")
async def test_of_a_voided_cheque_nobody_is_told_that_a_deposit_came_back() -> None:
    member = build.contact()
    desk = Desk(member)
    await desk.on_payment_returned(build.payment_returned(account_ids=(member.account_id,), method="cheque"))
    assert desk.recipients == []


@pytest.mark.req("REG-2")
async def test_notices_go_to_the_chosen_address_and_codes_and_notices_about_access_do_not() -> None:
    member = build.contact(chosen_email="avis@example.org")
    desk = Desk(member)
    await desk.on_payment_sent(build.payment_sent(account_ids=(member.account_id,)))
    await desk.send_access_notice(build.access_notice(account_id=member.account_id, email=None, language=None))
    assert desk.recipients == ["avis@example.org", member.email]


@pytest.mark.req("REG-2")
async def test_a_choice_is_learned_from_its_event() -> None:
    member = build.contact()
    desk = Desk(member)
    event = ContactChosen(account_id=member.account_id, email="avis@example.org", chosen_at=NOW)
    message = received(event)
    await contacts.on_contact_chosen(message, Work(None, message, source="notification"), contacts=desk.contacts)
    assert (await desk.contacts.get(member.account_id)).notice_email == "avis@example.org"


@pytest.mark.req("MSG-1")
async def test_without_named_accounts_the_holders_of_the_dossier_are_told() -> None:
    holder, other = build.contact(), build.contact()
    desk = Desk(holder, other)
    await desk.on_payment_sent(build.payment_sent(payee_id=holder.dossier_ids[0]))
    assert desk.recipients == [holder.email]


@pytest.mark.req("MSG-4")
async def test_a_payment_that_nobody_is_known_for_waits() -> None:
    with pytest.raises(ContactMissing):
        await Desk().on_payment_sent(build.payment_sent())


@pytest.mark.req("MSG-4")
async def test_one_recipient_who_has_to_wait_does_not_delay_or_double_the_other() -> None:
    first, second = build.contact(), build.contact()
    desk = Desk(first, second, replies=[MailDeferred(450)])
    event, message_id = build.payment_sent(account_ids=(first.account_id, second.account_id)), build.random_id()
    with pytest.raises(MailDeferred):
        await desk.on_payment_sent(event, message_id=message_id)
    assert desk.recipients == [second.email]
    await desk.on_payment_sent(event, message_id=message_id)
    assert desk.recipients == [second.email, first.email]


@pytest.mark.req("MSG-4")
async def test_one_recipient_who_is_refused_does_not_keep_the_other_from_being_told() -> None:
    first, second = build.contact(), build.contact()
    desk = Desk(first, second, replies=[MailRefused(550)])
    await desk.on_payment_sent(build.payment_sent(account_ids=(first.account_id, second.account_id)))
    assert desk.recipients == [second.email]
    assert [failure.delivery.account_id for failure in desk.reports.failures] == [first.account_id]


async def test_a_member_who_registered_can_be_reached_by_account_and_dossier() -> None:
    known, event = MemoryContacts(), build.member_registered(language="en")
    message = received(event)
    await contacts.on_member_registered(message, Work(None, message, source="notification"), contacts=known)
    expected = Contact(event.account_id, event.email, Language.ENGLISH, event.holder_name, (event.dossier_id,))
    assert await known.get(event.account_id) == expected
    assert list(await known.list_by_dossier(event.dossier_id)) == [expected]


async def test_an_agent_who_was_added_can_be_reached() -> None:
    known, event = MemoryContacts(), build.agent_added()
    message = received(event)
    await contacts.on_agent_added(message, Work(None, message, source="notification"), contacts=known)
    assert await known.get(event.account_id) == Contact(
        event.account_id, event.email, Language.ENGLISH, event.display_name
    )


@pytest.mark.req("MSG-4")
async def test_a_failure_is_recorded_and_published_together() -> None:
    desk = Desk(replies=[MailRefused(550)])
    command = build.send_code()
    await desk.send_code(command)
    (failure,) = desk.reports.failures
    work = Work(None, received(command), source="notification")
    await record_failure(work, failure, deliveries=desk.deliveries)
    assert work.events == [
        DeliveryFailed(
            delivery_id=command.code.delivery_id, template="registration_code", account_id=None, failed_at=NOW
        )
    ]
    assert await desk.state_of(command.code.delivery_id) is DeliveryState.FAILED

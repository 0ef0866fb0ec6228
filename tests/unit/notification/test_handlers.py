"""What notification does with each message."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from services.notification import handlers
from services.notification.domain import Contact, ContactMissing, DeliveryState, Language, MailDeferred, MailRefused
from services.notification.failures import record_failure
from shared.contracts.identity import SealedCode
from shared.contracts.notification import DeliveryFailed, SendCode
from shared.contracts.payments import PaymentSent
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW, SettableClock, received
from tests.support.notification_memory import (
    MemoryContacts,
    MemoryDeliveries,
    MemoryMailer,
    MemoryReports,
    Pauses,
    html_of,
    text_of,
)


class Desk:
    """Notification on in-memory ports."""

    def __init__(self, *contacts: Contact, replies: list[Exception | None] | None = None) -> None:
        self.clock = SettableClock()
        self.contacts = MemoryContacts(*contacts)
        self.deliveries = MemoryDeliveries()
        self.reports = MemoryReports(self.deliveries)
        self.mailer = MemoryMailer(replies or [])
        self.pauses = Pauses()
        self.courier = build.courier(
            self.mailer, deliveries=self.deliveries, reports=self.reports, clock=self.clock, pause=self.pauses
        )

    async def send_code(self, command: SendCode, *, opener: SecretOpener | None = None) -> None:
        await handlers.send_code(
            received(command),
            courier=self.courier,
            contacts=self.contacts,
            opener=opener or SecretOpener((build.key(),)),
            clock=self.clock,
            pause=self.pauses,
        )

    async def on_payment_sent(self, event: PaymentSent, *, message_id: str | None = None) -> None:
        await handlers.on_payment_sent(
            received(event, message_id=message_id), courier=self.courier, contacts=self.contacts
        )

    async def state_of(self, delivery_id: str) -> DeliveryState:
        record = await self.deliveries.get(delivery_id)
        assert record is not None
        return record.state

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mailer.mails]


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.mark.req("LOG-1", "MSG-1")
async def test_a_registration_code_goes_to_an_address_that_has_no_account_yet() -> None:
    desk, code = Desk(), build.random_code()
    command = build.send_code(build.sealed_code(code), email="zoe@example.org", language="en")
    await desk.send_code(command)
    (message,) = desk.mailer.messages
    assert message["To"] == "zoe@example.org"
    assert message["Subject"] == "Your registration code (reference 7KD)"
    assert f"    {code}" in text_of(message).splitlines()
    assert code in html_of(message)
    assert await desk.state_of(command.code.delivery_id) is DeliveryState.SENT


@pytest.mark.req("LOG-1", "MSG-1")
async def test_a_sign_in_code_goes_to_the_access_address_of_the_account_in_its_language() -> None:
    contact, code = build.contact(language=Language.FRENCH), build.random_code()
    desk = Desk(contact)
    sealed = build.sealed_code(code, reference="Q4T")
    await desk.send_code(build.send_code(sealed, purpose="sign_in", account_id=contact.account_id))
    (message,) = desk.mailer.messages
    assert message["To"] == contact.email
    assert message["Subject"] == "Votre code de connexion (référence Q4T)"
    assert message["X-Acquit-Delivery"] == sealed.delivery_id
    assert code in text_of(message)
    assert contact.name in text_of(message)


@pytest.mark.req("MSG-4")
async def test_a_code_command_that_comes_twice_is_mailed_once() -> None:
    desk, command = Desk(), build.send_code()
    await desk.send_code(command)
    await desk.send_code(command)
    assert len(desk.mailer.mails) == 1


@pytest.mark.req("MSG-3")
async def test_a_code_is_tried_again_within_seconds_while_the_mail_server_is_away() -> None:
    desk = Desk(replies=[MailDeferred(), MailDeferred(421), MailDeferred()])
    await desk.send_code(build.send_code())
    assert len(desk.mailer.mails) == 1
    assert desk.pauses.seconds == [0.5, 1.0, 2.0]


@pytest.mark.req("MSG-3")
async def test_a_code_waits_for_a_contact_that_is_still_on_its_way() -> None:
    contact, desk = build.contact(), Desk()

    def arrive() -> None:
        desk.contacts = MemoryContacts(contact)

    class Late(MemoryContacts):
        async def get(self, account_id: str) -> Contact:
            return await desk.contacts.get(account_id)

    await handlers.send_code(
        received(build.send_code(purpose="sign_in", account_id=contact.account_id)),
        courier=desk.courier,
        contacts=Late(),
        opener=SecretOpener((build.key(),)),
        clock=desk.clock,
        pause=Pauses(lambda: None, arrive),
    )
    assert desk.recipients == [contact.email]


@pytest.mark.req("MSG-3", "MSG-4")
async def test_a_code_that_expires_while_it_waits_is_dropped_and_reported() -> None:
    desk = Desk(replies=[MailDeferred()] * 50)

    class Passing(Pauses):
        async def __call__(self, seconds: float) -> None:
            await super().__call__(seconds)
            desk.clock.advance(timedelta(seconds=60))

    passing = Passing()
    command = build.send_code()
    await handlers.send_code(
        received(command),
        courier=desk.courier,
        contacts=desk.contacts,
        opener=SecretOpener((build.key(),)),
        clock=desk.clock,
        pause=passing,
    )
    assert desk.mailer.mails == []
    assert len(passing.seconds) == 10
    assert max(passing.seconds) <= 5
    assert await desk.state_of(command.code.delivery_id) is DeliveryState.EXPIRED
    assert [failure.state for failure in desk.reports.failures] == [DeliveryState.EXPIRED]


@pytest.mark.req("MSG-3")
async def test_a_code_that_comes_too_late_is_dropped_without_being_opened() -> None:
    desk = Desk()
    late = build.sealed_code(build.random_code(), sent_at=NOW - timedelta(minutes=10))
    await desk.send_code(build.send_code(late), opener=SecretOpener(()))
    assert [failure.reason for failure in desk.reports.failures] == ["expired"]


def moved(code: SealedCode) -> SealedCode:
    return code.model_copy(update={"delivery_id": build.random_id()})


@pytest.mark.req("MSG-3")
@pytest.mark.parametrize(
    "code",
    [
        build.sealed_code("123456", sealed_for=build.other_key()),
        build.sealed_code("123456", binding=Binding("password", "x")),
        moved(build.sealed_code("123456")),
    ],
    ids=["other key", "other purpose", "moved to another message"],
)
async def test_a_code_that_was_not_sealed_for_this_mail_is_not_sent(code: SealedCode) -> None:
    desk = Desk()
    await desk.send_code(build.send_code(code))
    assert desk.mailer.mails == []
    assert [failure.reason for failure in desk.reports.failures] == ["secret.unreadable"]


@pytest.mark.req("MSG-3")
async def test_codes_of_both_keys_are_mailed_while_keys_rotate() -> None:
    desk = Desk()
    for key in (build.key(), build.other_key()):
        command = build.send_code(build.sealed_code("123456", sealed_for=key))
        await desk.send_code(command, opener=SecretOpener((build.key(), build.other_key())))
    assert len(desk.mailer.mails) == 2


@pytest.mark.req("MSG-3")
async def test_the_time_to_hand_a_code_over_is_measured_from_its_making() -> None:
    def measured() -> tuple[float, float]:
        values = [REGISTRY.get_sample_value(f"acquit_code_hand_off_seconds_{name}") for name in ("count", "sum")]
        return values[0] or 0.0, values[1] or 0.0

    desk, before = Desk(), measured()
    await desk.send_code(build.send_code(build.sealed_code("123456", sent_at=NOW - timedelta(seconds=2))))
    after = measured()
    assert after[0] - before[0] == 1
    assert after[1] - before[1] == pytest.approx(2.0)


@pytest.mark.req("MSG-3", "OPS-5")
async def test_no_code_address_or_name_is_logged(logs: list[Any]) -> None:
    contact, code = build.contact(), build.random_code()
    desk = Desk(contact, replies=[MailDeferred(), MailRefused(550)])
    await desk.send_code(build.send_code(build.sealed_code(code), purpose="sign_in", account_id=contact.account_id))
    await desk.send_code(build.send_code(build.sealed_code(code), email=contact.email, language="fr"))
    events = [entry["event"] for entry in logs]
    assert events == ["code_waits", "mail_given_up", "code_handed_over"]
    everything = repr(logs)
    for secret in (code, contact.email, contact.name):
        assert secret not in everything


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
        await handlers.send_access_notice(received(command), courier=desk.courier)
    (message,) = desk.mailer.messages
    assert (message["To"], message["Subject"]) == (command.email, subject)
    assert command.reference in text_of(message)


@pytest.mark.req("MSG-1")
async def test_a_member_is_told_what_became_of_a_claim() -> None:
    contact = build.contact(language=Language.ENGLISH)
    desk, event = Desk(contact), build.claim_adjudicated(account_id=contact.account_id, outcome="reduced")
    await handlers.on_claim_adjudicated(received(event), courier=desk.courier, contacts=desk.contacts)
    (message,) = desk.mailer.messages
    assert message["To"] == contact.email
    assert message["Subject"] == "Claim 7K2M-9QXA-4T1B: decision made"
    for fact in ("approved in part", "$1,200.00", "$123.46", contact.name):
        assert fact in text_of(message)
        assert fact in html_of(message)
    assert "physio" not in text_of(message) + html_of(message)


@pytest.mark.req("MSG-4")
async def test_an_event_about_an_unknown_account_waits() -> None:
    desk = Desk()
    with pytest.raises(ContactMissing):
        await handlers.on_claim_adjudicated(
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
    contacts, event = MemoryContacts(), build.member_registered(language="en")
    message = received(event)
    await handlers.on_member_registered(message, Work(None, message, source="notification"), contacts=contacts)
    expected = Contact(event.account_id, event.email, Language.ENGLISH, event.holder_name, (event.dossier_id,))
    assert await contacts.get(event.account_id) == expected
    assert list(await contacts.list_by_dossier(event.dossier_id)) == [expected]


async def test_an_agent_who_was_added_can_be_reached() -> None:
    contacts, event = MemoryContacts(), build.agent_added()
    message = received(event)
    await handlers.on_agent_added(message, Work(None, message, source="notification"), contacts=contacts)
    assert await contacts.get(event.account_id) == Contact(
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

"""One-time codes: in time, to the right mailbox, to nobody else."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from services.notification.domain import Contact, Delivery, DeliveryState, Language, MailDeferred, MailRefused
from services.notification.handlers import codes
from shared.contracts.identity import SealedCode
from shared.tokens import Binding, SecretOpener
from tests.support import keys
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW, received
from tests.support.notification_desk import Desk
from tests.support.notification_memory import (
    MemoryContacts,
    Pauses,
    html_of,
    text_of,
)


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

    await codes.send_code(
        received(build.send_code(purpose="sign_in", account_id=contact.account_id)),
        courier=desk.courier,
        contacts=Late(),
        opener=keys.opener("notification"),
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
    await codes.send_code(
        received(command),
        courier=desk.courier,
        contacts=desk.contacts,
        opener=keys.opener("notification"),
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
        lambda: build.sealed_code("123456", sealed_for=keys.public("somebody else")),
        lambda: build.sealed_code("123456", binding=Binding("password", "x")),
        lambda: moved(build.sealed_code("123456")),
    ],
    ids=["other key", "other purpose", "moved to another message"],
)
async def test_a_code_that_was_not_sealed_for_this_mail_is_not_sent(code: Callable[[], SealedCode]) -> None:
    desk = Desk()
    await desk.send_code(build.send_code(code()))
    assert desk.mailer.mails == []
    assert [failure.reason for failure in desk.reports.failures] == ["secret.unreadable"]


@pytest.mark.req("MSG-3")
async def test_codes_of_both_keys_are_mailed_while_keys_rotate() -> None:
    desk = Desk()
    for owner in ("notification", "somebody else"):
        command = build.send_code(build.sealed_code("123456", sealed_for=keys.public(owner)))
        await desk.send_code(command, opener=keys.opener("notification", "somebody else"))
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


@pytest.mark.req("L7")
@pytest.mark.parametrize(("failures", "told"), [(0, 0), (1, 1), (5, 1)])
async def test_l7_a_code_that_is_late_is_told_once_by_its_first_failure(failures: int, told: int) -> None:
    desk, command = Desk(replies=[MailDeferred()] * failures), build.send_code()
    delays: list[str] = []

    async def report(_cause: object, delivery: Delivery) -> None:
        delays.append(delivery.delivery_id)

    await codes.send_code(
        received(command),
        courier=desk.courier,
        contacts=desk.contacts,
        opener=keys.opener("notification"),
        clock=desk.clock,
        pause=desk.pauses,
        report_delay=report,
    )

    assert delays == [command.code.delivery_id] * told
    assert len(desk.mailer.mails) == 1


@pytest.mark.req("L10")
async def test_l10_a_mail_says_where_its_code_was_asked_for_when_that_is_known() -> None:
    desk = Desk()
    await desk.send_code(build.send_code(purpose="sign_in", origin="Firefox, Windows, 203.0.113.0/24"))
    await desk.send_code(build.send_code(purpose="sign_in"))

    known, unknown = (text_of(message) for message in desk.mailer.messages)
    assert "Demandé à partir de" in known
    assert "Firefox, Windows, 203.0.113.0/24" in known
    assert "Demandé" not in unknown

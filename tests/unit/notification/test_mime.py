"""Mails as bytes: both parts, the headers that matter, and nothing injected."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain import Language, Mail, UnusableAddress
from services.notification.mime import Sender, Text, mail_of
from tests.support.notification_builders import NOW, SENDER
from tests.support.notification_memory import html_of, parsed, text_of

EXPECTED_HEADERS = [
    "MIME-Version",
    "Content-Type",
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "X-Acquit-Delivery",
    "X-Acquit-Reference",
]
NASTY = st.text(max_size=30) | st.sampled_from(
    ["x\r\nBcc: other@example.org", "x\nX: y", "x\r\n\r\nbody", "x\x0b\x0c\x1c\x1d\x1ey", "x\u2028\x85y"]
)


def mail(**changes: Any) -> Mail:
    defaults: dict[str, Any] = {
        "sender": SENDER,
        "recipient": "noemie@example.org",
        "language": Language.FRENCH,
        "delivery_id": "0190f0c6-7000.a1b2c3d4",
        "reference": "7KD",
        "written_at": NOW,
    }
    text = changes.pop("text", Text("Dépôt envoyé\u00a0: lot 1", "Réglé.\n", "<p>Réglé.</p>"))
    return mail_of(text, **{**defaults, **changes})


@pytest.mark.req("MSG-1")
def test_a_mail_has_a_text_and_an_html_part() -> None:
    message = parsed(mail())
    assert message.get_content_type() == "multipart/alternative"
    assert text_of(message) == "Réglé.\n"
    assert html_of(message).strip() == "<p>Réglé.</p>"


def test_the_headers_are_these_and_no_others() -> None:
    message = parsed(mail())
    assert sorted(message.keys()) == sorted(EXPECTED_HEADERS)
    assert message["Subject"] == "Dépôt envoyé\u00a0: lot 1"
    assert message["From"] == "Acquit <no-reply@mail.example.org>"
    assert message["To"] == "noemie@example.org"
    assert message["Date"] == "Sun, 22 Nov 2026 19:05:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr-CA"
    assert message["X-Acquit-Delivery"] == "0190f0c6-7000.a1b2c3d4"
    assert message["X-Acquit-Reference"] == "7KD"


@pytest.mark.req("MSG-4")
def test_the_message_id_comes_from_the_delivery_so_that_a_duplicate_is_recognised() -> None:
    first, again = mail(), mail(written_at=NOW.replace(hour=20))
    assert first.message_id == again.message_id == "<0190f0c6-7000-a1b2c3d4@mail.example.org>"
    assert parsed(first)["Message-ID"] == first.message_id
    assert mail(delivery_id="other").message_id != first.message_id


def test_a_message_id_is_not_folded_however_long_the_domain() -> None:
    sender = Sender("Acquit", f"no-reply@{'x' * 60}.example.org")
    sent = mail(sender=sender)
    assert f"Message-ID: {sent.message_id}\r\n".encode() in sent.content


def test_every_line_is_ascii_and_ends_as_smtp_wants_it() -> None:
    content = mail(text=Text("é" * 200, "é" * 2_000, "<p>" + "é" * 2_000 + "</p>")).content
    assert content.isascii()
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(b"\r" in line or b"\n" in line for line in lines)


@given(subject=NASTY, reference=NASTY, name=NASTY, delivery_id=NASTY)
def test_no_value_can_add_a_header(subject: str, reference: str, name: str, delivery_id: str) -> None:
    sent = mail(
        text=Text(subject, "text\n", "<p>html</p>"),
        reference=reference,
        delivery_id=f"d{delivery_id}",
        sender=Sender.parse(f"{name} <no-reply@mail.example.org>") if name.isalnum() else SENDER,
    )
    head = sent.content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(EXPECTED_HEADERS)
    assert message_from_bytes(sent.content, policy=policy.default)["To"] == "noemie@example.org"


@pytest.mark.parametrize("address", ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "nobody"])
def test_a_recipient_that_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress):
        mail(recipient=address)


def test_a_sender_is_read_with_and_without_a_name() -> None:
    assert Sender.parse("Régime d’exemple <no-reply@mail.example.org>") == Sender(
        "Régime d’exemple", "no-reply@mail.example.org"
    )
    assert Sender.parse("no-reply@mail.example.org") == Sender("", "no-reply@mail.example.org")
    assert Sender.parse("no-reply@mail.example.org").domain == "mail.example.org"
    with pytest.raises(UnusableAddress):
        Sender.parse("no address")

"""The caller of the demo and the journeys: which mail a code is read from."""

from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.demo import client
from deploy.demo.client import Person
from deploy.local.mailbox import Mailbox

ADDRESS = "rose@example.org"


def deliver(maildir: Path, name: str, code: str, *, reference: str) -> None:
    mail = EmailMessage()
    mail["Delivered-To"], mail["To"], mail["Subject"] = ADDRESS, ADDRESS, f"Code ({reference})"
    mail.set_content(f"{code}\n\nReference: {reference}\n")
    (maildir / "new").mkdir(parents=True, exist_ok=True)
    (maildir / "new" / name).write_bytes(mail.as_bytes())


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(client, "READ_AGAIN_SECONDS", 0.05)
    return Person(httpx.AsyncClient(), Mailbox(tmp_path), ADDRESS, "secret")


async def test_of_two_mails_that_show_the_same_reference_the_one_not_read_yet_counts(
    person: Person, tmp_path: Path
) -> None:
    deliver(tmp_path, "1", "111 111", reference="E2J")
    assert await person.code_with_reference("E2J") == "111111"
    deliver(tmp_path, "2", "222 222", reference="E2J")
    assert await person.code_with_reference("E2J") == "222222"


async def test_a_mail_may_be_read_again(person: Person, tmp_path: Path) -> None:
    deliver(tmp_path, "1", "111 111", reference="E2J")
    deliver(tmp_path, "2", "222 222", reference="K7Q")
    assert [await person.code_with_reference("E2J") for _ in range(2)] == ["111111", "111111"]

"""Addresses that are safe to use, and the names of a mail."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain import (
    UnusableAddress,
    delivery_id_of,
    message_id_of,
    reference_of,
    usable_address,
)
from shared.contracts.notification import DeliveryFailed
from tests.support.notification_builders import NOW, random_id


@pytest.mark.parametrize(
    "address",
    ["noemie.lachance@example.org", "o'brien+claims@mail.example.org", "a@b", f"{'x' * 64}@example.org"],
)
def test_ordinary_addresses_are_used_as_they_are(address: str) -> None:
    assert usable_address(address) == address


def test_a_domain_with_accents_travels_in_its_ascii_form() -> None:
    assert usable_address("info@santé.example.org") == "info@xn--sant-epa.example.org"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.org",
        "a@",
        "a@b@example.org",
        "a b@example.org",
        "a@exam ple.org",
        "a@example..org",
        ".a@example.org",
        '"a b"@example.org',
        "noémie@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a@example.org>",
        "a,b@example.org",
        "a@[127.0.0.1]",
        f"{'x' * 65}@example.org",
        f"a@{'x' * 64}.org",
        f"a@{'.'.join(['x' * 60] * 5)}",
    ],
)
def test_what_cannot_stand_in_a_header_or_a_command_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress):
        usable_address(address)


@given(st.text(max_size=80) | st.from_regex(r"[ -~\r\n]{1,20}@[ -~\r\n]{1,20}", fullmatch=True))
def test_whatever_passes_has_one_at_sign_and_no_character_with_a_meaning_of_its_own(text: str) -> None:
    try:
        address = usable_address(text)
    except UnusableAddress:
        return
    assert address.isascii()
    assert address.isprintable()
    assert address.count("@") == 1
    assert not set(' <>()[];:,"\\') & set(address)


@pytest.mark.req("MSG-4")
def test_the_same_event_and_account_always_give_the_same_delivery() -> None:
    event_id, account_id = random_id(), random_id()
    first = delivery_id_of(event_id, account_id)
    assert first == delivery_id_of(event_id, account_id)
    assert first != delivery_id_of(event_id, random_id())
    assert first != delivery_id_of(random_id(), account_id)
    DeliveryFailed(delivery_id=first, template="payment_sent", account_id=account_id, failed_at=NOW)


@pytest.mark.req("MSG-1")
def test_a_reference_has_three_characters_that_are_not_taken_for_others() -> None:
    references = {reference_of(random_id()) for _ in range(300)}
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{3}", reference) for reference in references)
    assert len(references) > 250


def test_a_message_id_is_a_dot_atom_whatever_the_delivery_id() -> None:
    assert message_id_of("0190.a:b_c-", "mail.example.org") == "<0190-a-b-c-@mail.example.org>"

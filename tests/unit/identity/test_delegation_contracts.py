"""What a name in a request may be: mails to strangers show it."""

import pytest
from pydantic import ValidationError

from tests.support import delegation_builders as build


@pytest.mark.req("DEL-3", "L10")
@pytest.mark.parametrize(
    "name", ["Luc Tremblay", "J.-P. Roy", "Anne-Marie D’Amours", "Émile Côté Jr.", "N’Guessan  Koffi", "李 小龍"]
)
def test_names_of_people_are_taken(name: str) -> None:
    assert build.request_delegation(delegate_name=name).delegate_name == name


@pytest.mark.req("DEL-3", "L10")
@pytest.mark.parametrize(
    "name", ["visit evil.com", "https://evil", "a@b", "Luc\nBcc: x", "x", "<b>Luc</b>", "call 5550110", "-", "x" * 81]
)
def test_what_could_be_taken_for_an_address_or_a_link_is_not(name: str) -> None:
    with pytest.raises(ValidationError):
        build.request_delegation(delegate_name=name)

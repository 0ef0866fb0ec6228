import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.email_address import email_address
from services.identity.domain.errors import EmailInvalidError

pytestmark = pytest.mark.req("REG-1", "R4")

HOSTILE = st.text(alphabet="aé@.-+ \t\r\n\x00<>()[];:,\"'\\%xn", max_size=40)


def test_an_address_has_one_form() -> None:
    assert email_address("  Ana.Roy@Example.ORG ") == "ana.roy@example.org"
    assert email_address("ana@béa.ca") == "ana@xn--ba-bja.ca"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "é@example.org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "Ana <ana@example.org>",
        "ana@example.org\nBcc: eve@example.org",
        "a@b@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_not_an_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(EmailInvalidError) as refused:
        email_address(text)
    assert str(refused.value) == "identity.email_invalid"


LABELS = st.text(st.characters(categories=("L", "N", "M")), min_size=1, max_size=70)
ADDRESSES = st.one_of(
    st.builds("{}@{}".format, HOSTILE, st.one_of(HOSTILE, st.just("example.org"))),
    st.builds("{}@{}.{}".format, st.text(max_size=70), LABELS, LABELS),
    st.emails(),
    st.text(max_size=300),
)


@given(ADDRESSES)
def test_r4_whatever_is_accepted_is_safe_in_a_mail_header(text: str) -> None:
    try:
        address = email_address(text)
    except EmailInvalidError:
        return
    assert address.count("@") == 1
    assert len(address) <= 254
    assert re.search(r"[\x00-\x20\x7f-\uffff<>()\[\];:,\"\\]", address) is None
    assert email_address(address) == address
    _, _, domain = address.partition("@")
    for label in domain.split("."):
        assert label.encode("ascii").decode("idna").encode("idna").decode("ascii").casefold() == label


@given(st.text(min_size=1, max_size=40), st.sampled_from(["\r\n", "\n", "\r", "\0", "\u2028", "\x85"]))
def test_r4_no_line_break_ever_enters_a_header(rest: str, line_break: str) -> None:
    for text in (f"ana@example.org{line_break}{rest}", f"ana{line_break}{rest}@example.org"):
        try:
            assert len(email_address(text).splitlines()) == 1
        except EmailInvalidError:
            continue

"""Webhooks lead to the public Internet and nowhere else."""

import pytest

from services.payments.domain.subscriber_errors import WebhookUrlInsecure, WebhookUrlInvalid, WebhookUrlPrivate
from services.payments.domain.webhook_addresses import AddressRule, is_public

STRICT = AddressRule()


@pytest.mark.req("SUB-3")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_never_called(address: str) -> None:
    assert not is_public(address)
    assert not STRICT.admits(address)
    assert AddressRule(allow_private=True).admits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert STRICT.admits(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/acquit",
        "https://hooks.example.com:8443/a?token=b",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/hook",
    ],
)
def test_a_public_https_url_is_taken_as_it_is(url: str) -> None:
    assert STRICT.check_url(url) == url


@pytest.mark.req("SUB-3")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://mongo.internal/",
        "https://printer.local/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
    ],
)
def test_a_private_host_is_refused_at_once(url: str) -> None:
    with pytest.raises(WebhookUrlPrivate):
        STRICT.check_url(url)
    assert AddressRule(allow_private=True).check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "https://",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://exämple.com/",
        "https://example.com/\r\nHost: other",
        "https://[::1/",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlInvalid):
        STRICT.check_url(url)


@pytest.mark.req("SUB-3")
def test_http_is_for_development_only() -> None:
    with pytest.raises(WebhookUrlInsecure):
        STRICT.check_url("http://hooks.example.com/")
    assert AddressRule(allow_http=True).check_url("http://hooks.example.com/")

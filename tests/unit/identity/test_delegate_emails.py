"""Which two addresses may receive the halves of somebody's credentials (DEL-3, D3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.data.delegation import load_role_addresses
from services.identity.domain.delegate_emails import Mailbox, check_addresses, mailbox_key, person_key
from services.identity.domain.delegation_errors import EmailOfAnotherError, EmailsAlikeError, RoleAddressError

ROLES = load_role_addresses()
PROVIDER = Mailbox("denise.roy@example.org", "Denise Roy")
DELEGATE = Mailbox("luc.tremblay@example.org", "Luc Tremblay")
LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._", min_size=1, max_size=12).filter(lambda text: text.strip("._"))


@pytest.mark.req("DEL-3", "D3")
@pytest.mark.parametrize(
    "local",
    ["info", "INFO2", "admin", "reception", "accueil", "info-quebec", "rendez.vous", "contact+luc", "facturation_2"],
)
def test_addresses_of_roles_are_refused_for_either_party(local: str) -> None:
    address = f"{local}@example.org".casefold()
    for party, mailboxes in (
        ("provider", (Mailbox(address, PROVIDER.owner), DELEGATE)),
        ("delegate", (PROVIDER, Mailbox(address, DELEGATE.owner))),
    ):
        with pytest.raises(RoleAddressError) as refused:
            check_addresses(*mailboxes, used=(), roles=ROLES)
        assert refused.value.code == f"identity.delegation_{party}_role_address"


@pytest.mark.parametrize("local", ["denise.roy", "luc.bureau", "adminah", "infante", "m.info", "d1"])
def test_addresses_of_persons_are_accepted(local: str) -> None:
    check_addresses(Mailbox(f"{local}@example.org", "x"), DELEGATE, used=(), roles=ROLES)


@pytest.mark.req("DEL-3", "D3")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("denise@example.org", "denise@example.org"),
        ("denise@example.org", "denise+luc@example.org"),
        ("denise.roy@gmail.com", "deniseroy@googlemail.com"),
        ("Denise@Example.org", "denise@example.org"),
    ],
)
def test_two_names_of_one_mailbox_are_refused(one: str, other: str) -> None:
    with pytest.raises(EmailsAlikeError):
        check_addresses(Mailbox(one, "Denise Roy"), Mailbox(other, "Luc Tremblay"), used=(), roles=ROLES)


def test_dots_count_where_nobody_says_that_they_do_not() -> None:
    check_addresses(Mailbox("denise.roy@example.org", "a"), Mailbox("deniseroy@example.org", "b"), used=(), roles=ROLES)


@pytest.mark.req("DEL-3", "D3")
@pytest.mark.parametrize("party", ["provider", "delegate"])
def test_an_address_that_somebody_else_uses_is_refused(party: str) -> None:
    mine = PROVIDER if party == "provider" else DELEGATE
    with pytest.raises(EmailOfAnotherError) as refused:
        check_addresses(PROVIDER, DELEGATE, used=[Mailbox(mine.email, "Nadia Belkacem")], roles=ROLES)
    assert refused.value.code == f"identity.delegation_{party}_email_taken"


def test_an_address_that_the_same_person_uses_already_is_fine() -> None:
    used = [Mailbox(DELEGATE.email, "luc TREMBLAY"), Mailbox(PROVIDER.email, "Denise  Roy")]
    check_addresses(PROVIDER, DELEGATE, used=used, roles=ROLES)


@given(local=LOCAL, tag=LOCAL, domain=st.sampled_from(["example.org", "gmail.com", "googlemail.com"]))
def test_the_key_of_a_mailbox_does_not_depend_on_case_or_tag_and_is_its_own_key(
    local: str, tag: str, domain: str
) -> None:
    key = mailbox_key(f"{local}@{domain}")
    assert mailbox_key(f"{local}+{tag}@{domain}".upper()) == key
    assert mailbox_key(key) == key
    assert key.count("@") == 1


@given(name=st.text(st.characters(categories=["L"]), min_size=1, max_size=20))
def test_spellings_of_one_name_are_one_person(name: str) -> None:
    assert person_key(unicodedata.normalize("NFD", name)) == person_key(unicodedata.normalize("NFC", name))


def test_different_names_are_different_persons() -> None:
    assert person_key("Émile-Jean Côté") == person_key("emile jean  COTE")
    assert person_key("Luc Tremblay") != person_key("Lucie Tremblay")

"""Whose papers are, what they are called, and what they are for adjudication."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.facts import DocumentKind
from services.claims.domain.receipts import ClaimParties, Owner, kinds_of, owner_of_claim, safe_name
from shared.contracts.claims import receipts as contract
from shared.mongo_files import PART_BYTES
from tests.support.receipts_repository_contract import a_claim, receipt

pytestmark = pytest.mark.req("CLM-5")

MEMBER = Owner("account-1", dossier_id="dossier-1")
PROVIDER = Owner("account-2", provider_id="provider-1")
AT = datetime(2026, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (MEMBER, True),
        (Owner("account-1", dossier_id="dossier-2"), False),
        (Owner("account-2", dossier_id="dossier-1"), False),
        (Owner("account-1", provider_id="provider-1"), False),
    ],
)
def test_a_member_is_account_and_dossier(other: Owner, *, same: bool) -> None:
    assert MEMBER.same_as(other) is other.same_as(MEMBER) is same


def test_a_provider_is_itself_whoever_acts_for_it() -> None:
    assert PROVIDER.same_as(Owner("account-9", provider_id="provider-1"))
    assert not PROVIDER.same_as(Owner("account-2", provider_id="provider-2"))


def test_a_claim_names_papers_of_whoever_submitted_it() -> None:
    assert owner_of_claim(a_claim(account_id="account-1", dossier_id="dossier-1")) == MEMBER
    by_provider = a_claim(account_id="account-2", dossier_id="dossier-1", provider_id="provider-1")
    assert owner_of_claim(by_provider) == PROVIDER


@pytest.mark.parametrize(
    ("viewer", "alone", "joined"),
    [
        (PROVIDER, True, True),
        (MEMBER, False, True),
        (Owner("account-7", dossier_id="dossier-1"), False, True),
        (Owner("account-1", dossier_id="dossier-2"), False, False),
        (Owner("account-2", provider_id="provider-2"), False, False),
    ],
)
def test_a_paper_is_its_owners_and_then_its_claims(viewer: Owner, *, alone: bool, joined: bool) -> None:
    assert receipt(PROVIDER).seen_by([viewer]) is alone
    parties = ClaimParties("claim-1", "dossier-1", "provider-1")
    assert receipt(PROVIDER, claim=parties).seen_by([viewer]) is joined


def test_a_member_s_claim_is_no_providers() -> None:
    parties = ClaimParties("claim-1", "dossier-1")
    assert parties.seen_by([MEMBER])
    assert not parties.seen_by([PROVIDER])
    assert not parties.seen_by([])


def test_kinds_are_those_of_the_papers() -> None:
    papers = [receipt(MEMBER), receipt(MEMBER), receipt(MEMBER, kind=DocumentKind.XRAY)]
    assert kinds_of(papers) == {DocumentKind.RECEIPT, DocumentKind.XRAY}
    assert kinds_of([]) == frozenset()


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        (None, "document.pdf"),
        ("", "document.pdf"),
        ("Reçu d’été (2).pdf", "Reçu d’été (2).pdf"),
        ("recu.jpeg", "recu.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\a\\facture.exe", "facture.pdf"),
        ('a";\r\nSet-Cookie: x=y', "aSet-Cookie x=y.pdf"),
        ("photo\u202egpj.exe", "photogpj.pdf"),
        ("...", "document.pdf"),
        ("x" * 300, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(given_name: str | None, name: str) -> None:
    assert safe_name(given_name, "application/pdf") == name


@given(st.text(max_size=300))
def test_no_name_does_harm(given_name: str) -> None:
    name = safe_name(given_name, "image/heic")
    assert name.endswith(".heic")
    assert 6 <= len(name) <= 85
    assert not set(name) & set('"/\\:*?<>|;%')
    assert not name.startswith((".", "-", " "))
    assert all(unicodedata.category(sign)[0] != "C" for sign in name)


def test_messages_and_storage_agree() -> None:
    assert contract.RECEIPT_SLICE_BYTES == PART_BYTES
    assert contract.RECEIPT_LIMIT_BYTES == contract.RECEIPT_SLICES * contract.RECEIPT_SLICE_BYTES == 10 * 2**20
    assert set(contract.ReceiptKind.__args__) == {kind.value for kind in DocumentKind}  # type: ignore[attr-defined]

import pytest

from services.payments.domain.claim_version import ClaimHead, ContradictoryVersion, DecidedClaim, book
from services.payments.domain.ledger import BENEFIT_EXPENSE, Posting, payable_to
from tests.support.payments_builders import FRIDAY, a_claim

pytestmark = pytest.mark.req("PAY-7")


def head_of(claim: DecidedClaim, **overrides: object) -> ClaimHead:
    facts = {name: getattr(claim, name) for name in ("claim_id", "version", "payee_id", "payee_class", "benefit_cents")}
    return ClaimHead(**(facts | overrides))


@pytest.mark.req("PAY-6")
def test_the_first_version_credits_the_payee_with_the_benefit() -> None:
    claim = a_claim(benefit_cents=6_800)
    booked = book(claim, None, at=FRIDAY)
    assert booked is not None
    assert booked.version.follows == 0
    assert [(p.key, p.amount_cents) for p in booked.payables] == [(f"{claim.claim_id}/1/{claim.payee_id}", 6_800)]
    assert booked.transfer is not None
    assert booked.transfer.key == f"claim/{claim.claim_id}/1"
    assert booked.transfer.postings == (Posting(BENEFIT_EXPENSE, 6_800), Posting(payable_to(claim.payee_id), -6_800))


def test_a_version_without_benefit_is_recorded_and_moves_nothing() -> None:
    booked = book(a_claim(benefit_cents=0), None, at=FRIDAY)
    assert booked is not None
    assert (booked.payables, booked.transfer) == ((), None)


@pytest.mark.parametrize(("before", "after"), [(5_000, 8_000), (8_000, 5_000), (5_000, 0), (0, 5_000)])
def test_a_later_version_books_the_difference(before: int, after: int) -> None:
    claim = a_claim(version=4, benefit_cents=after)
    booked = book(claim, head_of(claim, version=2, benefit_cents=before), at=FRIDAY)
    assert booked is not None
    assert booked.version.follows == 2
    assert [payable.amount_cents for payable in booked.payables] == [after - before]
    assert booked.transfer is not None
    assert booked.transfer.postings[1] == Posting(payable_to(claim.payee_id), before - after)


def test_a_later_version_with_the_same_benefit_moves_nothing() -> None:
    claim = a_claim(version=2)
    booked = book(claim, head_of(claim, version=1), at=FRIDAY)
    assert booked is not None
    assert (booked.payables, booked.transfer) == ((), None)


def test_a_version_that_is_booked_or_overtaken_changes_nothing() -> None:
    claim = a_claim(version=2)
    assert book(claim, head_of(claim), at=FRIDAY) is None
    assert book(claim, head_of(claim, version=3, benefit_cents=1), at=FRIDAY) is None


@pytest.mark.parametrize("other", [{"benefit_cents": 1}, {"payee_id": "somebody-else"}])
def test_the_same_version_with_other_figures_is_a_contradiction(other: dict[str, object]) -> None:
    claim = a_claim()
    with pytest.raises(ContradictoryVersion):
        book(claim, head_of(claim, **other), at=FRIDAY)


def test_a_new_payee_gets_all_and_the_former_one_owes_it_back() -> None:
    claim = a_claim(version=2, benefit_cents=5_000, payee_id="new")
    booked = book(claim, head_of(claim, version=1, payee_id="former"), at=FRIDAY)
    assert booked is not None
    assert {p.payee_id: p.amount_cents for p in booked.payables} == {"former": -5_000, "new": 5_000}
    assert booked.transfer is not None
    assert set(booked.transfer.postings) == {Posting(payable_to("former"), 5_000), Posting(payable_to("new"), -5_000)}

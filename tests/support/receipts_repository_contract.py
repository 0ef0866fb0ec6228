"""What every storage of papers does alike: run on memory in the unit tests, on MongoDB in the integration tests."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind
from services.claims.domain.receipts import Owner, Receipt, owner_of_claim, parties_of
from services.claims.handlers.uploading import Stores
from shared.clock import new_id
from tests.support.claims_builders import claim, line
from tests.support.claims_desk import claim_number

AT = datetime(2026, 6, 15, 13, 0, 0, 7_000, tzinfo=UTC)
SOON, LATE = AT + timedelta(hours=1), AT + timedelta(days=30)
MANY = 100


def a_claim(**overrides: object) -> Claim:
    fields = {"id": new_id(), "number": claim_number(), "account_id": new_id(), "dossier_id": new_id(), **overrides}
    return claim(line(), **fields)


def receipt(owner: Owner, **overrides: object) -> Receipt:
    values: dict[str, object] = {
        "id": new_id(),
        "owner": owner,
        "kind": DocumentKind.RECEIPT,
        "media_type": "application/pdf",
        "size_bytes": 7,
        "sha256": "a" * 64,
        "file_name": "reçu.pdf",
        "slices": 1,
        "uploaded_at": AT,
        **overrides,
    }
    return Receipt(**values)  # type: ignore[arg-type]


async def kept(stores: Stores, owner: Owner, **overrides: object) -> Receipt:
    """A paper that is there, waiting for a claim until ``LATE``."""
    made = receipt(owner, **overrides)
    assert await stores.uploads.begin(made.id, owner, at_most=MANY, forget_at=SOON)
    assert await stores.uploads.put_part(made.id, owner, 0, b"content")
    assert await stores.uploads.keep(made, forget_at=LATE)
    return made


class ReceiptsRepositoryContract:
    @pytest.fixture
    def owned(self) -> Claim:
        return a_claim()

    @pytest.fixture
    def owner(self, owned: Claim) -> Owner:
        return owner_of_claim(owned)

    async def test_a_paper_comes_back_as_it_was(self, stores: Stores, owner: Owner) -> None:
        made = await kept(stores, owner)
        assert await stores.receipts.get(made.id) == made
        assert await stores.receipts.get_many([made.id, new_id()], owner=owner, session=None) == {made.id: made}
        assert await stores.uploads.part(made.id, 0) == b"content"
        assert await stores.uploads.part(made.id, 1) is None

    async def test_an_upload_is_no_paper_until_it_is_kept(self, stores: Stores, owner: Owner, owned: Claim) -> None:
        receipt_id, other = new_id(), Owner("somebody", dossier_id=owner.dossier_id)
        assert not await stores.uploads.is_under_way(receipt_id, owner)
        for _ in range(2):  # as it does when a message comes twice
            assert await stores.uploads.begin(receipt_id, owner, at_most=MANY, forget_at=SOON)
        assert await stores.uploads.is_under_way(receipt_id, owner)
        assert not await stores.uploads.is_under_way(receipt_id, other)
        assert await stores.receipts.get(receipt_id) is None
        assert await stores.receipts.attach([receipt_id], owned, owner=owner, session=None) == []
        made = receipt(owner, id=receipt_id)
        assert await stores.uploads.keep(made, forget_at=LATE)
        assert not await stores.uploads.keep(made, forget_at=LATE)
        assert not await stores.uploads.is_under_way(receipt_id, owner)

    async def test_the_first_part_at_a_position_stays(self, stores: Stores, owner: Owner) -> None:
        receipt_id = new_id()
        assert await stores.uploads.begin(receipt_id, owner, at_most=MANY, forget_at=SOON)
        await asyncio.gather(*(stores.uploads.put_part(receipt_id, owner, 0, b"same") for _ in range(8)))
        assert await stores.uploads.put_part(receipt_id, owner, 0, b"other")
        assert await stores.uploads.part(receipt_id, 0) == b"same"

    async def test_a_part_of_what_is_not_under_way_is_not_kept(self, stores: Stores, owner: Owner) -> None:
        made, under_way = await kept(stores, owner), new_id()
        assert await stores.uploads.begin(under_way, owner, at_most=MANY, forget_at=SOON)
        stranger = Owner("somebody", dossier_id=owner.dossier_id)
        for receipt_id, whose in ((new_id(), owner), (made.id, owner), (under_way, stranger)):
            assert not await stores.uploads.put_part(receipt_id, whose, 1, b"more")
            assert await stores.uploads.part(receipt_id, 1) is None
        assert await stores.uploads.part(made.id, 0) == b"content"

    async def test_an_account_has_so_many_papers_waiting_and_no_more(self, stores: Stores, owner: Owner) -> None:
        first = await kept(stores, owner)
        assert await stores.uploads.begin(new_id(), owner, at_most=2, forget_at=SOON)
        assert not await stores.uploads.begin(new_id(), owner, at_most=2, forget_at=SOON)
        assert await stores.uploads.begin(new_id(), replace(owner, account_id="other"), at_most=2, forget_at=SOON)
        await stores.receipts.attach(
            [first.id], replace(a_claim(), account_id=owner.account_id), owner=owner, session=None
        )
        assert await stores.uploads.begin(new_id(), owner, at_most=2, forget_at=SOON)

    async def test_a_paper_joins_one_claim_and_what_is_not_there_is_passed_over(
        self, stores: Stores, owner: Owner, owned: Claim
    ) -> None:
        first, second = await kept(stores, owner), await kept(stores, owner, kind=DocumentKind.PRESCRIPTION)
        foreign = await kept(stores, Owner("somebody", dossier_id=owner.dossier_id))
        named = [second.id, new_id(), foreign.id, first.id, second.id]
        joined = await stores.receipts.attach(named, owned, owner=owner, session=None)
        assert [each.id for each in joined] == [second.id, first.id]
        assert {each.claim for each in joined} == {parties_of(owned)}
        assert await stores.receipts.attach(named, owned, owner=owner, session=None) == joined
        later = replace(owned, id=new_id(), number=claim_number())
        assert await stores.receipts.attach(named, later, owner=owner, session=None) == []
        assert [each.id for each in await stores.receipts.list_of_claim(owned.id)] == [first.id, second.id]
        assert await stores.receipts.list_of_claim(later.id) == []
        assert (await stores.receipts.get(foreign.id)) == foreign

    async def test_a_providers_papers_are_those_of_all_who_act_for_it(self, stores: Stores) -> None:
        provider_id = new_id()
        made = await kept(stores, Owner("delegate-1", provider_id=provider_id))
        submitted = a_claim(account_id="delegate-2", provider_id=provider_id)
        as_member = Owner("delegate-1", dossier_id=submitted.dossier_id)
        assert await stores.receipts.get_many([made.id], owner=as_member, session=None) == {}
        joined = await stores.receipts.attach([made.id], submitted, owner=owner_of_claim(submitted), session=None)
        assert [each.id for each in joined] == [made.id]

    async def test_what_was_released_is_out_of_sight_and_erased_without_a_trace(
        self, stores: Stores, owner: Owner, owned: Claim
    ) -> None:
        made = await kept(stores, owner)
        assert await stores.uploads.release(made.id)
        assert await stores.receipts.get(made.id) is None
        assert await stores.receipts.attach([made.id], owned, owner=owner, session=None) == []
        assert not await stores.uploads.keep(made, forget_at=LATE)
        for _ in range(2):
            await stores.uploads.erase(made.id)
        assert await stores.uploads.part(made.id, 0) is None
        assert not await stores.uploads.release(made.id)

    async def test_a_paper_of_a_claim_is_not_released(self, stores: Stores, owner: Owner, owned: Claim) -> None:
        made = await kept(stores, owner)
        await stores.receipts.attach([made.id], owned, owner=owner, session=None)
        assert not await stores.uploads.release(made.id)
        assert await stores.uploads.release_overdue(LATE + timedelta(days=9), limit=MANY) == []
        assert await stores.uploads.part(made.id, 0) == b"content"

    async def test_what_is_overdue_is_released_and_found_again_until_it_is_erased(
        self, stores: Stores, owner: Owner
    ) -> None:
        waiting, unfinished = await kept(stores, owner), new_id()
        assert await stores.uploads.begin(unfinished, owner, at_most=MANY, forget_at=SOON)
        assert await stores.uploads.release_overdue(SOON - timedelta(seconds=1), limit=MANY) == []
        for _ in range(2):  # as after a crash before erasing
            assert list(await stores.uploads.release_overdue(SOON, limit=MANY)) == [unfinished]
        assert not await stores.uploads.is_under_way(unfinished, owner)
        await stores.uploads.erase(unfinished)
        assert list(await stores.uploads.release_overdue(LATE, limit=MANY)) == [waiting.id]
        await stores.uploads.erase(waiting.id)
        assert await stores.uploads.release_overdue(LATE, limit=MANY) == []

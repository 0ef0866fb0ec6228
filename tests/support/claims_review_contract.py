"""What every storage of reviews does alike: run on memory in the unit tests, on MongoDB in the integration tests."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.claims.domain.facts import Ruling
from services.claims.domain.review import Lock, Note, Proposal, Review
from services.claims.handlers.ports import ClaimRepository, ListPosition
from services.claims.handlers.ports_reviews import PendedClaims, QueueFilter, ReviewRepository
from tests.support.claims_builders import line
from tests.support.claims_repository_contract import AT, decided, pended_without_dossier

GLASSES = (line("glasses"),)


@dataclass(frozen=True, slots=True)
class ReviewStores:
    claims: ClaimRepository
    reviews: ReviewRepository
    queue: PendedClaims


class ReviewRepositoryContract:
    @pytest.mark.req("CLM-12")
    async def test_a_review_comes_back_as_it_was_and_is_replaced_by_the_next(self, stores: ReviewStores) -> None:
        ruling = Ruling(frozenset({"checks.documents_present"}), "", 5_000)
        full = Review(
            "claim-1",
            Lock("agent-1", AT + timedelta(minutes=15)),
            (Note("agent-1", AT, "Called the clinic"),),
            Proposal("agent-1", AT, 2, 150_000, {1: ruling, 2: Ruling(asked_for="xray")}),
        )
        empty = Review("claim-2")
        for review in (full, empty):
            await stores.reviews.save(review, session=None)
        found = await stores.reviews.get_many(["claim-1", "claim-2", "unknown"], session=None)
        assert found == {"claim-1": full, "claim-2": empty}

        await stores.reviews.save(full.settled(), session=None)
        assert await stores.reviews.get_many(["claim-1"], session=None) == {"claim-1": full.settled()}

    @pytest.mark.req("CLM-12")
    async def test_the_queue_holds_pended_claims_in_order_of_receipt(self, stores: ReviewStores) -> None:
        young = decided(lines=GLASSES, received_at=AT + timedelta(seconds=1))
        tied, old = decided(lines=GLASSES, id="b"), pended_without_dossier(id="a")
        waiting = decided(lines=GLASSES)
        voided = replace(waiting, claim=replace(waiting.claim, voided=True))
        await stores.claims.add_all([young, tied, old, decided(), voided], session=None)
        in_order = [old, tied, young]

        assert await stores.queue.list_in_review(QueueFilter(), after=None, limit=10) == in_order
        for number, each in enumerate(in_order, start=1):
            after = ListPosition(each.claim.received_at, each.claim.id)
            rest = await stores.queue.list_in_review(QueueFilter(), after=after, limit=1)
            assert rest == in_order[number : number + 1]

    @pytest.mark.req("CLM-12")
    async def test_the_queue_is_filtered_by_reason_type_and_age(self, stores: ReviewStores) -> None:
        glasses = decided(lines=GLASSES, claim_type="glasses")
        other = pended_without_dossier(received_at=AT - timedelta(days=3))
        await stores.claims.add_all([glasses, other], session=None)
        wanted = {
            QueueFilter(reason="receipt_missing"): [glasses],
            QueueFilter(reason="dossier_not_found"): [other],
            QueueFilter(claim_type="glasses"): [glasses],
            QueueFilter(received_before=AT): [other],
            QueueFilter(reason="receipt_missing", received_before=AT): [],
        }
        for each, found in wanted.items():
            assert await stores.queue.list_in_review(each, after=None, limit=10) == found

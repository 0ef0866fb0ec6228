"""Claims that arrive, on repositories in memory (CLM-7, CLM-8)."""

from dataclasses import replace
from datetime import date
from itertools import accumulate

import pytest

from services.claims.domain.adjudication import Outcome
from services.claims.domain.claim import ClaimStatus
from services.claims.handlers.deciding import decide, load_facts
from shared.envelopes import Poison
from tests.support.claims_builders import CHILD, SELF, SPOUSE, plan
from tests.support.claims_desk import (
    DOSSIER,
    NOON,
    MemoryDesk,
    coverage_recorded,
    covered,
    desk_with_family,
    received,
    submission,
    treatment,
    treatments,
)

DEDUCTIBLE_CENTS, SHARE_PERCENT, ANNUAL_MAXIMUM_CENTS, FAMILY_MAXIMUM_CENTS = 5_000, 80, 50_000, 100_000
FIRST_BENEFIT_CENTS = (9_000 - DEDUCTIBLE_CENTS) * SHARE_PERCENT // 100
FULL_BENEFIT_CENTS = 9_000 * SHARE_PERCENT // 100


@pytest.mark.req("CLM-7", "CLM-8", "CLM-11")
async def test_a_claim_is_stored_decided_and_announced_at_once():
    desk = await desk_with_family()
    claim = submission()

    [event] = await desk.submit(claim)

    stored = await desk.stored(claim.message.claim_id)
    assert (stored.claim.status, stored.body_sha256) == (ClaimStatus.DECIDED, claim.message.body_sha256)
    assert [entry.status for entry in stored.claim.timeline] == [ClaimStatus.RECEIVED, ClaimStatus.DECIDED]
    assert (event.claim_id, event.claim_number) == (claim.message.claim_id, claim.message.claim_number)
    assert (event.version, event.decided_at, event.received_at) == (stored.claim.version, NOON, NOON)
    assert (event.account_id, event.dossier_id, event.person_id) == ("account-1", DOSSIER, SELF)
    assert (event.outcome, event.submitted_cents, event.benefit_cents) == ("reduced", 9_000, FIRST_BENEFIT_CENTS)
    assert await desk.paid() == FIRST_BENEFIT_CENTS


@pytest.mark.req("CLM-8")
async def test_the_announced_lines_are_those_of_the_decision():
    desk = await desk_with_family()
    claim = submission(treatment(), treatment("PH-EVA", 15_000))

    [event] = await desk.submit(claim)

    first, second = event.lines
    assert (first.line, first.eligible_cents, first.deductible_cents, first.share_basis_points) == (1, 9000, 5000, 8000)
    assert (second.line, second.submitted_cents, second.eligible_cents) == (2, 15_000, 12_000)
    assert (second.outcome, second.reason_codes) == ("reduced", ("above_customary_charge",))
    assert event.benefit_cents == first.benefit_cents + second.benefit_cents


@pytest.mark.req("CLM-7")
async def test_a_claim_sent_again_changes_nothing():
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)
    before = await desk.stored(claim.message.claim_id)

    again = await desk.submit(received(claim.message, actor=claim.actor))

    assert again == []
    assert await desk.stored(claim.message.claim_id) == before
    assert await desk.paid() == FIRST_BENEFIT_CENTS
    assert desk.claims.conflicts == {}


@pytest.mark.req("CLM-7")
async def test_a_claim_twice_in_a_batch_is_one_claim():
    desk = await desk_with_family()
    claim = submission()

    announced = await desk.submit(claim, submission(claim_id="other"), received(claim.message, actor=claim.actor))

    assert [event.claim_id for event in announced] == [claim.message.claim_id, "other"]
    assert desk.claims.stored.keys() == {claim.message.claim_id, "other"}


@pytest.mark.req("CLM-7")
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
async def test_another_body_under_the_same_key_is_kept_as_a_conflict_and_the_first_stands(together):
    desk = await desk_with_family()
    first = submission(treatment(amount_cents=4_000), claim_id="claim", body_sha256="first body")
    second = submission(treatment(amount_cents=9_000), claim_id="claim", body_sha256="second body")

    for batch in [(first, second)] if together else [(first,), (second,)]:
        await desk.submit(*batch)

    assert [event.submitted_cents for event in desk.events] == [4_000]
    assert (await desk.stored("claim")).body_sha256 == "first body"
    assert desk.claims.conflicts == {("claim", "second body"): NOON}


@pytest.mark.req("CLM-8")
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
async def test_a_second_claim_for_the_same_service_is_denied_as_duplicate(together):
    desk = await desk_with_family()
    claims = [submission(), submission()]

    for batch in [claims] if together else [[claim] for claim in claims]:
        await desk.submit(*batch)

    first, second = desk.events
    assert (second.outcome, second.lines[0].reason_codes) == ("denied", ("already_claimed",))
    assert await desk.paid() == first.benefit_cents == FIRST_BENEFIT_CENTS


@pytest.mark.req("CLM-8")
async def test_a_service_that_was_denied_may_be_claimed_again():
    desk = await desk_with_family()
    tomorrow = treatment(service_date=date(2026, 6, 16))
    [refused] = await desk.submit(submission(tomorrow))
    desk.now = NOON.replace(day=17)

    [accepted] = await desk.submit(submission(tomorrow))

    assert refused.lines[0].reason_codes == ("service_in_future",)
    assert accepted.benefit_cents == FIRST_BENEFIT_CENTS


@pytest.mark.req("CLM-8")
@pytest.mark.parametrize("sizes", [(8,), (1,) * 8, (3, 5), (7, 1)])
async def test_earlier_claims_of_a_batch_use_up_the_maximum_for_later_ones(sizes):
    desk = await desk_with_family()
    claims = treatments(8)

    for end, size in zip(accumulate(sizes), sizes, strict=True):
        await desk.submit(*claims[end - size : end])

    assert [event.claim_id for event in desk.events] == [claim.message.claim_id for claim in claims]
    assert [event.benefit_cents for event in desk.events] == [3200, 7200, 7200, 7200, 7200, 7200, 7200, 3600]
    assert await desk.paid() == ANNUAL_MAXIMUM_CENTS


@pytest.mark.req("CLM-8")
async def test_the_order_in_the_batch_decides_who_meets_the_deductible():
    costly, cheap = submission(treatment("PH-EVA", 12_000)), submission(treatment(amount_cents=4_000))
    one_way, other_way = await desk_with_family(), await desk_with_family()

    await one_way.submit(costly, cheap)
    await other_way.submit(cheap, costly)

    assert [event.lines[0].deductible_cents for event in one_way.events] == [5_000, 0]
    assert [event.lines[0].deductible_cents for event in other_way.events] == [4_000, 1_000]


@pytest.mark.req("CLM-8")
async def test_persons_of_a_family_share_the_family_maximum_inside_a_batch():
    desk = await desk_with_family()
    claims = [claim for person in (SELF, SPOUSE, CHILD) for claim in treatments(8, person_id=person)]

    await desk.submit(*claims)

    by_person = [sum(event.benefit_cents for event in desk.events if event.person_id == each) for each in (SELF, CHILD)]
    assert by_person == [ANNUAL_MAXIMUM_CENTS, 0]
    assert await desk.paid(name="body") == FAMILY_MAXIMUM_CENTS


@pytest.mark.req("CLM-8")
async def test_families_in_one_batch_do_not_share_anything():
    desk = await desk_with_family()
    await desk.tell(coverage_recorded(dossier_id="dossier-2", persons=(covered("stranger"),)))

    await desk.submit(submission(), submission(dossier_id="dossier-2", person_id="stranger"))

    assert [event.benefit_cents for event in desk.events] == [FIRST_BENEFIT_CENTS, FIRST_BENEFIT_CENTS]
    assert (await desk.paid(), await desk.paid("dossier-2")) == (FIRST_BENEFIT_CENTS, FIRST_BENEFIT_CENTS)


@pytest.mark.req("CLM-8")
async def test_services_of_two_years_count_in_their_own_year():
    desk = await desk_with_family()
    before, after = treatment(service_date=date(2025, 12, 30)), treatment(service_date=date(2026, 1, 5))

    [event] = await desk.submit(submission(before, after))

    assert [line.deductible_cents for line in event.lines] == [DEDUCTIBLE_CENTS, DEDUCTIBLE_CENTS]
    assert (await desk.paid(year=2025), await desk.paid(year=2026)) == (FIRST_BENEFIT_CENTS, FIRST_BENEFIT_CENTS)


@pytest.mark.req("CLM-8", "CLM-9")
async def test_a_claim_before_its_dossier_is_pended_and_uses_nothing():
    desk = MemoryDesk()
    claim = submission()

    [event] = await desk.submit(claim)

    assert (event.outcome, event.benefit_cents, event.lines[0].reason_codes) == ("pended", 0, ("dossier_not_found",))
    assert (await desk.stored(claim.message.claim_id)).claim.status is ClaimStatus.IN_REVIEW
    assert desk.coverages.expected == {DOSSIER}
    assert desk.accumulators.states == {}


@pytest.mark.req("CLM-8")
async def test_a_claim_under_a_plan_that_nobody_knows_is_pended():
    desk = MemoryDesk(plans=[plan(code="OTHER")])
    await desk.tell(coverage_recorded())

    [event] = await desk.submit(submission())

    assert (event.outcome, event.lines[0].reason_codes) == ("pended", ("dossier_not_found",))
    assert desk.coverages.expected == {DOSSIER}


@pytest.mark.req("CLM-7")
async def test_two_claims_for_the_same_service_before_their_dossier_are_both_kept():
    desk = MemoryDesk()

    await desk.submit(submission())
    await desk.submit(submission())

    assert [event.outcome for event in desk.events] == ["pended", "pended"]
    assert len(desk.claims.stored) == 2


@pytest.mark.req("CLM-8")
async def test_a_claim_without_dossier_cannot_stand_in_the_way_of_the_person_it_names():
    desk = await desk_with_family()
    await desk.submit(submission(dossier_id="unknown-dossier", person_id=SELF))

    [event] = await desk.submit(submission(person_id=SELF))

    assert event.benefit_cents == FIRST_BENEFIT_CENTS


@pytest.mark.req("CLM-8", "CLM-10")
async def test_a_claim_that_is_decided_again_is_not_its_own_duplicate():
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)
    stored = (await desk.stored(claim.message.claim_id)).claim

    again = decide(stored, await load_facts([stored], desk.repositories, desk.plans, session=None), now=NOON)

    assert again.decision is not None
    assert again.decision.outcome is not Outcome.DENIED


@pytest.mark.req("CLM-8")
async def test_a_person_of_another_family_is_denied():
    desk = await desk_with_family()

    [event] = await desk.submit(submission(person_id="stranger"))

    assert (event.outcome, event.lines[0].reason_codes) == ("denied", ("person_not_in_dossier",))


@pytest.mark.parametrize("actorless", [True, False], ids=["no actor", "no dossier"])
async def test_a_claim_of_nobody_is_set_aside(actorless):
    desk = await desk_with_family()
    claim = replace(submission(), actor=None) if actorless else submission(dossier_id=None)

    with pytest.raises(Poison):
        await desk.submit(claim)

    assert desk.claims.stored == {}

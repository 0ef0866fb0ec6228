"""What claims does when identity tells who is covered and payments tell what was paid (CLM-8, CLM-11)."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations

import pytest

from services.claims.domain.claim import ClaimStatus
from shared.contracts import Message
from tests.support.claims_builders import SELF, coverage
from tests.support.claims_desk import (
    DOSSIER,
    NOON,
    MemoryDesk,
    coverage_recorded,
    covered,
    desk_with_family,
    returned,
    scheduled,
    sent,
    settled,
    submission,
    treatment,
    treatments,
)

PAYMENT_EVENTS: tuple[Callable[[str], Message], ...] = (scheduled, sent, settled)
IN_ORDER = (ClaimStatus.DECIDED, ClaimStatus.SCHEDULED, ClaimStatus.PAID, ClaimStatus.DEPOSITED)


async def test_coverage_is_kept_as_identity_told_it():
    desk = await desk_with_family()

    known = desk.coverages.known[DOSSIER]

    assert (known.version, known.coverage) == (1, coverage())


async def test_the_end_of_a_persons_coverage_is_kept():
    desk = MemoryDesk()

    await desk.tell(coverage_recorded(persons=(covered(SELF, effective_to=date(2026, 5, 31)),)))

    [person] = desk.coverages.known[DOSSIER].coverage.persons
    assert person.effective_to == date(2026, 5, 31)


@pytest.mark.req("CLM-8", "CLM-11")
async def test_a_claim_that_came_before_its_dossier_is_decided_when_the_coverage_arrives():
    desk = MemoryDesk()
    claim = submission()
    [pended] = await desk.submit(claim)
    desk.now = NOON + timedelta(minutes=5)

    [decided] = await desk.tell(coverage_recorded())

    assert (decided.claim_id, decided.outcome, decided.benefit_cents) == (claim.message.claim_id, "reduced", 3_200)
    assert (decided.version, decided.decided_at) == (pended.version + 1, desk.now)
    stored = (await desk.stored(claim.message.claim_id)).claim
    assert [entry.status for entry in stored.timeline] == [
        ClaimStatus.RECEIVED,
        ClaimStatus.IN_REVIEW,
        ClaimStatus.DECIDED,
    ]
    assert stored.version == decided.version
    assert await desk.paid() == 3_200


@pytest.mark.req("CLM-8")
async def test_claims_that_waited_are_decided_in_the_order_in_which_they_were_received():
    desk = MemoryDesk()
    later = submission(received_at=NOON + timedelta(seconds=1))
    earlier = submission(received_at=NOON)
    await desk.submit(later, earlier)

    first, second = await desk.tell(coverage_recorded())

    assert (first.claim_id, first.benefit_cents) == (earlier.message.claim_id, 3_200)
    assert (second.claim_id, second.lines[0].reason_codes) == (later.message.claim_id, ("already_claimed",))


@pytest.mark.req("CLM-8")
async def test_claims_that_waited_use_up_the_maximum_together():
    desk = MemoryDesk()
    await desk.submit(*treatments(9))

    announced = await desk.tell(coverage_recorded())

    assert [event.benefit_cents for event in announced] == [3200, *(7200 for _ in range(6)), 3600, 0]
    assert await desk.paid() == 50_000


@pytest.mark.req("CLM-8")
async def test_a_service_that_waited_counts_as_claimed_once_it_is_decided():
    desk = MemoryDesk()
    await desk.submit(submission())
    await desk.tell(coverage_recorded())

    [event] = await desk.submit(submission())

    assert event.lines[0].reason_codes == ("already_claimed",)


@pytest.mark.req("CLM-8")
async def test_only_the_claims_of_the_dossier_that_arrived_are_decided():
    desk = MemoryDesk()
    await desk.submit(submission(dossier_id="other-dossier"))

    assert await desk.tell(coverage_recorded()) == []


@pytest.mark.parametrize("version", [1, 2])
async def test_coverage_that_is_not_newer_changes_nothing(version):
    desk = MemoryDesk()
    await desk.tell(coverage_recorded(version=2))

    await desk.tell(coverage_recorded(version=version, province="QC"))

    assert desk.coverages.known[DOSSIER].coverage.province == "ON"


async def test_coverage_that_comes_twice_does_not_decide_waiting_claims_again():
    desk = MemoryDesk()
    await desk.submit(submission())
    await desk.tell(coverage_recorded(plan_code="NOT_LOADED"))

    assert await desk.tell(coverage_recorded(plan_code="NOT_LOADED")) == []


@pytest.mark.req("CLM-8")
async def test_newer_coverage_counts_for_later_claims_and_does_not_decide_again():
    desk = await desk_with_family()
    earlier, later = submission(treatment(amount_cents=9_000)), submission(treatment("PH-EVA", 9_000))
    await desk.submit(earlier)

    announced = await desk.tell(coverage_recorded(version=2, persons=(covered("somebody-else"),)))
    [event] = await desk.submit(later)

    assert announced == []
    assert (await desk.stored(earlier.message.claim_id)).claim.version == 2
    assert event.lines[0].reason_codes == ("person_not_in_dossier",)


@pytest.mark.req("CLM-8")
async def test_a_claim_waits_on_while_the_plan_is_not_known_and_is_decided_by_a_version_with_one():
    desk = MemoryDesk()
    await desk.submit(submission())

    [still_waiting] = await desk.tell(coverage_recorded(plan_code="NOT_LOADED"))
    [decided] = await desk.tell(coverage_recorded(version=2))

    assert (still_waiting.outcome, decided.outcome) == ("pended", "reduced")
    assert await desk.tell(coverage_recorded(version=3)) == []


@pytest.mark.req("CLM-11")
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_payment_status_never_goes_backwards_whatever_the_order_of_events(order):
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)

    for number in order:
        await desk.tell(PAYMENT_EVENTS[number](claim.message.claim_id))

    stored = await desk.stored(claim.message.claim_id)
    steps = [IN_ORDER.index(entry.status) for entry in stored.claim.timeline[1:]]
    assert stored.claim.status is ClaimStatus.DEPOSITED
    assert steps == sorted(set(steps))
    for number in order:
        await desk.tell(PAYMENT_EVENTS[number](claim.message.claim_id))
    assert await desk.stored(claim.message.claim_id) == stored


@pytest.mark.req("CLM-11")
async def test_each_step_of_a_payment_has_its_own_time():
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)
    scheduled_at, sent_at, desk.now = (NOON + timedelta(days=days) for days in (1, 2, 3))

    await desk.tell(scheduled(claim.message.claim_id, at=scheduled_at))
    await desk.tell(sent(claim.message.claim_id, at=sent_at))
    await desk.tell(settled(claim.message.claim_id))

    timeline = (await desk.stored(claim.message.claim_id)).claim.timeline
    assert [(entry.status, entry.at) for entry in timeline[2:]] == [
        (ClaimStatus.SCHEDULED, scheduled_at),
        (ClaimStatus.PAID, sent_at),
        (ClaimStatus.DEPOSITED, desk.now),
    ]


@pytest.mark.req("CLM-11")
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_a_step_that_was_overtaken_still_takes_its_place_in_the_timeline(order):
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)
    desk.now = NOON + timedelta(days=3)
    claim_id = claim.message.claim_id
    events = (
        scheduled(claim_id, at=NOON + timedelta(days=1)),
        sent(claim_id, at=NOON + timedelta(days=2)),
        settled(claim_id),
    )

    for number in (*order, *order):
        await desk.tell(events[number])

    stored = (await desk.stored(claim_id)).claim
    assert [entry.status for entry in stored.timeline[2:]] == [
        ClaimStatus.SCHEDULED,
        ClaimStatus.PAID,
        ClaimStatus.DEPOSITED,
    ]
    assert stored.status is ClaimStatus.DEPOSITED


@pytest.mark.req("CLM-11")
async def test_a_payment_moves_the_claims_that_it_names_and_no_other():
    desk = await desk_with_family()
    named, other = treatments(2)
    await desk.submit(named, other)

    await desk.tell(scheduled(named.message.claim_id, "claim-of-another-day"))

    assert (await desk.stored(named.message.claim_id)).claim.status is ClaimStatus.SCHEDULED
    assert (await desk.stored(other.message.claim_id)).claim.status is ClaimStatus.DECIDED


@pytest.mark.req("CLM-11")
async def test_the_paid_lines_of_a_claim_in_review_are_shown_as_paid():
    desk = await desk_with_family()
    claim = submission(treatment(), treatment("crutches", 3_000))
    [event] = await desk.submit(claim)
    assert (event.outcome, event.benefit_cents) == ("pended", 3_200)

    await desk.tell(sent(claim.message.claim_id))

    assert (await desk.stored(claim.message.claim_id)).claim.status is ClaimStatus.PAID


@pytest.mark.req("PAY-7")
async def test_payment_events_do_not_make_a_new_version_of_the_decision():
    desk = await desk_with_family()
    claim = submission()
    [event] = await desk.submit(claim)

    assert await desk.tell(scheduled(claim.message.claim_id)) == []

    assert (await desk.stored(claim.message.claim_id)).claim.version == event.version


@pytest.mark.req("CLM-11", "BNK-5")
async def test_a_claim_whose_money_came_back_goes_on_with_the_payment_in_its_place_and_no_other():
    desk = await desk_with_family()
    claim = submission()
    await desk.submit(claim)
    claim_id = claim.message.claim_id
    paid = (scheduled(claim_id), sent(claim_id), settled(claim_id))
    for event in paid:
        await desk.tell(event)

    await desk.tell(returned(claim_id, at=desk.now + timedelta(days=2)))
    for event in paid:
        await desk.tell(event)
    assert (await desk.stored(claim_id)).claim.status is ClaimStatus.RETURNED

    desk.now += timedelta(days=5)
    anew = {"reissue_of": "payment-1"}
    for event in (scheduled(claim_id, at=desk.now), sent(claim_id, at=desk.now), settled(claim_id)):
        await desk.tell(event.model_copy(update=anew))
    stored = (await desk.stored(claim_id)).claim
    assert [entry.status for entry in stored.timeline[2:]] == [
        *IN_ORDER[1:],
        ClaimStatus.RETURNED,
        *IN_ORDER[1:],
    ]

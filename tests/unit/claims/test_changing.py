"""Members change their claims: each version is decided by difference (CLM-10)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.claims.domain.changes import (
    CORRECTIONS_AT_MOST,
    BilledByProviderError,
    ClaimChangedError,
    ClaimIsVoidedError,
    PapersUnknownError,
    TooManyCorrectionsError,
    TooManyPapersError,
    with_papers,
)
from services.claims.domain.claim import Cause, ClaimStatus
from services.claims.domain.facts import DocumentKind, Ruling
from services.claims.handlers.asking import ClaimNotFound
from services.claims.handlers.records import read_record, replay
from shared.contracts.claims import ClaimAdjudicated, ClaimLine, ClaimProvider
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from tests.support.claims_builders import CHILD, claim, plan
from tests.support.claims_changing_desk import CLINIC, ChangingDesk, changing_desk
from tests.support.claims_desk import DOSSIER, NOON, coverage_recorded, member, sent, submission, treatment

GLASSES = {"claim_type": "glasses", "lines": (treatment("glasses", 15_000),)}


async def submitted(desk: ChangingDesk, *lines: ClaimLine, **overrides: Any) -> ClaimAdjudicated:
    [event] = await desk.submit(submission(*lines, **overrides))
    desk.now = desk.now + timedelta(minutes=1)
    return event


def correction(
    event: ClaimAdjudicated, *lines: ClaimLine, version: int | None = None, **overrides: Any
) -> CorrectClaim:
    fields: dict[str, Any] = {"provider": CLINIC, "lines": lines or (treatment(amount_cents=7_000),), **overrides}
    return CorrectClaim(claim_number=event.claim_number, expected_version=version or event.version, **fields)


@pytest.mark.req("CLM-10")
async def test_a_correction_keeps_number_and_id_and_moves_the_accumulators_by_the_difference() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    assert (event.benefit_cents, await desk.paid()) == (3_200, 3_200)

    view = await desk.change(correction(event))

    assert (view.claim_number, view.version, view.submitted_cents) == (event.claim_number, 3, 7_000)
    assert view.benefit_cents == (7_000 - 5_000) * 8 // 10 == await desk.paid()
    announced = desk.events[-1]
    assert (announced.claim_id, announced.cause, announced.version) == (event.claim_id, "corrected", 3)
    assert announced.benefit_cents == 1_600


@pytest.mark.req("CLM-10", "CLM-8")
async def test_every_version_of_a_corrected_claim_can_be_replayed_from_its_own_record() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    await desk.change(correction(event))

    changed = (await desk.stored(event.claim_id)).claim
    [first] = changed.history
    assert (first.version, first.cause, [line.submitted_cents for line in first.lines]) == (2, Cause.SUBMITTED, [9_000])
    assert [line.submitted_cents for line in read_record(first.record)[0].lines] == [9_000]
    assert replay(first.record, plan()) == first.decision
    assert replay(changed.record, plan()) == changed.decision


@pytest.mark.req("CLM-10")
async def test_a_correction_may_move_a_claim_into_another_year() -> None:
    desk = await changing_desk()
    event = await submitted(desk)

    await desk.change(correction(event, treatment(service_date=date(2025, 11, 4))))

    assert (await desk.paid(year=2026), await desk.paid(year=2025)) == (0, 3_200)


@pytest.mark.req("CLM-10")
async def test_a_repeated_correction_gives_the_same_answer_and_decides_nothing() -> None:
    desk = await changing_desk()
    command = correction(await submitted(desk))
    first = await desk.change(command)

    assert await desk.change(command) == first
    assert len(desk.events) == 2


@pytest.mark.req("CLM-10")
async def test_of_two_corrections_of_one_version_the_second_is_refused() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    await desk.change(correction(event))

    with pytest.raises(ClaimChangedError) as refused:
        await desk.change(correction(event, treatment(amount_cents=8_000)))
    assert refused.value.params["version"] == 3
    assert await desk.paid() == 1_600


@pytest.mark.req("CLM-10")
async def test_a_claim_is_corrected_so_often_and_no_more() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    version = event.version
    for number in range(CORRECTIONS_AT_MOST):
        view = await desk.change(correction(event, treatment(amount_cents=6_000 + number), version=version))
        version = view.version

    with pytest.raises(TooManyCorrectionsError):
        await desk.change(correction(event, version=version))


@pytest.mark.req("CLM-10")
async def test_a_voided_claim_gives_everything_back_and_its_services_can_be_claimed_again() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    await desk.tell(sent(event.claim_id, at=NOON + timedelta(seconds=30)))
    again = await submitted(desk)
    assert again.lines[0].reason_codes == ("already_claimed",)

    command = VoidClaim(claim_number=event.claim_number, reason="Claimed by mistake")
    view = await desk.change(command)

    assert (view.status, view.outcome, view.benefit_cents, await desk.paid()) == ("voided", "denied", 0, 0)
    assert [entry.status for entry in view.timeline] == ["received", "decided", "paid", "voided"]
    assert view.lines[0].reasons[0].code == "claim_voided"
    assert (desk.events[-1].cause, desk.events[-1].benefit_cents) == ("voided", 0)
    assert (await desk.stored(event.claim_id)).claim.void_reason == "Claimed by mistake"
    assert await desk.change(command) == view
    assert (await submitted(desk)).benefit_cents == 3_200


@pytest.mark.req("CLM-10")
async def test_a_voided_claim_is_changed_no_more() -> None:
    desk = await changing_desk(paper=DocumentKind.RECEIPT)
    event = await submitted(desk)
    view = await desk.change(VoidClaim(claim_number=event.claim_number))

    with pytest.raises(ClaimIsVoidedError):
        await desk.change(correction(event, version=view.version))
    with pytest.raises(ClaimIsVoidedError):
        await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("paper",)))


@pytest.mark.req("CLM-10")
async def test_a_missing_document_is_added_to_the_same_claim_which_is_decided_then() -> None:
    desk = await changing_desk(bill=DocumentKind.RECEIPT, script=DocumentKind.PRESCRIPTION)
    event = await submitted(desk, **GLASSES)
    assert (event.outcome, event.lines[0].reason_codes) == ("pended", ("receipt_missing",))

    half = await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("bill",)))
    whole = await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("bill", "script")))

    assert [reason.code for reason in half.lines[0].reasons] == ["prescription_missing"]
    assert (whole.outcome, whole.benefit_cents, whole.claim_number) == ("approved", 15_000, event.claim_number)
    stored = (await desk.stored(event.claim_id)).claim
    assert (stored.receipts, stored.cause) == (("bill", "script"), Cause.DOCUMENT_ADDED)
    assert await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("script",))) == whole


@pytest.mark.req("CLM-10")
async def test_papers_of_others_and_of_other_claims_do_not_join() -> None:
    desk = await changing_desk(bill=DocumentKind.RECEIPT)
    first, second = await submitted(desk, **GLASSES), await submitted(desk, person_id=CHILD, **GLASSES)
    await desk.change(AddClaimDocuments(claim_number=first.claim_number, receipts=("bill",)))

    for receipts in (("bill",), ("unknown",)):
        with pytest.raises(PapersUnknownError):
            await desk.change(AddClaimDocuments(claim_number=second.claim_number, receipts=receipts))
    assert (await desk.stored(second.claim_id)).claim.receipts == ()


def test_a_claim_has_so_many_papers_and_no_more() -> None:
    full = with_papers(claim(), {f"paper-{number}": DocumentKind.RECEIPT for number in range(20)})
    with pytest.raises(TooManyPapersError):
        with_papers(full, {"one-more": DocumentKind.RECEIPT})


@pytest.mark.req("CLM-10", "LOG-6")
async def test_a_claim_of_another_dossier_is_not_found() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    stranger = member("another")
    commands = (
        correction(event),
        VoidClaim(claim_number=event.claim_number),
        AddClaimDocuments(claim_number=event.claim_number, receipts=("paper",)),
    )
    for command in commands:
        with pytest.raises(ClaimNotFound):
            await desk.change(command, actor=stranger)
    assert len(desk.events) == 1


@pytest.mark.req("CLM-10", "CLM-6")
async def test_what_a_provider_billed_is_not_the_members_to_correct_or_void() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    stored = await desk.stored(event.claim_id)
    billed = replace(stored, claim=replace(stored.claim, provider_id="provider-1"))
    await desk.repositories.claims.save_all([billed], session=None)

    for command in (VoidClaim(claim_number=event.claim_number), correction(event)):
        with pytest.raises(BilledByProviderError):
            await desk.change(command)


@pytest.mark.req("CLM-10")
async def test_a_claim_that_waits_for_its_dossier_is_corrected_and_still_waits() -> None:
    desk = await changing_desk()
    [event] = await desk.submit(submission(dossier_id="later"))
    view = await desk.change(correction(event), actor=member("later"))
    assert (view.outcome, view.status) == ("pended", "in_review")

    [decided] = await desk.tell(coverage_recorded(dossier_id="later"))

    assert (decided.submitted_cents, decided.benefit_cents) == (7_000, 1_600)


@pytest.mark.req("CLM-10", "CLM-12")
async def test_a_ruling_stays_on_a_line_that_stays_and_leaves_one_that_changes() -> None:
    desk = await changing_desk()
    lines = (treatment(), treatment("PH-EVA", 12_000))
    event = await submitted(desk, *lines)
    stored = await desk.stored(event.claim_id)
    ruled = replace(stored.claim, rulings={1: Ruling(allowed_cents=100), 2: Ruling(allowed_cents=200)})
    await desk.repositories.claims.save_all([replace(stored, claim=ruled)], session=None)

    view = await desk.change(correction(event, lines[0], treatment("PH-EVA", 11_000)))
    assert (await desk.stored(event.claim_id)).claim.rulings == {1: Ruling(allowed_cents=100)}
    await desk.change(
        correction(event, lines[0], version=view.version, provider=ClaimProvider(name="Another", phone="418 555-0199"))
    )
    assert (await desk.stored(event.claim_id)).claim.rulings == {}


@pytest.mark.req("CLM-10", "CLM-11")
async def test_a_corrected_claim_goes_through_decided_again_after_it_was_paid() -> None:
    desk = await changing_desk()
    event = await submitted(desk)
    await desk.tell(sent(event.claim_id, at=NOON + timedelta(seconds=30)))
    view = await desk.change(correction(event))
    assert [entry.status for entry in view.timeline] == [
        ClaimStatus.RECEIVED,
        ClaimStatus.DECIDED,
        ClaimStatus.PAID,
        ClaimStatus.DECIDED,
    ]
    assert (await desk.stored(event.claim_id)).claim.dossier_id == DOSSIER

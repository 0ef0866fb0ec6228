"""Providers change what they billed: each version is decided by difference, and nobody else's is touched (CLM-6)."""

from datetime import timedelta
from typing import Any

import pytest

from services.claims.domain.changes import BilledByProviderError, ClaimChangedError, ClaimIsVoidedError
from services.claims.domain.facts import DocumentKind
from services.claims.handlers.asking import ClaimNotFound
from shared.contracts import Actor
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.claims.changing import CorrectClaim
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from tests.support.claims_changing_desk import CLINIC, ChangingDesk
from tests.support.claims_desk import MemoryDesk, coverage_recorded, member, submission, treatment
from tests.support.claims_papers_memory import MemoryPapers
from tests.unit.claims.test_provider_claims import DOSSIER, bill, clinic, submit

pytestmark = pytest.mark.req("CLM-6", "CLM-10")

PROVIDER = clinic()


async def office(**papers: Any) -> ChangingDesk:
    memory = MemoryDesk()
    desk = ChangingDesk(memory.repositories, papers=MemoryPapers(**papers))
    await desk.tell(coverage_recorded(dossier_id=DOSSIER))
    return desk


async def billed(desk: ChangingDesk) -> ClaimAdjudicated:
    works = await submit(desk, bill())
    desk.now += timedelta(minutes=1)
    return works[0]


def correction(event: ClaimAdjudicated, *, cents: int = 7_000, version: int | None = None) -> CorrectProviderClaim:
    return CorrectProviderClaim(
        claim_number=event.claim_number,
        expected_version=version or event.version,
        lines=(treatment(amount_cents=cents),),
    )


async def test_a_correction_is_announced_for_the_provider_with_what_is_owed_now() -> None:
    desk = await office()
    event = await billed(desk)

    view = await desk.change_billed(correction(event), actor=PROVIDER)

    assert (view.claim_number, view.version, view.submitted_cents) == (event.claim_number, 3, 7_000)
    announced = desk.events[-1]
    assert (announced.cause, announced.version, announced.benefit_cents) == ("corrected", 3, view.benefit_cents)
    assert (announced.pay_to, announced.provider_id) == ("provider", "provider-1")
    assert event.benefit_cents > view.benefit_cents == await desk.paid(dossier_id=DOSSIER)
    changed = (await desk.stored(event.claim_id)).claim
    assert changed.provider.id == "provider-1"


async def test_a_repeated_correction_changes_nothing_and_one_of_an_old_version_is_refused() -> None:
    desk = await office()
    event = await billed(desk)
    first = await desk.change_billed(correction(event), actor=PROVIDER)
    assert await desk.change_billed(correction(event), actor=PROVIDER) == first
    with pytest.raises(ClaimChangedError):
        await desk.change_billed(correction(event, cents=8_000), actor=PROVIDER)


async def test_a_voided_claim_gives_everything_back_and_may_be_billed_again() -> None:
    desk = await office()
    event = await billed(desk)
    void = VoidProviderClaim(claim_number=event.claim_number, reason="Billed twice")

    view = await desk.change_billed(void, actor=PROVIDER)

    assert (view.status, view.outcome, view.benefit_cents, await desk.paid(dossier_id=DOSSIER)) == (
        "voided",
        "denied",
        0,
        0,
    )
    assert (desk.events[-1].cause, desk.events[-1].benefit_cents) == ("voided", 0)
    assert await desk.change_billed(void, actor=PROVIDER) == view
    with pytest.raises(ClaimIsVoidedError):
        await desk.change_billed(correction(event, version=view.version), actor=PROVIDER)
    assert (await billed(desk)).benefit_cents == event.benefit_cents


async def test_papers_join_a_claim_that_was_billed() -> None:
    desk = await office(paper=DocumentKind.REFERRAL)
    event = await billed(desk)
    add = AddProviderClaimDocuments(claim_number=event.claim_number, receipts=("paper",))
    await desk.change_billed(add, actor=PROVIDER)
    assert (await desk.stored(event.claim_id)).claim.receipts == ("paper",)


@pytest.mark.req("LOG-6")
@pytest.mark.parametrize("actor", [clinic("another"), clinic(None), member()])
async def test_what_somebody_else_billed_is_not_found(actor: Actor) -> None:
    desk = await office()
    event = await billed(desk)
    for command in (
        correction(event),
        VoidProviderClaim(claim_number=event.claim_number),
        AddProviderClaimDocuments(claim_number=event.claim_number, receipts=("paper",)),
    ):
        with pytest.raises(ClaimNotFound):
            await desk.change_billed(command, actor=actor)
    assert len(desk.events) == 0


@pytest.mark.req("LOG-6")
@pytest.mark.parametrize("actor", [PROVIDER, clinic(None)])
async def test_a_members_claim_is_no_providers(actor: Actor) -> None:
    desk = await office()
    [event] = await desk.submit(submission(dossier_id=DOSSIER))
    with pytest.raises(ClaimNotFound):
        await desk.change_billed(VoidProviderClaim(claim_number=event.claim_number), actor=actor)


async def test_the_member_still_cannot_change_what_was_billed() -> None:
    desk = await office()
    event = await billed(desk)
    command = CorrectClaim(
        claim_number=event.claim_number, expected_version=event.version, provider=CLINIC, lines=(treatment(),)
    )
    with pytest.raises(BilledByProviderError):
        await desk.change(command, actor=member(DOSSIER))
    assert (await desk.stored(event.claim_id)).claim.version == event.version

"""Claims of providers, from intake to what the provider and the member see (CLM-6)."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.claims.domain.claim import UNIDENTIFIED, Claim
from services.claims.handlers.asking import ClaimNotFound, Words, get_claim, list_claims
from services.claims.handlers.provider_claims import (
    get_provider_claim,
    list_provider_claims,
    submit_provider_claims,
)
from shared.contracts import Actor
from shared.contracts.claims import Authorisation, ClaimAdjudicated, GetClaim, ListClaims
from shared.contracts.claims.provider_claims import (
    GetProviderClaim,
    ListProviderClaims,
    Patient,
    ProviderClaimSubmission,
    SubmitProviderClaim,
)
from shared.dossiers import dossier_id
from shared.envelopes import Received
from shared.outbox import Work
from tests.support.claims_builders import CHILD, SELF, SPOUSE, catalogue, wording
from tests.support.claims_desk import (
    NOON,
    Desk,
    MemoryDesk,
    claim_number,
    coverage_recorded,
    covered,
    member,
    received,
    treatment,
)

pytestmark = pytest.mark.req("CLM-6")

DOSSIER = dossier_id("100200", "55501")
WORDS = Words(catalogue(), wording())


def clinic(provider_id: str | None = "provider-1") -> Actor:
    return Actor(account_id="account-p", session_id="s", roles=("provider",), provider_id=provider_id, language="en")


def bill(*, born: date = date(2016, 3, 1), provider_id: str = "provider-1", **patient: Any) -> Any:
    numbers = {"contract_number": "100200", "certificate_number": "55501", **patient}
    submission = ProviderClaimSubmission(
        patient=Patient(birth_date=born, **numbers),
        claim_type="physio",
        lines=(treatment(),),
        authorisation=Authorisation(accepted=True, text_version="1"),
    )
    command = SubmitProviderClaim(
        claim_id=str(uuid4()),
        claim_number=claim_number(),
        body_sha256=uuid4().hex,
        received_at=NOON,
        submission=submission,
    )
    return received(command, actor=clinic(provider_id))


async def submit(desk: Desk, *batch: Received[SubmitProviderClaim]) -> list[ClaimAdjudicated]:
    works = [Work(None, each, source="claims") for each in batch]
    await submit_provider_claims(batch, works, repositories=desk.repositories, plans=desk.plans, clock=lambda: desk.now)
    return [event for work in works for event in work.events if isinstance(event, ClaimAdjudicated)]


async def insured() -> MemoryDesk:
    desk = MemoryDesk()
    await desk.tell(coverage_recorded(dossier_id=DOSSIER))
    return desk


async def stored(desk: MemoryDesk, claim: Received[SubmitProviderClaim]) -> Claim:
    found = await desk.repositories.claims.get_many([claim.message.claim_id], session=None)
    return found[claim.message.claim_id].claim


async def test_the_patient_is_found_by_card_and_birth_date_and_the_provider_is_paid():
    desk, claim = await insured(), bill()

    [event] = await submit(desk, claim)

    assert (event.pay_to, event.provider_id, event.person_id) == ("provider", "provider-1", CHILD)
    assert (event.dossier_id, event.benefit_cents) == (DOSSIER, 3_200)


@pytest.mark.req("CLM-7")
async def test_the_same_claim_again_changes_nothing():
    desk, claim = await insured(), bill()

    assert len(await submit(desk, claim, claim)) == 1
    assert await submit(desk, claim) == []


async def test_a_claim_waits_for_a_card_that_is_not_known_yet():
    desk, claim = MemoryDesk(), bill()
    [waiting] = await submit(desk, claim)
    assert (waiting.outcome, waiting.person_id) == ("pended", UNIDENTIFIED)

    [decided] = await desk.tell(coverage_recorded(dossier_id=DOSSIER))

    assert (decided.person_id, decided.benefit_cents, decided.cause) == (CHILD, 3_200, "dossier_arrived")


async def test_nobody_born_that_day_is_nobody_of_the_dossier():
    [event] = await submit(await insured(), bill(born=date(1999, 1, 1)))

    assert (event.outcome, event.lines[0].reason_codes) == ("denied", ("person_not_in_dossier",))


async def test_two_born_that_day_are_not_guessed_between():
    desk = MemoryDesk()
    same_day = coverage_recorded(dossier_id=DOSSIER, persons=(covered(SELF), covered(SPOUSE, relationship="spouse")))
    await desk.tell(same_day)

    [event] = await submit(desk, bill(born=date(1985, 2, 20)))

    assert (event.person_id, event.benefit_cents) == (UNIDENTIFIED, 0)


@pytest.mark.req("PAY-7")
async def test_what_the_provider_was_paid_is_not_paid_to_the_member_as_well():
    desk = await insured()
    await submit(desk, bill())

    [again] = await submit(desk, bill())

    assert again.lines[0].reason_codes == ("already_claimed",)


async def test_the_provider_sees_its_own_claims_and_nothing_of_the_family():
    desk, mine, other = await insured(), bill(), bill(provider_id="provider-2", born=date(2004, 3, 1))
    await submit(desk, mine, other)
    claims = desk.repositories.claims

    page = await list_provider_claims(received(ListProviderClaims(), actor=clinic()), claims=claims, words=WORDS)
    view = await get_provider_claim(
        received(GetProviderClaim(claim_number=mine.message.claim_number), actor=clinic()), claims=claims, words=WORDS
    )

    assert [each.claim_number for each in page.claims] == [mine.message.claim_number]
    assert (view.benefit_cents, view.lines[0].reasons[0].code) == (3_200, "deductible_applied")
    shown = view.model_dump_json()
    assert not any(secret in shown for secret in ("used_cents", "trace", "explanation", CHILD, DOSSIER))
    for actor in (clinic("provider-2"), clinic(None)):
        with pytest.raises(ClaimNotFound):
            await get_provider_claim(
                received(GetProviderClaim(claim_number=mine.message.claim_number), actor=actor),
                claims=claims,
                words=WORDS,
            )
    nobody = await list_provider_claims(received(ListProviderClaims(), actor=clinic(None)), claims=claims, words=WORDS)
    assert nobody.claims == ()


async def test_pages_follow_each_other():
    desk = await insured()
    claims = [bill() for _ in range(3)]
    await submit(desk, *claims)
    numbers: list[str] = []
    before = None
    for _ in range(4):
        query = ListProviderClaims(limit=1, before=before)
        page = await list_provider_claims(received(query, actor=clinic()), claims=desk.repositories.claims, words=WORDS)
        numbers += [each.claim_number for each in page.claims]
        before = page.next_before
        if before is None:
            break

    assert sorted(numbers) == sorted(each.message.claim_number for each in claims)


async def test_the_member_sees_what_was_billed():
    desk, claim = await insured(), bill()
    await submit(desk, claim)

    page = await list_claims(
        received(ListClaims(), actor=member(DOSSIER)), claims=desk.repositories.claims, words=WORDS
    )
    view = await get_claim(
        received(GetClaim(claim_number=claim.message.claim_number), actor=member(DOSSIER)),
        claims=desk.repositories.claims,
        words=WORDS,
    )

    assert [each.claim_number for each in page.claims] == [claim.message.claim_number]
    assert view.pay_to == "provider"
    assert (await stored(desk, claim)).born_on == date(2016, 3, 1)

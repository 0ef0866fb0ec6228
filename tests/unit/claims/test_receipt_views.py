"""Who sees papers, and what an agent's look leaves."""

import pytest

from services.claims.domain.claim import Claim
from services.claims.domain.receipt_errors import ReceiptNotFoundError
from services.claims.domain.receipts import owner_of_claim, parties_of
from services.claims.handlers.asking import ClaimNotFound
from shared.contracts import Actor
from shared.contracts.claims.receipts import ListClaimReceipts, OpenReceipt, ReceiptView
from tests.support.claims_desk import DOSSIER, claim_number
from tests.support.receipts_desk import PaperDesk, agent, claimant, provider
from tests.support.receipts_repository_contract import a_claim

MEMBER = claimant()
STRANGERS = [
    claimant("dossier-2"),
    claimant(roles=()),
    provider("provider-2"),
    provider(services=("payments", "inbox")),
]
NUMBER = claim_number()


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


async def joined(desk: PaperDesk, claim: Claim, *, actor: Actor) -> ReceiptView:
    view = await desk.upload(actor=actor)
    desk.memory.claims[claim.number] = parties_of(claim)
    await desk.memory.attach([view.receipt_id], claim, owner=owner_of_claim(claim), session=None)
    return view


@pytest.mark.req("CLM-5", "R7")
async def test_a_members_paper_is_seen_by_the_dossier_and_by_nobody_else(desk: PaperDesk) -> None:
    claim = a_claim(account_id=MEMBER.account_id, dossier_id=DOSSIER, number=NUMBER)
    view = await joined(desk, claim, actor=MEMBER)
    waiting = await desk.upload()
    assert (await desk.of_claim(NUMBER, actor=MEMBER)).receipts[0].model_dump() == view.model_dump()
    assert (await desk.open(view.receipt_id, actor=MEMBER)).slices == 1
    for stranger in (*STRANGERS, provider()):
        for receipt in (view, waiting):
            with pytest.raises(ReceiptNotFoundError):
                await desk.open(receipt.receipt_id, actor=stranger)
            with pytest.raises(ReceiptNotFoundError):
                await desk.slice(receipt.receipt_id, 0, actor=stranger)
        with pytest.raises(ClaimNotFound):
            await desk.of_claim(NUMBER, actor=stranger)


@pytest.mark.req("CLM-5", "CLM-6", "R7")
async def test_what_a_provider_sent_is_seen_by_the_provider_and_by_the_patients_dossier(desk: PaperDesk) -> None:
    claim = a_claim(account_id="account-p", dossier_id=DOSSIER, provider_id="provider-1", number=NUMBER)
    view = await joined(desk, claim, actor=provider())
    for viewer in (provider(account_id="delegate-1", roles=("delegate",)), claimant(account_id="spouse")):
        assert (await desk.of_claim(NUMBER, actor=viewer)).receipts[0].receipt_id == view.receipt_id
        await desk.open(view.receipt_id, actor=viewer)
    for stranger in STRANGERS:
        with pytest.raises(ReceiptNotFoundError):
            await desk.open(view.receipt_id, actor=stranger)


@pytest.mark.req("CLM-5")
async def test_a_claim_without_papers_has_an_empty_list_and_no_claim_has_none(desk: PaperDesk) -> None:
    desk.memory.claims[NUMBER] = parties_of(a_claim(dossier_id=DOSSIER))
    assert (await desk.of_claim(NUMBER, actor=MEMBER)).receipts == ()
    with pytest.raises(ClaimNotFound):
        await desk.of_claim(claim_number(), actor=agent())


@pytest.mark.req("CLM-12", "OPS-7", "U1", "U5")
async def test_u5_an_agents_look_at_papers_is_an_act_about_the_dossier(desk: PaperDesk) -> None:
    claim = a_claim(account_id="account-p", dossier_id=DOSSIER, provider_id="provider-1", number=NUMBER)
    view = await joined(desk, claim, actor=provider())
    await desk.open(view.receipt_id, actor=agent())
    opened = await desk.noted(OpenReceipt(receipt_id=view.receipt_id), actor=agent())
    assert (opened.act, opened.account_id, opened.about) == ("sensitive_read", "agent-1", DOSSIER)
    assert (opened.details, opened.occurred_at) == ({"receipt": view.receipt_id}, desk.now)
    listed = await desk.noted(ListClaimReceipts(claim_number=NUMBER), actor=agent())
    assert (listed.act, listed.about, listed.details) == ("sensitive_read", DOSSIER, {"receipts_of_claim": NUMBER})


@pytest.mark.req("OPS-7", "U5")
@pytest.mark.parametrize(("actor", "about"), [(MEMBER, DOSSIER), (provider(), "provider-1")])
async def test_u5_a_look_at_a_paper_without_claim_is_about_its_owner(desk: PaperDesk, actor: Actor, about: str) -> None:
    view = await desk.upload(actor=actor)
    assert (await desk.noted(OpenReceipt(receipt_id=view.receipt_id), actor=agent())).about == about


async def test_a_look_at_nothing_is_not_found(desk: PaperDesk) -> None:
    with pytest.raises(ReceiptNotFoundError):
        await desk.noted(OpenReceipt(receipt_id="nothing"), actor=agent())

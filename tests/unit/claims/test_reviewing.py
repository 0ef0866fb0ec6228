"""Agents decide what the rules leave to people (CLM-12)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.claims.domain.changes import ClaimChangedError
from services.claims.domain.claim import Cause
from services.claims.domain.facts import DocumentKind, Ruling
from services.claims.domain.review import (
    LEASE,
    LineNotPendedError,
    LockNeededError,
    NoProposalError,
    NothingPendedError,
    ProposalPendingError,
    ReviewLockedError,
    SameAgentError,
    WaitsForDossierError,
)
from services.claims.handlers import review_asking, reviewing
from services.claims.handlers.asking import ClaimNotFound
from services.claims.handlers.records import replay
from services.claims.handlers.review_desk import AgentsOnlyError
from services.claims.handlers.review_desk import Desk as ReviewDesk
from shared.contracts import Actor, Event, Message
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.changing import AddClaimDocuments, VoidClaim
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    GetReview,
    Judgement,
    LineVerdict,
    ListReviewQueue,
    LockReview,
    RefuseReview,
)
from shared.outbox import Work
from tests.support.claims_builders import plan
from tests.support.claims_changing_desk import ChangingDesk, words
from tests.support.claims_desk import NOON, MemoryDesk, coverage_recorded, member, received, submission, treatment
from tests.support.claims_memory import MemoryClaims
from tests.support.claims_papers_memory import MemoryPapers
from tests.support.claims_review_contract import ReviewRepositoryContract, ReviewStores
from tests.support.claims_review_memory import MemoryPendedClaims, MemoryReviews

USES: dict[type[Message], Callable[..., Awaitable[Any]]] = {
    LockReview: reviewing.lock_review,
    DecideReview: reviewing.decide_review,
    DecideReviews: reviewing.decide_reviews,
    ConfirmReview: reviewing.confirm_review,
    RefuseReview: reviewing.refuse_review,
    AddReviewNote: reviewing.add_review_note,
    GetReview: review_asking.note_review_look,
}
GLASSES_CENTS = 20_000


class TestMemoryReviews(ReviewRepositoryContract):
    @pytest.fixture
    def stores(self) -> ReviewStores:
        claims = MemoryClaims()
        return ReviewStores(claims, MemoryReviews(), MemoryPendedClaims(claims))


def agent(name: str = "rose") -> Actor:
    return Actor(account_id=f"agent-{name}", session_id="session-9", roles=("agent",), language="en")


class Office(ChangingDesk):
    """Members and agents at one storage in memory."""

    def __init__(self, above_cents: int = 100_000) -> None:
        memory = MemoryDesk()
        super().__init__(memory.repositories, papers=MemoryPapers(bill=DocumentKind.RECEIPT))
        self.acts: list[ActRecorded] = []
        self.reviewing = ReviewDesk(
            memory.repositories,
            MemoryReviews(),
            MemoryPendedClaims(memory.claims),
            self.plans,
            words(),
            lambda: self.now,
            above_cents,
        )

    async def do(self, command: Message, *, by: str = "rose", actor: Actor | None = None) -> Any:
        message = received(command, actor=actor or agent(by))
        work = Work(None, message, source="claims")
        view = await USES[type(command)](message, work, desk=self.reviewing)
        told: list[Event] = work.events
        self.events += [event for event in told if isinstance(event, ClaimAdjudicated)]
        self.acts += [event for event in told if isinstance(event, ActRecorded)]
        return view

    async def ask(self, **filters: Any) -> Any:
        return await review_asking.list_review_queue(
            received(ListReviewQueue(**filters), actor=agent()), desk=self.reviewing
        )

    async def look(self, number: str) -> Any:
        return await review_asking.get_review(
            received(GetReview(claim_number=number), actor=agent()), desk=self.reviewing
        )

    async def pended(self, **overrides: Any) -> ClaimAdjudicated:
        """Glasses without receipt: the only line waits for it."""
        fields = {"claim_type": "glasses", "received_at": self.now, **overrides}
        lines = fields.pop("lines", (treatment("glasses", GLASSES_CENTS),))
        [event] = await self.submit(submission(*lines, **fields))
        assert event.outcome == "pended"
        self.now += timedelta(minutes=1)
        return event


async def office(above_cents: int = 100_000) -> Office:
    made = Office(above_cents)
    await made.tell(coverage_recorded())
    return made


def decision(event: ClaimAdjudicated, act: str = "approve", *, version: int | None = None, **said: Any) -> DecideReview:
    verdict = LineVerdict(line=said.pop("line", 1), act=act, **said)
    return DecideReview(claim_number=event.claim_number, expected_version=version or event.version, verdicts=(verdict,))


@pytest.mark.req("CLM-12", "CLM-8")
async def test_an_agent_takes_a_claim_and_approves_it_which_pays_it_and_is_audited() -> None:
    desk = await office()
    event = await desk.pended()
    [queued] = (await desk.ask()).claims
    assert (queued.claim.claim_number, queued.reasons, queued.lock) == (event.claim_number, ("receipt_missing",), None)

    locked = await desk.do(LockReview(claim_number=event.claim_number))
    assert locked.lock.until == desk.now + LEASE
    decided = await desk.do(decision(event))

    assert (decided.state, decided.outcome, decided.benefit_cents) == ("decided", "approved", GLASSES_CENTS)
    announced = desk.events[-1]
    assert (announced.cause, announced.version, announced.benefit_cents) == ("reviewed", 3, GLASSES_CENTS)
    stored = (await desk.stored(event.claim_id)).claim
    assert stored.rulings == {1: Ruling(waived=frozenset({"checks.documents_present"}))}
    assert stored.cause is Cause.REVIEWED
    assert replay(stored.record, plan()) == stored.decision
    assert (await desk.ask()).claims == ()
    assert [(act.account_id, act.about, act.details["what"]) for act in desk.acts] == [
        ("agent-rose", "account-1", "review_locked"),
        ("agent-rose", "account-1", "review_decided"),
    ]
    waived = next(
        step for step in (await desk.look(event.claim_number)).claim.lines[0].trace if "waived" in step.figures
    )
    assert (waived.rule, waived.outcome) == ("checks.documents_present", "passed")


@pytest.mark.req("CLM-12")
async def test_a_claim_is_in_one_agents_hands_until_the_lease_is_over() -> None:
    desk = await office()
    event = await desk.pended()
    lock = LockReview(claim_number=event.claim_number)
    await desk.do(lock)

    with pytest.raises(ReviewLockedError) as refused:
        await desk.do(lock, by="paul")
    assert refused.value.params["agent_id"] == "agent-rose"
    with pytest.raises(ReviewLockedError):
        await desk.do(decision(event), by="paul")
    [queued] = (await desk.ask()).claims
    assert queued.lock.agent_id == "agent-rose"

    desk.now += LEASE
    assert (await desk.ask()).claims[0].lock is None
    assert (await desk.do(lock, by="paul")).lock.agent_id == "agent-paul"
    with pytest.raises(ReviewLockedError):
        await desk.do(decision(event))


@pytest.mark.req("CLM-12")
async def test_a_decision_needs_the_lock_the_version_and_a_pended_line() -> None:
    desk = await office()
    event = await desk.pended()
    with pytest.raises(LockNeededError):
        await desk.do(decision(event))
    await desk.do(LockReview(claim_number=event.claim_number))
    with pytest.raises(ClaimChangedError):
        await desk.do(decision(event, version=event.version + 1))
    with pytest.raises(LineNotPendedError):
        await desk.do(decision(event, line=2))
    await desk.do(decision(event))
    with pytest.raises(NothingPendedError):
        await desk.do(LockReview(claim_number=event.claim_number))


@pytest.mark.req("CLM-12")
async def test_a_denial_and_an_allowed_amount_stand_as_rulings_on_the_line() -> None:
    desk = await office()
    denied, limited = (
        await desk.pended(),
        await desk.pended(lines=(treatment("glasses", 9_000, units=2),), person_id="person-child"),
    )
    for event in (denied, limited):
        await desk.do(LockReview(claim_number=event.claim_number))

    await desk.do(decision(denied, "deny", reason="review_denied_not_proven"))
    await desk.do(decision(limited, allowed_cents=5_000))

    assert (await desk.stored(denied.claim_id)).claim.rulings == {1: Ruling(denied_for="review_denied_not_proven")}
    ruling = (await desk.stored(limited.claim_id)).claim.rulings[1]
    assert ruling == Ruling(frozenset({"checks.documents_present"}), "", 5_000)


@pytest.mark.parametrize(
    "said",
    [
        {"act": "deny"},
        {"act": "ask"},
        {"act": "deny", "reason": "review_denied_not_proven", "allowed_cents": 5},
        {"act": "approve", "reason": "review_denied_not_proven"},
        {"act": "deny", "reason": "deductible_applied"},
    ],
)
def test_a_judgement_says_what_its_act_needs_and_nothing_else(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Judgement(**said)


@pytest.mark.req("CLM-12", "CLM-10")
async def test_a_line_waits_for_the_document_that_was_asked_for_and_comes_back_with_it() -> None:
    desk = await office()
    event = await desk.pended(claim_type="crutches", lines=(treatment("crutches", 5_000, answers={"accident": "yes"}),))
    await desk.do(LockReview(claim_number=event.claim_number))

    asked = await desk.do(decision(event, "ask", document="receipt"))

    assert (asked.outcome, asked.version) == ("pended", 3)
    assert desk.events[-1].lines[0].reason_codes == ("work_accident", "receipt_missing")
    assert [each.claim.claim_number for each in (await desk.ask(reason="receipt_missing")).claims] == [
        event.claim_number
    ]
    view = await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("bill",)))
    assert [reason.code for reason in view.lines[0].reasons] == ["work_accident"]
    await desk.do(LockReview(claim_number=event.claim_number))
    assert (await desk.do(decision(event, version=view.version))).outcome == "approved"


@pytest.mark.req("CLM-12")
async def test_above_the_limit_another_agent_confirms() -> None:
    desk = await office(above_cents=GLASSES_CENTS - 1)
    event = await desk.pended()
    await desk.do(LockReview(claim_number=event.claim_number))

    proposed = await desk.do(decision(event))

    assert (proposed.state, proposed.outcome, proposed.benefit_cents) == ("proposed", "pended", GLASSES_CENTS)
    assert len(desk.events) == 1
    assert await desk.paid(name="vision") == 0
    shown = (await desk.look(event.claim_number)).proposal
    assert (shown.agent_id, shown.benefit_cents, shown.rulings[0].waived) == (
        "agent-rose",
        GLASSES_CENTS,
        ("checks.documents_present",),
    )
    with pytest.raises(SameAgentError):
        await desk.do(ConfirmReview(claim_number=event.claim_number))
    with pytest.raises(SameAgentError):
        await desk.do(RefuseReview(claim_number=event.claim_number, note="no"))
    confirmed = await desk.do(ConfirmReview(claim_number=event.claim_number), by="paul")
    assert (confirmed.state, confirmed.benefit_cents) == ("decided", GLASSES_CENTS)
    assert await desk.paid(name="vision") == GLASSES_CENTS
    assert [act.details["what"] for act in desk.acts] == ["review_locked", "review_proposed", "review_confirmed"]
    with pytest.raises(NoProposalError):
        await desk.do(ConfirmReview(claim_number=event.claim_number), by="paul")


@pytest.mark.req("CLM-12")
async def test_at_the_limit_one_agent_is_enough() -> None:
    desk = await office(above_cents=GLASSES_CENTS)
    event = await desk.pended()
    await desk.do(LockReview(claim_number=event.claim_number))
    assert (await desk.do(decision(event))).state == "decided"


@pytest.mark.req("CLM-12")
async def test_a_refused_proposal_changes_nothing_and_the_claim_is_open_again() -> None:
    desk = await office(above_cents=0)
    event = await desk.pended()
    lock = LockReview(claim_number=event.claim_number)
    await desk.do(lock)
    await desk.do(decision(event))
    await desk.do(lock)
    with pytest.raises(ProposalPendingError):
        await desk.do(decision(event))
    desk.now += LEASE

    refused = await desk.do(RefuseReview(claim_number=event.claim_number, note="Ask for the receipt"), by="paul")

    assert (refused.state, refused.version) == ("refused", event.version)
    view = await desk.look(event.claim_number)
    assert (view.proposal, [note.text for note in view.notes]) == (None, ["Ask for the receipt"])
    await desk.do(lock)
    assert (await desk.do(decision(event, "ask", document="xray"))).state == "decided"


@pytest.mark.req("CLM-12", "CLM-10")
async def test_a_proposal_does_not_outlive_a_change_of_the_claim() -> None:
    desk = await office(above_cents=0)
    event = await desk.pended()
    await desk.do(LockReview(claim_number=event.claim_number))
    await desk.do(decision(event))
    await desk.change(VoidClaim(claim_number=event.claim_number))

    with pytest.raises(NoProposalError):
        await desk.do(ConfirmReview(claim_number=event.claim_number), by="paul")
    assert await desk.paid(name="vision") == 0


@pytest.mark.req("CLM-12")
async def test_many_claims_get_the_same_decision_and_each_its_own_result() -> None:
    desk = await office(above_cents=10_000)
    small = await desk.pended(lines=(treatment("glasses", 9_000),))
    large = await desk.pended(person_id="person-spouse")
    locked = await desk.pended(person_id="person-child")
    [settled] = await desk.submit(submission())
    [strange] = await desk.submit(submission(dossier_id="unknown"))
    await desk.do(LockReview(claim_number=locked.claim_number), by="paul")
    numbers = tuple(each.claim_number for each in (small, large, locked, settled, strange))

    done = await desk.do(DecideReviews(claim_numbers=(*numbers, "0000-0000-0000"), judgement=Judgement(act="approve")))

    assert [(each.state, each.code) for each in done.results] == [
        ("decided", None),
        ("proposed", None),
        ("refused", "claims.review_locked"),
        ("refused", "claims.review_nothing_pended"),
        ("refused", "claims.review_dossier_unknown"),
        ("refused", "claims.not_found"),
    ]
    assert await desk.paid(name="vision") == 9_000


@pytest.mark.req("CLM-12")
async def test_the_whole_claim_is_shown_with_person_documents_notes_and_history() -> None:
    desk = await office()
    event = await desk.pended(person_id="person-child")
    await desk.do(AddReviewNote(claim_number=event.claim_number, text="Called the optician"), by="paul")
    await desk.change(AddClaimDocuments(claim_number=event.claim_number, receipts=("bill",)))

    await desk.do(GetReview(claim_number=event.claim_number))
    view = await desk.look(event.claim_number)

    assert (view.person.age, view.person.relationship, view.person.province) == (10, "child", "ON")
    assert (view.receipts, view.documents, view.cause) == (("bill",), ("receipt",), "document_added")
    assert [(note.agent_id, note.text) for note in view.notes] == [("agent-paul", "Called the optician")]
    assert [(each.version, each.outcome) for each in view.history] == [(2, "pended")]
    assert any(step.rule == "checks.documents_present" for step in view.claim.lines[0].trace)
    assert view.claim.explanation
    assert (desk.acts[-1].act, desk.acts[-1].about) == ("sensitive_read", "account-1")


@pytest.mark.req("CLM-12")
async def test_the_queue_goes_page_by_page() -> None:
    desk = await office()
    numbers = [
        (await desk.pended(person_id=person)).claim_number
        for person in ("person-self", "person-spouse", "person-child")
    ]
    first = await desk.ask(limit=2)
    rest = await desk.ask(limit=2, after=first.next_after)
    assert [each.claim.claim_number for page in (first, rest) for each in page.claims] == numbers
    assert rest.next_after is None
    assert (await desk.ask(older_than=1)).claims == ()
    desk.now = NOON + timedelta(days=2)
    assert len((await desk.ask(older_than=1)).claims) == 3


@pytest.mark.req("CLM-12")
async def test_a_claim_whose_dossier_is_unknown_is_not_for_agents_to_decide() -> None:
    desk = await office()
    event = await desk.pended(dossier_id="unknown")
    with pytest.raises(WaitsForDossierError):
        await desk.do(LockReview(claim_number=event.claim_number))


@pytest.mark.req("CLM-12", "LOG-6")
async def test_only_agents_review() -> None:
    desk = await office()
    event = await desk.pended()
    number = event.claim_number
    commands: tuple[Message, ...] = (
        LockReview(claim_number=number),
        decision(event),
        ConfirmReview(claim_number=number),
        RefuseReview(claim_number=number, note="no"),
        AddReviewNote(claim_number=number, text="hello"),
        DecideReviews(claim_numbers=(number,), judgement=Judgement(act="approve")),
        GetReview(claim_number=number),
    )
    for command in commands:
        with pytest.raises(AgentsOnlyError):
            await desk.do(command, actor=member())
    with pytest.raises(AgentsOnlyError):
        await review_asking.list_review_queue(received(ListReviewQueue(), actor=member()), desk=desk.reviewing)
    with pytest.raises(AgentsOnlyError):
        await review_asking.get_review(received(GetReview(claim_number=number), actor=member()), desk=desk.reviewing)
    with pytest.raises(ClaimNotFound):
        await desk.do(GetReview(claim_number="0000-0000-0000"))

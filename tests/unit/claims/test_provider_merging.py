"""CLM-2: agents accept what members added or merge it, and no merge lets a service be paid twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.directory import DirectoryEntry, State, merged
from services.claims.domain.provider_errors import (
    DirectoryForAgentsError,
    ProviderMergedAlreadyError,
    ProviderNotFoundError,
    ProviderNotListedError,
    ProviderOfRegisterError,
)
from services.claims.handlers.records import replay
from shared.contracts.claims import ClaimProvider
from shared.errors import AppError
from tests.support.claims_desk import DOSSIER, Desk, coverage_recorded, member, submission, treatment
from tests.support.directory_desk import DirectoryDesk, added, registered

pytestmark = pytest.mark.req("CLM-2")
OTHER = "another-dossier"


@pytest.fixture
def desk() -> DirectoryDesk:
    return DirectoryDesk()


async def test_the_queue_has_what_members_confirmed_with_those_it_may_be(desk: DirectoryDesk) -> None:
    twin, first, second = registered(phone="+14185550110"), added(), added(dossier_id=OTHER, phone="+15145550101")
    await desk.know(twin, first, second, added(state=State.DRAFT), added(state=State.LISTED, name="X", phone=""))
    assert await desk.queue() == [(first.provider_id, [twin.provider_id]), (second.provider_id, [])]
    assert await desk.queue(limit=1) == [(first.provider_id, [twin.provider_id])]
    assert await desk.queue(after=first.provider_id) == [(second.provider_id, [])]


async def test_what_is_accepted_is_found_by_everybody_and_noted_once(desk: DirectoryDesk) -> None:
    own = added()
    await desk.know(own)
    await desk.accept(own.provider_id)
    await desk.accept(own.provider_id)
    assert await desk.found(dossier_id=OTHER, phone="418 555-0110") == [own.provider_id]
    (act,) = desk.acts
    assert (act.act, act.account_id, act.about) == ("sensitive_update", "agent-1", DOSSIER)
    assert act.details == {"what": "provider_accepted", "provider_id": own.provider_id}


async def test_old_ids_stand_for_the_one_that_they_were_merged_into(desk: DirectoryDesk) -> None:
    dentist, one, two = registered(), added(), added(dossier_id=OTHER, state=State.LISTED)
    await desk.know(dentist, one, two)
    decided = await desk.merge(one.provider_id, two.provider_id)
    assert (decided.provider_id, decided.provider.provider_id) == (one.provider_id, two.provider_id)
    await desk.merge(two.provider_id, dentist.provider_id)
    again = await desk.merge(one.provider_id, two.provider_id)
    assert again.provider.provider_id == dentist.provider_id
    ids = [one.provider_id, two.provider_id]
    resolved = await desk.directory.resolve(ids, OTHER)
    assert resolved == dict.fromkeys(ids, dentist)
    assert {desk.entries.entries[each].merged_into for each in ids} == {dentist.provider_id}
    standings = await desk.directory.get_many(ids)
    assert {each.provider_id for each in standings.values()} == {dentist.provider_id}
    assert [act.details["what"] for act in desk.acts] == ["provider_merged"] * 2
    assert await desk.found(phone="418 555-0110") == [dentist.provider_id], "by what was typed once"
    await desk.confirm(one.provider_id)


async def test_what_cannot_be_merged_or_accepted(desk: DirectoryDesk) -> None:
    dentist, own, others, draft = registered(), added(), added(dossier_id=OTHER), added(state=State.DRAFT)
    expected = registered(state=State.EXPECTED)
    await desk.know(dentist, own, others, draft, expected)
    refusals: list[tuple[str, str, type[AppError]]] = [
        (dentist.provider_id, own.provider_id, ProviderOfRegisterError),
        (own.provider_id, others.provider_id, ProviderNotListedError),
        (own.provider_id, own.provider_id, ProviderMergedAlreadyError),
        (draft.provider_id, dentist.provider_id, ProviderNotFoundError),
        (own.provider_id, draft.provider_id, ProviderNotListedError),
        (own.provider_id, expected.provider_id, ProviderNotFoundError),
        (own.provider_id, "unknown", ProviderNotFoundError),
        ("unknown", dentist.provider_id, ProviderNotFoundError),
    ]
    for provider_id, into, error in refusals:
        with pytest.raises(error):
            await desk.merge(provider_id, into)
    await desk.merge(own.provider_id, dentist.provider_id)
    with pytest.raises(ProviderMergedAlreadyError):
        await desk.accept(own.provider_id)
    for provider_id, refusal in (
        (dentist.provider_id, ProviderOfRegisterError),
        (draft.provider_id, ProviderNotFoundError),
    ):
        with pytest.raises(refusal):
            await desk.accept(provider_id)
    assert len(desk.acts) == 1


async def test_members_decide_nothing(desk: DirectoryDesk) -> None:
    own, listed = added(), added(state=State.LISTED)
    await desk.know(own, listed)
    with pytest.raises(DirectoryForAgentsError):
        await desk.accept(own.provider_id, actor=member())
    with pytest.raises(DirectoryForAgentsError):
        await desk.merge(own.provider_id, listed.provider_id, actor=member())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20))
def test_whatever_is_merged_there_is_no_chain_and_no_circle(pairs: list[tuple[int, int]]) -> None:
    entries = {str(number): added(provider_id=str(number), state=State.LISTED) for number in range(6)}
    for one, other in pairs:
        try:
            earlier = [each for each in entries.values() if each.merged_into == str(one)]
            changed: tuple[DirectoryEntry, ...] = merged(entries[str(one)], entries[str(other)], earlier)
        except (ProviderMergedAlreadyError, ProviderNotListedError):
            continue
        entries |= {each.provider_id: each for each in changed}
    for entry in entries.values():
        assert (entry.state is State.MERGED) == bool(entry.merged_into)
        assert not entry.merged_into or entries[entry.merged_into].state is State.LISTED


TYPED = ClaimProvider(name="Noé Tremblay", phone="418 555-0110")
TYPED_LONG = ClaimProvider(name="N. Tremblay", phone="1 418 555-0110")


async def claims_of(desk: DirectoryDesk) -> Desk:
    claims = desk.claim_desk()
    await claims.tell(coverage_recorded())
    return claims


def by_id(entry: DirectoryEntry) -> ClaimProvider:
    return ClaimProvider(id=entry.provider_id, name="Typed")


async def outcome(claims: Desk, provider: ClaimProvider) -> str:
    """What becomes of one claim for the same treatment on the same day."""
    (event,) = await claims.submit(submission(provider=provider))
    return event.outcome


@pytest.mark.req("CLM-2", "CLM-8")
@pytest.mark.parametrize("first", ["alias", "target"])
async def test_a_merge_does_not_let_a_service_be_paid_again(desk: DirectoryDesk, first: str) -> None:
    alias, target = added(), registered()
    await desk.know(alias, target)
    claims = await claims_of(desk)
    order = (alias, target) if first == "alias" else (target, alias)
    assert await outcome(claims, by_id(order[0])) != "denied"
    await desk.merge(alias.provider_id, target.provider_id)
    assert await outcome(claims, by_id(order[1])) == "denied"
    assert await outcome(claims, by_id(order[0])) == "denied"


@pytest.mark.req("CLM-2", "CLM-8")
async def test_two_providers_that_are_not_merged_are_two(desk: DirectoryDesk) -> None:
    one, other = added(), registered(phone="+14185550110")
    await desk.know(one, other)
    claims = await claims_of(desk)
    assert "denied" not in [await outcome(claims, by_id(one)), await outcome(claims, by_id(other))]


@pytest.mark.req("CLM-2", "CLM-8")
@pytest.mark.parametrize("typed", [TYPED, TYPED_LONG, ClaimProvider(name="NOE TREMBLAY")])
async def test_who_was_typed_before_and_is_chosen_now_is_the_same(desk: DirectoryDesk, typed: ClaimProvider) -> None:
    own = added()
    await desk.know(own)
    claims = await claims_of(desk)
    assert await outcome(claims, typed) != "denied"
    assert await outcome(claims, by_id(own)) == "denied"


@pytest.mark.req("CLM-2", "CLM-8")
async def test_who_was_chosen_before_and_is_typed_now_is_the_same(desk: DirectoryDesk) -> None:
    own, target = added(), registered()
    await desk.know(own, target)
    claims = await claims_of(desk)
    assert await outcome(claims, by_id(own)) != "denied"
    assert [await outcome(claims, TYPED), await outcome(claims, TYPED_LONG)] == ["denied", "denied"]
    await desk.merge(own.provider_id, target.provider_id)
    assert [await outcome(claims, TYPED), await outcome(claims, TYPED_LONG)] == ["denied", "denied"]
    assert await outcome(claims, ClaimProvider(name="Somebody", phone="418 555-0119")) != "denied"


@pytest.mark.req("CLM-2", "CLM-8")
async def test_who_is_typed_with_either_number_of_a_merged_provider_is_the_same(desk: DirectoryDesk) -> None:
    alias, target = added(), registered()
    await desk.know(alias, target)
    await desk.merge(alias.provider_id, target.provider_id)
    claims = await claims_of(desk)
    assert await outcome(claims, TYPED) != "denied"
    assert await outcome(claims, ClaimProvider(name="Anaïs Côté", phone="418 555-0100")) == "denied"


@pytest.mark.req("CLM-2", "CLM-8")
async def test_in_one_group_the_same_holds(desk: DirectoryDesk) -> None:
    alias, target = added(), registered()
    await desk.know(alias, target)
    await desk.merge(alias.provider_id, target.provider_id)
    claims = await claims_of(desk)
    told = await claims.submit(
        *(submission(provider=each) for each in (by_id(alias), by_id(target), TYPED, by_id(alias)))
    )
    assert [event.outcome == "denied" for event in told] == [False, True, True, True]


@pytest.mark.req("CLM-2", "CLM-8", "CLM-10")
async def test_a_claim_keeps_what_was_submitted_and_can_be_decided_again_and_replayed(desk: DirectoryDesk) -> None:
    alias, target = added(), registered()
    await desk.know(alias, target)
    claims = desk.claim_desk()
    early = submission(treatment(), provider=by_id(alias))
    await claims.submit(early)
    await desk.merge(alias.provider_id, target.provider_id)
    (event,) = await claims.tell(coverage_recorded())
    claim = (await claims.stored(early.message.claim_id)).claim
    assert (event.outcome, claim.provider.id) == ("reduced", alias.provider_id)
    assert replay(claim.record, claims.plans["TEST"]) == claim.decision
    assert await outcome(claims, by_id(target)) == "denied"
    assert await outcome(claims, by_id(replace(alias))) == "denied"
    other_day = submission(treatment(service_date=early.message.submission.lines[0].service_date + timedelta(days=1)))
    (event,) = await claims.submit(other_day)
    assert event.outcome != "denied"

"""What every storage of claims does alike: run on memory in the unit tests, on MongoDB in the integration tests."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.claims.domain.adjudication import adjudicate, apply
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.claim import ClaimStatus, StatusEntry
from services.claims.domain.facts import Provider
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.ports import DossierCoverage, ListPosition, StoredClaim
from shared.mongo import DuplicateKey
from tests.support.claims_builders import (
    CLINIC,
    SELF,
    TODAY,
    accumulators,
    all_documents,
    claim,
    claim_facts,
    coverage,
    decide,
    line,
    person,
    service_use,
)
from tests.support.claims_desk import DOSSIER, claim_number

AT = datetime(2026, 6, 15, 13, 0, 0, 7_000, tzinfo=UTC)
BEFORE_PAID = (ClaimStatus.DECIDED, ClaimStatus.SCHEDULED)


def received(**overrides: object) -> StoredClaim:
    """A claim on its way, without decision; of a provider of its own, so that it repeats no other."""
    provider = Provider("Clinique du Parc", "514 555-0101", str(uuid4()))
    fields = {"id": str(uuid4()), "number": claim_number(), "received_at": AT, "provider": provider, **overrides}
    lines = fields.pop("lines", (line(),))
    return StoredClaim(claim(*lines, **fields), uuid4().hex)  # type: ignore[misc]


def decided(stored: StoredClaim | None = None, **overrides: object) -> StoredClaim:
    waiting = stored or received(**overrides)
    return replace(waiting, claim=waiting.claim.decided(decide(waiting.claim.facts()), AT))


def pended_without_dossier(**overrides: object) -> StoredClaim:
    waiting = received(**overrides)
    decision = adjudicate(waiting.claim.facts(), None, Circumstances(today=TODAY, coverage=None))
    return replace(waiting, claim=waiting.claim.decided(decision, AT))


def marks_of(*claims: StoredClaim) -> dict[str, str]:
    return {mark: each.claim.id for each in claims for mark in each.claim.facts().fingerprints()}


class ClaimsRepositoryContract:
    async def test_a_claim_comes_back_as_it_was(self, stores: Repositories) -> None:
        lines = (line("PH-EVA", answers={"accident": "no"}), line("glasses", units=2))
        whole = decided(lines=lines, provider=Provider("Nobody", "", ""), documents=all_documents())
        undecided = received()
        await stores.claims.add_all([whole, undecided], session=None)

        found = await stores.claims.get_many([whole.claim.id, undecided.claim.id, "unknown"], session=None)

        assert found == {whole.claim.id: whole, undecided.claim.id: undecided}

    @pytest.mark.req("CLM-7")
    async def test_a_claim_id_is_stored_once(self, stores: Repositories) -> None:
        first = decided()
        await stores.claims.add_all([first], session=None)
        with pytest.raises(DuplicateKey):
            await stores.claims.add_all([decided(id=first.claim.id)], session=None)
        assert await stores.claims.get_many([first.claim.id], session=None) == {first.claim.id: first}

    async def test_a_claim_number_belongs_to_one_claim(self, stores: Repositories) -> None:
        first = decided()
        await stores.claims.add_all([first], session=None)
        with pytest.raises(DuplicateKey):
            await stores.claims.add_all([decided(number=first.claim.number)], session=None)

    @pytest.mark.req("CLM-8")
    async def test_a_service_is_claimed_by_one_claim(self, stores: Repositories) -> None:
        first, same_service = decided(provider=CLINIC), decided(provider=CLINIC)
        await stores.claims.add_all([first], session=None)
        with pytest.raises(DuplicateKey):
            await stores.claims.add_all([same_service], session=None)
        assert await stores.claims.claimed_before([*marks_of(first), "never"], session=None) == marks_of(first)

    @pytest.mark.req("CLM-8")
    async def test_denied_lines_and_claims_without_dossier_claim_nothing(self, stores: Repositories) -> None:
        denied, waiting = decided(person_id="stranger"), pended_without_dossier()
        await stores.claims.add_all([denied, waiting], session=None)
        assert await stores.claims.claimed_before(list(marks_of(denied, waiting)), session=None) == {}

    async def test_a_number_finds_its_claim_in_its_own_dossier_only(self, stores: Repositories) -> None:
        stored = decided()
        await stores.claims.add_all([stored], session=None)
        assert await stores.claims.get_by_number(stored.claim.number, dossier_id=DOSSIER) == stored
        assert await stores.claims.get_by_number(stored.claim.number, dossier_id="another") is None
        assert await stores.claims.get_by_number(claim_number(), dossier_id=DOSSIER) is None

    async def test_a_number_asked_by_two_dossiers_at_once_is_told_to_its_own_only(self, stores: Repositories) -> None:
        stored, other = decided(), decided(person_id="somebody")
        await stores.claims.add_all([stored, other], session=None)
        wanted = [(stored, DOSSIER), (stored, "another"), (other, DOSSIER), (stored, DOSSIER)]
        told = await asyncio.gather(
            *(stores.claims.get_by_number(claim.claim.number, dossier_id=dossier) for claim, dossier in wanted)
        )
        assert told == [stored, None, other, stored]

    async def test_claims_of_a_dossier_come_newest_first_and_from_any_position(self, stores: Repositories) -> None:
        old = decided(id="b", received_at=AT - timedelta(milliseconds=1))
        tied_low, tied_high = decided(id="a"), decided(id="c")
        new = decided(id="d", received_at=AT + timedelta(milliseconds=1))
        await stores.claims.add_all([tied_low, old, new, tied_high, decided(dossier_id="another")], session=None)
        in_order = [new, tied_high, tied_low, old]

        assert await stores.claims.list_of_dossier(DOSSIER, limit=10, before=None) == in_order
        for number, each in enumerate(in_order, start=1):
            before = ListPosition(each.claim.received_at, each.claim.id)
            assert await stores.claims.list_of_dossier(DOSSIER, limit=2, before=before) == in_order[number : number + 2]

    @pytest.mark.req("CLM-8")
    async def test_claims_that_wait_for_a_dossier_come_oldest_first(self, stores: Repositories) -> None:
        young = pended_without_dossier(received_at=AT + timedelta(seconds=1))
        tied, old = pended_without_dossier(id="b"), pended_without_dossier(id="a")
        others = [decided(), pended_without_dossier(dossier_id="another"), decided(lines=(line("glasses"),))]
        await stores.claims.add_all([young, tied, old, *others], session=None)
        assert await stores.claims.list_waiting_for_dossier(DOSSIER, session=None) == [old, tied, young]

    @pytest.mark.req("CLM-8", "CLM-10")
    async def test_a_new_version_replaces_a_claim_and_claims_its_services(self, stores: Repositories) -> None:
        waiting = pended_without_dossier()
        await stores.claims.add_all([waiting], session=None)
        again = decided(waiting)

        await stores.claims.save_all([again], session=None)
        await stores.claims.save_all([again], session=None)

        assert await stores.claims.get_many([again.claim.id], session=None) == {again.claim.id: again}
        assert await stores.claims.list_waiting_for_dossier(DOSSIER, session=None) == []
        assert await stores.claims.claimed_before(list(marks_of(again)), session=None) == marks_of(again)

    @pytest.mark.req("CLM-8")
    async def test_a_new_version_takes_no_service_from_another_claim(self, stores: Repositories) -> None:
        first, waiting = decided(provider=CLINIC), pended_without_dossier(provider=CLINIC)
        await stores.claims.add_all([first, waiting], session=None)
        await stores.claims.save_all([decided(waiting)], session=None)
        assert await stores.claims.claimed_before(list(marks_of(first)), session=None) == marks_of(first)

    @pytest.mark.req("CLM-11")
    async def test_only_claims_that_stand_behind_move_on(self, stores: Repositories) -> None:
        behind, beyond, other = decided(), decided(), decided()
        timeline = (*beyond.claim.timeline, StatusEntry(ClaimStatus.DEPOSITED, AT))
        beyond = replace(beyond, claim=replace(beyond.claim, timeline=timeline))
        await stores.claims.add_all([behind, beyond, other], session=None)
        later = AT + timedelta(hours=1)

        for _ in range(2):
            await stores.claims.advance(
                [behind.claim.id, beyond.claim.id, "unknown"],
                ClaimStatus.PAID,
                at=later,
                behind=BEFORE_PAID,
                session=None,
            )

        moved = replace(behind.claim, timeline=(*behind.claim.timeline, StatusEntry(ClaimStatus.PAID, later)))
        ids = [each.claim.id for each in (behind, beyond, other)]
        assert await stores.claims.get_many(ids, session=None) == {
            behind.claim.id: replace(behind, claim=moved),
            beyond.claim.id: beyond,
            other.claim.id: other,
        }

    @pytest.mark.req("CLM-11")
    async def test_a_step_that_is_told_late_takes_its_place_in_the_timeline_once(self, stores: Repositories) -> None:
        stored = decided()
        await stores.claims.add_all([stored], session=None)
        scheduled = StatusEntry(ClaimStatus.SCHEDULED, AT + timedelta(hours=1))
        paid = StatusEntry(ClaimStatus.PAID, AT + timedelta(hours=2))

        for entry in (paid, scheduled, scheduled):
            await stores.claims.advance(
                [stored.claim.id], entry.status, at=entry.at, behind=[ClaimStatus.DECIDED], session=None
            )

        moved = replace(stored.claim, timeline=(*stored.claim.timeline, scheduled, paid))
        found = await stores.claims.get_many([stored.claim.id], session=None)
        assert found == {stored.claim.id: replace(stored, claim=moved)}

    @pytest.mark.req("CLM-7")
    async def test_a_conflict_may_be_noted_again_and_touches_no_claim(self, stores: Repositories) -> None:
        stored = decided()
        await stores.claims.add_all([stored], session=None)
        for minutes in range(2):
            at = AT + timedelta(minutes=minutes)
            await stores.claims.add_conflict(stored.claim.id, "other body", at=at, session=None)
        assert await stores.claims.get_many([stored.claim.id], session=None) == {stored.claim.id: stored}

    async def test_coverage_comes_back_as_it_was(self, stores: Repositories) -> None:
        leaving = person(SELF, effective_to=date(2026, 12, 31))
        known = DossierCoverage(DOSSIER, 3, coverage())
        other = DossierCoverage("another", 1, coverage(persons=(leaving,), province="QC"))
        assert await stores.coverages.put(known, session=None)
        assert await stores.coverages.put(other, session=None)
        assert await stores.coverages.get_many([DOSSIER, "unknown", "another"], session=None) == {
            DOSSIER: known,
            "another": other,
        }

    async def test_coverage_is_replaced_by_newer_versions_only(self, stores: Repositories) -> None:
        versions = {number: DossierCoverage(DOSSIER, number, coverage(province="QC")) for number in (1, 2, 3)}
        stored = [await stores.coverages.put(versions[number], session=None) for number in (2, 1, 2, 3)]
        assert stored == [True, False, False, True]
        assert await stores.coverages.get_many([DOSSIER], session=None) == {DOSSIER: versions[3]}

    @pytest.mark.req("CLM-8")
    async def test_a_dossier_that_is_expected_is_not_known_until_its_coverage_comes(self, stores: Repositories) -> None:
        for _ in range(2):
            await stores.coverages.expect([DOSSIER, "another"], session=None)
        assert await stores.coverages.get_many([DOSSIER], session=None) == {}
        known = DossierCoverage(DOSSIER, 1, coverage())
        assert await stores.coverages.put(known, session=None)
        await stores.coverages.expect([DOSSIER], session=None)
        assert await stores.coverages.get_many([DOSSIER, "another"], session=None) == {DOSSIER: known}
        assert not await stores.coverages.put(known, session=None)

    async def test_expecting_nothing_is_no_work(self, stores: Repositories) -> None:
        await stores.coverages.expect([], session=None)
        await stores.accumulators.put_all({}, session=None)
        assert await stores.coverages.get_many([], session=None) == {}
        assert await stores.accumulators.get_many([], session=None) == {}

    @pytest.mark.req("CLM-8")
    async def test_accumulators_come_back_as_they_were(self, stores: Repositories) -> None:
        used = apply(accumulators(), decide())
        rich = accumulators(
            2025,
            version=4,
            paid={(SELF, "physio"): 7_200},
            deductibles={(SELF, "health"): 5_000},
            services={(SELF, "massages"): service_use(visits=2, units=3, eligible_cents=8_000)},
        )
        states = {(DOSSIER, 2026): used, (DOSSIER, 2025): rich, ("another", 2026): accumulators()}
        await stores.accumulators.put_all(states, session=None)
        found = await stores.accumulators.get_many([*states, (DOSSIER, 2024), ("unknown", 2026)], session=None)
        assert found == states

    @pytest.mark.req("CLM-8")
    async def test_accumulators_are_replaced_by_their_next_state(self, stores: Repositories) -> None:
        first = apply(accumulators(), decide())
        later = claim_facts(line(service_date=date(2026, 5, 5)), claim_id="claim-2")
        second = apply(first, decide(later, used=first))
        for state in (first, second):
            await stores.accumulators.put_all({(DOSSIER, 2026): state}, session=None)
        assert await stores.accumulators.get_many([(DOSSIER, 2026)], session=None) == {(DOSSIER, 2026): second}
        assert second.version == 2

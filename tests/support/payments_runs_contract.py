"""What every storage of runs under way does alike: on memory in the unit tests, on MongoDB in the integration tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.draft import PAID, DraftBatch, DraftRun, Figures
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payable import Payable
from services.payments.ports import Repositories
from shared.mongo import DuplicateKey
from tests.support.payments_builders import FRIDAY, MONDAY, a_payable, a_payment, some_id


def a_draft(**overrides: Any) -> DraftRun:
    facts: dict[str, Any] = {
        "run_id": some_id("run"),
        "payee_class": "member",
        "state": "prepared",
        "begun_at": FRIDAY,
    }
    return DraftRun(**(facts | overrides))


def a_batch(run_id: str, payee_id: str, **overrides: Any) -> DraftBatch:
    facts: dict[str, Any] = {
        "run_id": run_id,
        "payee_id": payee_id,
        "outcome": "deposit",
        "amount_cents": 6_800,
        "claims": 1,
        "payables": (a_payable(payee_id=payee_id),),
    }
    return DraftBatch(**(facts | overrides))


def of_payees(*payee_ids: str) -> list[Payable]:
    return [a_payable(claim_id=f"claim-{index}", payee_id=payee_id) for index, payee_id in enumerate(payee_ids)]


class RunsRepositoryContract:
    async def test_a_run_under_way_comes_back_as_it_was(self, storage: Repositories) -> None:
        plain = a_draft()
        full = a_draft(
            payee_class="provider",
            state="released",
            prepared_by="anne",
            agents=("anne", "bruno"),
            figures={"deposit": Figures(2, 5, 12_000), "owes": Figures(1, 1, -300)},
            cursor="payee-2",
            approved_at=FRIDAY,
            release_at=FRIDAY + timedelta(minutes=5),
            payable_on=MONDAY,
            part_size=1,
            parts=2,
            parts_done=2,
            released=Figures(1, 4, 10_000),
            dropped=Figures(1, 1, 2_000),
            stopped_by="claire",
            stop_reason="a reason",
            given_back=Figures(0, 1, 5),
        )
        for draft in (plain, full):
            await storage.drafts.add(draft, session=None)
            assert await storage.drafts.get(draft.run_id, session=None) == draft
        assert await storage.drafts.get("unknown", session=None) is None

    @pytest.mark.req("PAY-8")
    async def test_a_run_is_changed_in_the_version_that_was_read_only(self, storage: Repositories) -> None:
        draft = a_draft()
        await storage.drafts.add(draft, session=None)
        saved = await storage.drafts.save(replace(draft, state="approved"), session=None)
        assert (saved.state, saved.version) == ("approved", 2)
        assert await storage.drafts.get(draft.run_id, session=None) == saved
        for stale in (draft, replace(draft, run_id="unknown")):
            with pytest.raises(ChangedMeanwhile):
                await storage.drafts.save(replace(stale, state="stopping"), session=None)

    @pytest.mark.req("PAY-8")
    async def test_a_class_has_one_run_that_is_neither_sent_nor_stopped(self, storage: Repositories) -> None:
        first = a_draft()
        await storage.drafts.add(first, session=None)
        await storage.drafts.add(a_draft(payee_class="provider"), session=None)
        with pytest.raises(DuplicateKey):
            await storage.drafts.add(a_draft(), session=None)
        assert await storage.drafts.occupying("member", session=None) == first.run_id
        await storage.drafts.save(replace(first, state="stopped"), session=None)
        assert await storage.drafts.occupying("member", session=None) is None
        await storage.drafts.add(a_draft(), session=None)
        with pytest.raises(DuplicateKey):
            await storage.drafts.add(replace(first, state="empty"), session=None)

    async def test_runs_are_listed_the_latest_first_and_those_to_be_carried_on(self, storage: Repositories) -> None:
        states: Sequence[Any] = ("released", "stopped", "empty", "releasing")
        drafts = [a_draft(state=state, begun_at=FRIDAY + timedelta(hours=hour)) for hour, state in enumerate(states)]
        approved, waiting = a_draft(payee_class="provider", state="approved"), drafts[-1]
        for draft in (*drafts, approved):
            await storage.drafts.add(draft, session=None)
        assert await storage.drafts.list_recent(limit=2) == [drafts[3], drafts[2]]
        unfinished = {draft.run_id for draft in await storage.drafts.list_unfinished()}
        assert unfinished == {approved.run_id, waiting.run_id}
        await storage.drafts.save(replace(approved, state="prepared"), session=None)
        assert {draft.run_id for draft in await storage.drafts.list_unfinished()} == {waiting.run_id}

    async def test_payees_of_a_run_are_listed_by_id_and_by_amount(self, storage: Repositories) -> None:
        small = a_batch("run", "b", amount_cents=100)
        large = a_batch("run", "c", outcome="cheque", amount_cents=900)
        owes = a_batch("run", "a", outcome="owes", amount_cents=-5, payables=())
        await storage.drafts.add_batches([large, owes, small, a_batch("another", "a")], session=None)

        async def listed(**query: Any) -> Sequence[DraftBatch]:
            return await storage.drafts.list_batches(
                "run", **{"outcomes": PAID, "after": None, "limit": 9, "session": None, **query}
            )

        assert await listed() == [small, large]
        assert await listed(outcomes=("owes", "deposit"), limit=1) == [owes]
        assert await listed(after="b") == [large]
        assert await storage.drafts.list_largest("run", outcomes=PAID, limit=1) == [large]
        with pytest.raises(DuplicateKey):
            await storage.drafts.add_batches([a_batch("run", "a")], session=None)

    async def test_free_payables_come_by_payee_each_with_all_of_theirs(self, storage: Repositories) -> None:
        payables = of_payees("b", "a", "b", "c", "b")
        await storage.payables.add_many([*payables, a_payable(payee_class="provider")], session=None)

        async def free(*, after: str | None = None, limit: int = 9) -> list[tuple[str, str]]:
            found = await storage.payables.list_free("member", after=after, limit=limit, session=None)
            return [(payable.payee_id, payable.claim_id) for payable in found]

        of_a, of_b, of_c = [("a", "claim-1")], [("b", f"claim-{number}") for number in (0, 2, 4)], [("c", "claim-3")]
        assert await free() == [*of_a, *of_b, *of_c]
        assert await free(limit=2) == of_a
        assert await free(after="a", limit=2) == of_b
        assert await free(after="b") == of_c
        assert await free(after="c") == []

    @pytest.mark.req("PAY-7", "PAY-8")
    async def test_a_payable_is_reserved_by_one_run_and_given_back_by_the_same(self, storage: Repositories) -> None:
        payables = of_payees("a", "b")
        await storage.payables.add_many(payables, session=None)
        await storage.payables.reserve(payables[:1], run_id="run-1", session=None)
        assert await storage.payables.list_free("member", after=None, limit=9, session=None) == payables[1:]
        assert await storage.payables.list_open("member", session=None) == payables[1:]
        assert await storage.payables.list_reserved("run-1", limit=9, session=None) == payables[:1]
        assert await storage.payables.open_cents() == 2 * 6_800
        with pytest.raises(ChangedMeanwhile):
            await storage.payables.reserve(payables[:1], run_id="run-2", session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.payables.put_into_batches([a_payment(payables[0])], run_id="run-2", session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.payables.give_back(payables[1:], run_id="run-1", session=None)
        await storage.payables.give_back(payables[:1], run_id="run-1", session=None)
        assert await storage.payables.list_free("member", after=None, limit=9, session=None) == payables

    @pytest.mark.req("PAY-7")
    async def test_what_a_run_reserved_goes_into_its_batches_for_good(self, storage: Repositories) -> None:
        (payable,) = of_payees("a")
        await storage.payables.add_many([payable], session=None)
        await storage.payables.reserve([payable], run_id="run-1", session=None)
        await storage.payables.put_into_batches([a_payment(payable)], run_id="run-1", session=None)
        assert await storage.payables.list_reserved("run-1", limit=9, session=None) == []
        assert await storage.payables.open_cents() == 0
        with pytest.raises(ChangedMeanwhile):
            await storage.payables.give_back([payable], run_id="run-1", session=None)
